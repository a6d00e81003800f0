/** Differences of paired runs: how large, how sure. */
import { studentQuantile, studentTails } from '../numeric/index.ts';
import { signFlip, signFlipInterval } from './sign-flip.ts';

/** The mean of differences, with how far it can be trusted. */
export interface PairedDifference {
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation of the differences; null of fewer than two pairs. */
  readonly deviation: number | null;
  /** 95% interval of the mean, by `method`; null of fewer than two pairs. */
  readonly low: number | null;
  readonly high: number | null;
  /**
   * `sign-flip`: all means that the test of p does not refuse, from six pairs on; `student`: Student's t, which takes the
   * differences for normally distributed, of fewer.
   */
  readonly method: 'sign-flip' | 'student' | null;
  /**
   * Probability of a mean as far from 0 or farther, were each difference as likely to have the other sign (sign-flip test,
   * two-sided): exact up to 16 pairs, so never below 2 / 2ⁿ; of more pairs from drawn signs.
   */
  readonly p: number;
}

/**
 * The mean difference of pairs.
 *
 * @param differences one a pair, at least one
 * @throws RangeError without any
 */
export function pairedDifference(differences: readonly number[]): PairedDifference {
  const n = differences.length;
  const student = studentInterval(differences);
  const { mean, deviation } = student;
  const p = signFlip(differences);
  if (n < 2) return { n, mean, deviation, low: null, high: null, method: null, p };
  const inverted = signFlipInterval(differences);
  return inverted === null
    ? { n, mean, deviation, low: student.low, high: student.high, method: 'student', p }
    : { n, mean, deviation, ...inverted, method: 'sign-flip', p };
}

/** A mean with the interval and the test of Student's t; all but the mean are null of one number. */
export interface StudentMean {
  readonly mean: number;
  readonly deviation: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Two-sided, against a mean of 0; null also where all numbers are the same. */
  readonly p: number | null;
}

/**
 * mean ± t · s / √n with n − 1 degrees of freedom (Student, 1908, Biometrika 6:1).
 *
 * @throws RangeError without a number
 */
export function studentInterval(values: readonly number[], level = 0.95): StudentMean {
  const n = values.length;
  if (n === 0) throw new RangeError('differences: got none, expected at least one');
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  if (n < 2) return { mean, deviation: null, low: null, high: null, p: null };
  const squares = values.reduce((sum, x) => sum + (x - mean) * (x - mean), 0);
  const deviation = Math.sqrt(squares / (n - 1));
  const error = deviation / Math.sqrt(n);
  const half = studentQuantile((1 + level) / 2, n - 1) * error;
  const p = error === 0 ? null : studentTails(mean / error, n - 1);
  return { mean, deviation, low: mean - half, high: mean + half, p };
}
