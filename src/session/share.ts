/** Training on less than there is: what a shorter capture would have left. */
import type { Split } from './split.ts';

/**
 * The split with the last of its training sessions in time alone: max(1, round(share · n)) of n.
 *
 * The last ones, not a sample: they are what a capture would hold that began later, next to the sessions that validate and
 * test. A sample would know hosts and contacts from all of the time, and so more than its number of sessions says. Of two
 * shares the smaller's sessions are among the greater's.
 *
 * @param share 0 < share ≤ 1
 */
export function lastShare(split: Split, share: number): Split {
  const { train } = split;
  if (share === 1) return split;
  return { ...split, train: train.subarray(train.length - Math.max(1, Math.round(share * train.length))) };
}
