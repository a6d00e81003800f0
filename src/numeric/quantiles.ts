/** Quantiles, for people. */

/** Nearest-rank quantiles: the value at rank ⌈p · n⌉ of the sorted values, so that each of them occurs. */
export interface Quantiles {
  readonly min: number;
  readonly p5: number;
  readonly p25: number;
  readonly p50: number;
  readonly p75: number;
  readonly p95: number;
  readonly max: number;
}

/**
 * Quantiles of values that come with how often they occur.
 *
 * @param values ascending
 * @param counts [values.length]
 * @returns null when there is none
 */
export function quantiles(values: ArrayLike<number>, counts: ArrayLike<number>): Quantiles | null {
  let total = 0;
  for (let i = 0; i < counts.length; i++) total += counts[i]!;
  if (total === 0) return null;
  const at = (percent: number): number => {
    const rank = Math.max(1, Math.ceil((percent * total) / 100));
    let seen = 0;
    for (let i = 0; i < counts.length; i++) {
      seen += counts[i]!;
      if (seen >= rank) return values[i]!;
    }
    throw new Error(`rank ${rank} of ${total}`);
  };
  return { min: at(0), p5: at(5), p25: at(25), p50: at(50), p75: at(75), p95: at(95), max: at(100) };
}
