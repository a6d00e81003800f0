/** What is found of each kind, whatever it is called. */
import { type Rate, rate } from '../statistics/index.ts';

/** Sessions of one kind, and how many of them were called anomalous. */
export interface Detection {
  readonly kind: string;
  readonly called: Rate;
}

/**
 * Detection rate of every kind, and the false positive rate of `normal`, which is kind 0: sessions that were called
 * anything but normal, of those that are of the kind. Works for kinds that are no classes, too.
 *
 * @param actual [N]: what was done to each session, indices of `kinds`
 * @param predicted [N]: predicted classes; 0 is normal
 */
export function detectionByKind(
  actual: Uint8Array,
  predicted: Uint8Array,
  kinds: readonly string[],
): readonly Detection[] {
  const all = new Array<number>(kinds.length).fill(0);
  const called = new Array<number>(kinds.length).fill(0);
  actual.forEach((kind, i) => {
    all[kind]!++;
    if (predicted[i] !== 0) called[kind]!++;
  });
  return kinds.map((kind, k) => ({ kind, called: rate(called[k]!, all[k]!) }));
}
