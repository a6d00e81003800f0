/**
 * Optimisers on plain arrays, after a clip of the gradient's global norm: g ← g · clip / max(‖g‖, clip).
 *
 * Not tfjs's own: they know no decoupled weight decay, and weights live in the caller's arrays anyway. A step costs
 * little beside the gradients. Arithmetic in f64, state in f32.
 *
 * adam, adamw: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², p ← p − lr m̂ / (√v̂ + ε) (D. P. Kingma and J. Ba, 2015);
 *   adamw first p ← p − lr · decay · p (I. Loshchilov and F. Hutter, 2019)
 * rmsprop: v ← ρ v + (1 − ρ) g², p ← p − lr g / (√v + ε)
 * sgd: b ← μ b + g, p ← p − lr b
 */
import type { Parameter } from '../model.ts';
import type { OptimizerChoice } from '../optimizer.ts';

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

export interface MomentOptimizer {
  /** One step with gradients in the order of the parameters; returns their global norm before the clip. */
  step(gradients: readonly Float32Array[], learningRate: number): number;
  /** Moving averages, live, by the names of their parameters. */
  readonly moments: readonly Parameter[];
  /** Goes on as after so many steps. */
  continueAfter(steps: number): void;
}

/** An optimiser that changes these parameters in place. No clip when clipNorm is null. */
export function createOptimizer(
  parameters: readonly Parameter[],
  clipNorm: number | null,
  choice: OptimizerChoice,
): MomentOptimizer {
  const first = parameters.map(({ data }) => new Float32Array(data.length));
  const second = parameters.map(({ data }) => new Float32Array(data.length));
  let steps = 0;

  /** New value of one number p with clipped gradient g. */
  function rule(
    learningRate: number,
  ): (p: number, g: number, m: Float32Array, v: Float32Array, i: number) => number {
    switch (choice.kind) {
      case 'adam':
      case 'adamw': {
        const rate = learningRate / (1 - BETA1 ** steps);
        const correction = Math.sqrt(1 - BETA2 ** steps);
        const keep = choice.kind === 'adamw' ? 1 - learningRate * choice.weightDecay : 1;
        return (p, g, m, v, i) => {
          m[i] = BETA1 * m[i]! + (1 - BETA1) * g;
          v[i] = BETA2 * v[i]! + (1 - BETA2) * g * g;
          return keep * p - (rate * m[i]!) / (Math.sqrt(v[i]!) / correction + EPSILON);
        };
      }
      case 'rmsprop':
        return (p, g, _, v, i) => {
          v[i] = choice.decay * v[i]! + (1 - choice.decay) * g * g;
          return p - (learningRate * g) / (Math.sqrt(v[i]!) + EPSILON);
        };
      case 'sgd':
        return (p, g, m, _, i) => {
          m[i] = choice.momentum * m[i]! + g;
          return p - learningRate * m[i]!;
        };
    }
  }

  const named = (prefix: string, averages: readonly Float32Array[]): readonly Parameter[] =>
    averages.map((data, k) => ({ name: `${prefix}.${parameters[k]!.name}`, shape: [data.length], data }));

  function step(gradients: readonly Float32Array[], learningRate: number): number {
    let square = 0;
    for (const gradient of gradients) for (const g of gradient) square += g * g;
    const norm = Math.sqrt(square);
    const scale = clipNorm === null ? 1 : clipNorm / Math.max(norm, clipNorm);
    steps++;
    const update = rule(learningRate);
    parameters.forEach(({ data }, k) => {
      const gradient = gradients[k]!;
      for (let i = 0; i < data.length; i++)
        data[i] = update(data[i]!, gradient[i]! * scale, first[k]!, second[k]!, i);
    });
    return norm;
  }

  return {
    step,
    moments: [...named('first', first), ...named('second', second)],
    continueAfter(done) {
      steps = done;
    },
  };
}
