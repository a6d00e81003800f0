/** How a cost grows with a size. */

/** cost ≈ fixed + slope · size. */
export interface Line {
  readonly fixed: number;
  readonly slope: number;
  /** Largest relative distance of a cost from the line. */
  readonly deviation: number;
}

/**
 * The line of least relative squares, Σ ((fixed + slope · size − cost) / cost)², so that small sizes count as much as
 * large ones.
 *
 * @throws RangeError with fewer than three points, or when all sizes are equal
 */
export function fitLine(sizes: readonly number[], costs: readonly number[]): Line {
  let [w, wx, wxx, wy, wxy] = [0, 0, 0, 0, 0];
  sizes.forEach((x, i) => {
    const y = costs[i]!;
    const weight = 1 / (y * y);
    w += weight;
    wx += weight * x;
    wxx += weight * x * x;
    wy += weight * y;
    wxy += weight * x * y;
  });
  const determinant = w * wxx - wx * wx;
  if (sizes.length < 3 || !(determinant > 1e-12 * w * wxx))
    throw new RangeError(`fitLine: got ${sizes.length} points, expected three or more of different sizes`);
  const slope = (w * wxy - wx * wy) / determinant;
  const fixed = (wy - slope * wx) / w;
  const deviation = Math.max(...sizes.map((x, i) => Math.abs(fixed + slope * x - costs[i]!) / costs[i]!));
  return { fixed, slope, deviation };
}

/** Largest of the values by the smallest, minus 1. */
export function relativeRange(values: readonly number[]): number {
  return Math.max(...values) / Math.min(...values) - 1;
}
