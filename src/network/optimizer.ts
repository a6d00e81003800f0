/**
 * Optimisers, after a clip of the gradient's global norm: g ← g · clip / max(‖g‖, clip).
 *
 * adam, adamw: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², p ← p − lr m̂ / (√v̂ + ε) (D. P. Kingma and J. Ba, 2015);
 *   adamw first p ← p − lr · decay · p (I. Loshchilov and F. Hutter, 2019)
 * rmsprop: v ← ρ v + (1 − ρ) g², p ← p − lr g / (√v + ε)
 * sgd: b ← μ b + g, p ← p − lr b
 *
 * Adam is a kernel; the others are rare and elementwise, so plain TypeScript serves all engines with the same bits.
 */
import type { Kernels } from '../engine/index.ts';
import type { Gradients } from './gradients.ts';
import type { Parameter } from './model.ts';

export type OptimizerChoice =
  | { readonly kind: 'adam' }
  | { readonly kind: 'adamw'; readonly weightDecay: number }
  | { readonly kind: 'rmsprop'; readonly decay: number }
  | { readonly kind: 'sgd'; readonly momentum: number };

export interface Optimizer {
  /** One step; returns the global norm of the gradient before the clip. */
  step(learningRate: number): number;
  /** Moving averages, live, by the names of their parameters. */
  readonly moments: readonly Parameter[];
  /** Goes on as after so many steps: what is not an average follows from their number. */
  continueAfter(steps: number): void;
}

interface Slot {
  readonly name: string;
  readonly value: Float32Array;
  readonly gradient: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;
const f = Math.fround;

/** An optimiser of all parameters. No clip when clipNorm is null. */
export function createOptimizer(
  kernels: Kernels,
  gradients: Gradients,
  clipNorm: number | null,
  choice: OptimizerChoice,
): Optimizer {
  const empty = new Float32Array(0);
  const twoMoments = choice.kind === 'adam' || choice.kind === 'adamw';
  const slots: readonly Slot[] = gradients.all.map(({ name, value, gradient }) => ({
    name,
    value,
    gradient,
    m: new Float32Array(value.length),
    v: twoMoments ? new Float32Array(value.length) : empty,
  }));
  let power1 = 1;
  let power2 = 1;

  function update(scale: number, learningRate: number): void {
    switch (choice.kind) {
      case 'adam':
      case 'adamw': {
        power1 *= BETA1;
        power2 *= BETA2;
        const rate = learningRate / (1 - power1);
        const correction = 1 / Math.sqrt(1 - power2);
        const constants = { scale, beta1: BETA1, beta2: BETA2, epsilon: EPSILON, rate, correction };
        for (const { value, gradient, m, v } of slots) {
          if (choice.kind === 'adamw') shrink(value, learningRate * choice.weightDecay);
          kernels.adam(value, gradient, m, v, constants);
        }
        return;
      }
      case 'rmsprop':
        for (const slot of slots) rmsprop(slot, f(scale), f(choice.decay), f(learningRate));
        return;
      case 'sgd':
        for (const slot of slots) momentum(slot, f(scale), f(choice.momentum), f(learningRate));
        return;
    }
  }

  const moments = slots.flatMap(({ name, m, v }) => [
    { name: `first.${name}`, shape: [m.length], data: m },
    ...(twoMoments ? [{ name: `second.${name}`, shape: [v.length], data: v }] : []),
  ]);

  return {
    moments,
    continueAfter(steps) {
      power1 = 1;
      power2 = 1;
      // As the steps did it, one by one: a power would round otherwise.
      for (let step = 0; step < steps; step++) {
        power1 *= BETA1;
        power2 *= BETA2;
      }
    },
    step(learningRate) {
      let square = 0;
      for (const p of slots) square += kernels.sumOfSquares(p.gradient);
      const norm = Math.sqrt(square);
      update(clipNorm === null ? 1 : clipNorm / Math.max(norm, clipNorm), learningRate);
      return norm;
    },
  };
}

function shrink(value: Float32Array, by: number): void {
  const keep = f(1 - by);
  for (let i = 0; i < value.length; i++) value[i] = value[i]! * keep;
}

function rmsprop({ value, gradient, m }: Slot, scale: number, decay: number, rate: number): void {
  const rest = f(1 - decay);
  for (let i = 0; i < value.length; i++) {
    const g = f(gradient[i]! * scale);
    m[i] = f(decay * m[i]!) + f(rest * f(g * g));
    value[i] = value[i]! - f(f(rate * g) / f(f(Math.sqrt(m[i]!)) + f(EPSILON)));
  }
}

function momentum({ value, gradient, m }: Slot, scale: number, mu: number, rate: number): void {
  for (let i = 0; i < value.length; i++) {
    m[i] = f(mu * m[i]!) + f(gradient[i]! * scale);
    value[i] = value[i]! - f(rate * m[i]!);
  }
}
