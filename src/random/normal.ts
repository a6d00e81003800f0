/**
 * The standard normal distribution from +, −, × and ÷ alone: `Math.log` and `Math.cos` differ between engines.
 *
 * Sum of twelve uniforms would have no tails; instead the ratio-of-uniforms method (A. J. Kinderman and
 * J. F. Monahan, 1977) with the quadratic bounds of J. L. Leva (1992, ACM TOMS 18:4, algorithm 712). The exact
 * boundary needs a logarithm in about 1.2% of the draws; it is decided by a series with an error below 1e-15.
 */
import type { Stream } from './stream.ts';

/** One draw from N(0, 1). */
export function normal(source: Stream): number {
  for (;;) {
    const u = 1 - source.uniform(); // (0, 1]
    const v = 1.7156 * (source.uniform() - 0.5);
    const x = u - 0.449871;
    const y = Math.abs(v) + 0.386595;
    const q = x * x + y * (0.196 * y - 0.25472 * x);
    if (q < 0.27597) return v / u;
    if (q > 0.27846) continue;
    if (v * v <= -4 * u * u * logarithm(u)) return v / u;
  }
}

const { LN2, SQRT1_2 } = Math;

/** Natural logarithm of u in (0, 1], by ln m = 2 atanh((m − 1) / (m + 1)) with m in [√½, √2). */
function logarithm(u: number): number {
  let m = u;
  let exponent = 0;
  while (m < SQRT1_2) {
    m *= 2;
    exponent--;
  }
  const s = (m - 1) / (m + 1);
  const s2 = s * s;
  let sum = 0;
  for (let k = 21; k >= 1; k -= 2) sum = sum * s2 + 1 / k;
  return exponent * LN2 + 2 * s * sum;
}
