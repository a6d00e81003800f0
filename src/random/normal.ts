/**
 * The standard normal distribution from +, −, × and ÷ alone: `Math.log` and `Math.cos` differ between engines.
 *
 * Sum of twelve uniforms would have no tails; instead the ratio-of-uniforms method (A. J. Kinderman and
 * J. F. Monahan, 1977) with the quadratic bounds of J. L. Leva (1992, ACM TOMS 18:4, algorithm 712). The exact
 * boundary needs a logarithm in about 1.2% of the draws; it is decided by a series with an error below 1e-15.
 */
import { lnShort } from '../numeric/index.ts';
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
    if (v * v <= -4 * u * u * lnShort(u)) return v / u;
  }
}
