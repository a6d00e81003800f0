/** What is found of each kind, whatever it is called. */
import { type Clustering, clusteredRate, type Rate } from '../statistics/index.ts';

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
  clusterings: readonly Clustering[] = [],
): readonly Detection[] {
  const called = predicted.map((one) => (one === 0 ? 0 : 1));
  return kinds.map((kind, k) => {
    const of = actual.map((one) => (one === k ? 1 : 0));
    return { kind, called: clusteredRate(called, of, clusterings) };
  });
}
