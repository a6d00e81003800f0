/** How many seeds a comparison takes. */
import { chiSquareQuantile, probit, studentQuantile } from '../numeric/index.ts';

/** What a comparison is to show. */
export interface PowerQuestion {
  /** Mean difference, above 0. */
  readonly effect: number;
  /** Sample standard deviation of the paired differences of earlier runs, and of how many. */
  readonly deviation: number;
  readonly pairs: number;
  /** Probability of showing the effect, were it there. */
  readonly power?: number;
  /** Hypotheses that are tested together: each at 5% / tests, as Holm's first step does. */
  readonly tests?: number;
}

/** Seeds that it takes, and as many as it may take where the spread is known so badly. */
export interface SeedsNeeded {
  readonly seeds: number;
  /** With the upper end of the one-sided 80% interval of the deviation (R. H. Browne, 1995, Stat. Med. 14:1933). */
  readonly atMost: number;
}

/** 5%. */
const LEVEL = 0.05;

/**
 * Pairs for which a two-sided test at 5% / tests shows a mean difference with this power: the least n with
 *
 *   n ≥ ((t₁₋α/₂ + t_power) · s / effect)², both of n − 1 degrees of freedom
 *
 * (W. C. Guenther, 1981, Am. Stat. 35:243, within one pair of the exact number), and never fewer than the sign flips that
 * can be so rare: 2 / 2ⁿ ≤ 5% / tests.
 *
 * @throws RangeError where the effect is not above 0, or the spread is of fewer than two pairs
 */
export function seedsNeeded({
  effect,
  deviation,
  pairs,
  power = 0.8,
  tests = 1,
}: PowerQuestion): SeedsNeeded {
  if (!(effect > 0)) throw new RangeError(`effect: got ${effect}, expected more than 0`);
  if (pairs < 2) throw new RangeError(`pairs: got ${pairs}, expected 2 or more`);
  const level = LEVEL / tests;
  const need = (spread: number): number => {
    let n = 2;
    while (2 / 2 ** n > level) n++;
    const least = n;
    const ratio = spread / effect;
    // By the normal distribution first, which is never too many; from there it is a few steps.
    const normal = probit(1 - level / 2) + probit(power);
    n = Math.max(least, Math.floor(normal * normal * ratio * ratio));
    for (; ; n++) {
      const sum = studentQuantile(1 - level / 2, n - 1) + studentQuantile(power, n - 1);
      if (n >= sum * sum * ratio * ratio) return n;
    }
  };
  const upper = deviation * Math.sqrt((pairs - 1) / chiSquareQuantile(0.2, pairs - 1));
  return { seeds: need(deviation), atMost: need(upper) };
}
