/** "Makes no difference" as something that can be shown. */
import { studentTails } from '../numeric/index.ts';
import { studentInterval } from './paired.ts';
import { signFlip, signFlipInterval } from './sign-flip.ts';

/** Whether a mean difference is within a margin. */
export interface Equivalence {
  readonly margin: number;
  /** Two one-sided tests: the greater of the p against "margin or more" and against "−margin or less". */
  readonly p: number;
  /** 90% interval, which lies within the margin where p < 5%; null of too few pairs for one. */
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Two one-sided tests (D. J. Schuirmann, 1987, J. Pharmacokinet. Biopharm. 15:657) by sign flips: the mean is within
 * ±margin where both p are small. Of n pairs p is never below 1 / 2ⁿ, so it takes five.
 *
 * @param differences one a pair, at least one
 * @throws RangeError where the margin is not above 0
 */
export function equivalenceTest(differences: readonly number[], margin: number): Equivalence {
  checkMargin(margin);
  const below = signFlip(
    differences.map((x) => margin - x),
    'greater',
  );
  const above = signFlip(
    differences.map((x) => margin + x),
    'greater',
  );
  const inverted = signFlipInterval(differences, 0.9);
  return { margin, p: Math.max(below, above), low: inverted?.low ?? null, high: inverted?.high ?? null };
}

/**
 * The same by Student's t, which takes the differences for normally distributed.
 *
 * @param differences two or more, not all the same
 * @throws RangeError
 */
export function studentEquivalence(differences: readonly number[], margin: number): Equivalence {
  checkMargin(margin);
  const n = differences.length;
  const { mean, deviation, low, high } = studentInterval(differences, 0.9);
  if (deviation === null || deviation === 0)
    throw new RangeError('differences: got no spread, expected two or more that differ');
  const error = deviation / Math.sqrt(n);
  const upper = (t: number): number => {
    const both = studentTails(t, n - 1) / 2;
    return t > 0 ? both : 1 - both;
  };
  const p = Math.max(upper((margin - mean) / error), upper((margin + mean) / error));
  return { margin, p, low, high };
}

function checkMargin(margin: number): void {
  if (!(margin > 0)) throw new RangeError(`margin: got ${margin}, expected more than 0`);
}
