/** Two classifiers on the same sessions, as if these were independent. */
import { coinTail } from '../numeric/index.ts';

/**
 * The exact two-sided p of McNemar's test (Q. McNemar, 1947, Psychometrika 12:153): of the sessions on which the two
 * differ, each is as likely to be the one's or the other's. 1 where they never differ.
 *
 * @param onlyFirst sessions that only the first calls
 */
export function mcnemarTest(onlyFirst: number, onlySecond: number): number {
  const differ = onlyFirst + onlySecond;
  return differ === 0 ? 1 : Math.min(1, 2 * coinTail(Math.min(onlyFirst, onlySecond), differ));
}
