/** How a cost grows with a size. */
import { studentQuantile } from '../numeric/index.ts';

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

/** cost ∝ size^exponent. */
export interface Power {
  readonly exponent: number;
  /** 95% interval by Student's t, from how far the costs are from the power law. */
  readonly low: number;
  readonly high: number;
}

/**
 * The exponent of least squares between logarithms, Σ (a + exponent · ln size − ln cost)².
 *
 * @param points each measured apart from the others; several of a size
 * @throws RangeError with fewer than three, when all sizes are equal, or one is not above 0
 */
export function fitPower(points: readonly { readonly size: number; readonly cost: number }[]): Power {
  const x = points.map(({ size }) => Math.log(size));
  const y = points.map(({ cost }) => Math.log(cost));
  const n = points.length;
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / n;
  const [middle, level] = [mean(x), mean(y)];
  const spread = x.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  if (n < 3 || !(spread > 1e-12) || ![...x, ...y].every(Number.isFinite))
    throw new RangeError(`fitPower: got ${n} points, expected three or more above 0 of different sizes`);
  const exponent = x.reduce((sum, value, i) => sum + (value - middle) * (y[i]! - level), 0) / spread;
  const left = x.reduce((sum, value, i) => sum + (y[i]! - level - exponent * (value - middle)) ** 2, 0);
  const half = studentQuantile(0.975, n - 2) * Math.sqrt(left / (n - 2) / spread);
  return { exponent, low: exponent - half, high: exponent + half };
}
