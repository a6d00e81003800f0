/** How unusual a score is among those of normal sessions that the network has not learnt from. */

/** The scores of normal sessions that were held back from training. */
export interface Calibration {
  /** Which sessions these are. */
  readonly of: 'validation' | 'test';
  /** [n], ascending: 1 − P(normal). */
  readonly scores: Float64Array;
}

export function calibrationOf(scores: Iterable<number>, of: Calibration['of']): Calibration {
  return { of, scores: Float64Array.from(scores).sort() };
}

/**
 * The conformal p of a score: (1 + |{i : s_i ≥ s}|) / (n + 1). If the session is drawn as the normal ones were, p ≤ α has a
 * probability of at most α (V. Vovk, A. Gammerman, G. Shafer, Algorithmic Learning in a Random World, 2005, §2.3).
 *
 * @returns from 1 / (n + 1) to 1
 */
export function conformalP({ scores }: Calibration, score: number): number {
  let low = 0;
  let high = scores.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (scores[middle]! < score) low = middle + 1;
    else high = middle;
  }
  return (1 + scores.length - low) / (scores.length + 1);
}

/** The least p that there can be. */
export const leastP = ({ scores }: Calibration): number => 1 / (scores.length + 1);
