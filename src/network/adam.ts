/** Adam (D. P. Kingma and J. Ba, 2015) with a clip of the gradient's global norm. */
import type { Kernels } from '../engine/index.ts';
import type { Gradients } from './gradients.ts';

export interface Optimizer {
  /** One step; returns the global norm of the gradient before the clip. */
  step(learningRate: number): number;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** g ← g · clip / max(‖g‖, clip); then Adam with β₁ = 0.9, β₂ = 0.999, ε = 1e-8. No clip when clipNorm is null. */
export function createAdam(kernels: Kernels, gradients: Gradients, clipNorm: number | null): Optimizer {
  const slots = gradients.all.map((p) => ({
    ...p,
    m: new Float32Array(p.value.length),
    v: new Float32Array(p.value.length),
  }));
  let power1 = 1;
  let power2 = 1;
  return {
    step(learningRate) {
      let square = 0;
      for (const p of slots) square += kernels.sumOfSquares(p.value.length, p.gradient);
      const norm = Math.sqrt(square);
      const scale = clipNorm === null ? 1 : clipNorm / Math.max(norm, clipNorm);
      power1 *= BETA1;
      power2 *= BETA2;
      const rate = learningRate / (1 - power1);
      const correction = 1 / Math.sqrt(1 - power2);
      for (const p of slots)
        kernels.adam(p.value.length, p.value, p.gradient, p.m, p.v, scale, BETA1, BETA2, EPSILON, rate, correction);
      return norm;
    },
  };
}
