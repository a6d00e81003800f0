/** What the optimiser needs of an engine. */
import type { Kernels } from '../plan.ts';
import { fma } from './functions.ts';

const f = Math.fround;

/** Σ x² in f64, eight lanes. */
export const sumOfSquares: Kernels['sumOfSquares'] = (x) => {
  const lanes = new Float64Array(8);
  for (let i = 0; i < x.length; i++) lanes[i & 7] = lanes[i & 7]! + x[i]! * x[i]!;
  let sum = 0;
  for (const lane of lanes) sum += lane;
  return sum;
};

/** See Kernels.adam. */
export const adam: Kernels['adam'] = (p, g, m, v, { scale, beta1, beta2, epsilon, rate, correction }) => {
  const [s, b1, b2, e, lr, c] = [f(scale), f(beta1), f(beta2), f(epsilon), f(rate), f(correction)];
  const rest1 = f(1 - b1);
  const rest2 = f(1 - b2);
  for (let i = 0; i < p.length; i++) {
    const gi = f(g[i]! * s);
    m[i] = fma(b1, m[i]!, f(rest1 * gi));
    v[i] = fma(b2, v[i]!, f(rest2 * f(gi * gi)));
    const step = f(f(lr * m[i]!) / fma(f(Math.sqrt(v[i]!)), c, e));
    p[i] = p[i]! - step;
  }
};
