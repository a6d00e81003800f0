/** 95% intervals from + − × ÷ √ alone: proportions, ratios of proportions, and estimates with a known variance. */

/** Standard normal quantile of 97.5%. */
const Z = 1.959963984540054;

/**
 * A number with its 95% interval; all three are null where the number is undefined. The interval alone is null where
 * there are too few clusters for one.
 */
export interface Estimate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Where the interval is from; without it sessions were taken as independent of each other. */
  readonly clustered?: Clustered;
}

/** An interval that respects that sessions of one host are not independent. */
export interface Clustered {
  /** The widest of `intervals`, or the one that has too few clusters: it is the interval of the estimate. */
  readonly by: string;
  /** Clusters that have a session of those that the number is about. */
  readonly clusters: number;
  readonly intervals: readonly IntervalBy[];
}

/** The interval that one clustering gives; null of fewer than ten clusters. */
export interface IntervalBy {
  readonly by: string;
  readonly clusters: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** A proportion with what it was computed from: value = numerator / denominator, null when that is 0 / 0. */
export interface Rate extends Estimate {
  readonly numerator: number;
  readonly denominator: number;
}

export const UNDEFINED: Estimate = { value: null, low: null, high: null };

/** numerator / denominator with the Wilson interval; null when the denominator is 0. */
export function rate(numerator: number, denominator: number): Rate {
  if (denominator === 0) return { ...UNDEFINED, numerator, denominator };
  return { ...wilson(numerator / denominator, denominator), numerator, denominator };
}

/**
 * Wilson's score interval (E. B. Wilson, 1927, JASA 22:158) of a proportion p of n > 0 trials:
 *
 *   (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n)
 *
 * Unlike p ± z·SE it stays within [0, 1] and does not shrink to a point at 0 or 1. n need not be an integer.
 *
 * @param z another quantile than that of the standard normal distribution
 */
export function wilson(p: number, n: number, z = Z): { value: number; low: number; high: number } {
  const z2n = (z * z) / n;
  const centre = p + z2n / 2;
  const half = z * Math.sqrt((p * (1 - p)) / n + z2n / (4 * n));
  return {
    value: p,
    low: p === 0 ? 0 : Math.max(0, (centre - half) / (1 + z2n)),
    high: p === 1 ? 1 : Math.min(1, (centre + half) / (1 + z2n)),
  };
}

/**
 * Interval of an estimate p in [0, 1] whose sampling variance is known: Wilson's with the effective sample size
 * p(1 − p) / variance, as survey statistics does it. Where the data show no variance (p is 0 or 1), `leastSize`
 * stands in, so that a perfect score is not reported as certain.
 */
export function wilsonWithVariance(p: number, variance: number, leastSize: number, z = Z): Estimate {
  const spread = p * (1 - p);
  return wilson(p, spread > 0 && variance > 0 ? spread / variance : leastSize, z);
}

/**
 * Interval of the ratio a / b of two independent estimates, by variance recovery (MOVER: A. Donner and G. Zou,
 * 2012, Stat. Methods Med. Res. 21:347): the ratios λ at which the interval of a − λb ends at 0. b may be 0; the upper
 * end is Infinity when b may be.
 */
export function ratioInterval(a: Estimate, b: Estimate): { low: number; high: number } | null {
  if (a.value === null || b.value === null || a.low === null || b.low === null) return null;
  const product = a.value * b.value;
  const end = (aEnd: number, bEnd: number) => ({
    square: bEnd * (2 * b.value! - bEnd),
    constant: aEnd * (2 * a.value! - aEnd),
  });
  // square·λ² − 2·product·λ + constant = 0; the lower end is the smaller root, in the form that needs no division
  // by `square`, which may be 0 or negative.
  const lower = end(a.low!, b.high!);
  const lowerRoot = product + Math.sqrt(Math.max(0, product * product - lower.square * lower.constant));
  const upper = end(a.high!, b.low!);
  const upperRoot = product + Math.sqrt(Math.max(0, product * product - upper.square * upper.constant));
  return {
    low: lowerRoot > 0 ? Math.max(0, lower.constant / lowerRoot) : 0,
    high: upper.square > 0 ? upperRoot / upper.square : Number.POSITIVE_INFINITY,
  };
}

/**
 * Interval of the difference a − b of two independent estimates, by variance recovery (R. G. Newcombe, 1998, Stat. Med.
 * 17:873, method 10, where both have Wilson intervals):
 *
 *   a − b − √((a − low a)² + (high b − b)²) … a − b + √((high a − a)² + (b − low b)²)
 *
 * An estimate without interval counts as exact, but for one that has too few clusters for its interval: there is none of
 * the difference then. Undefined where one of them is.
 */
export function difference(a: Estimate, b: Estimate): Estimate {
  if (a.value === null || b.value === null) return UNDEFINED;
  const value = a.value - b.value;
  const untold = ({ low, clustered }: Estimate) => low === null && clustered !== undefined;
  if (untold(a) || untold(b)) return { value, low: null, high: null };
  const norm = (x: number, y: number): number => Math.sqrt(x * x + y * y);
  const below = norm(a.value - (a.low ?? a.value), (b.high ?? b.value) - b.value);
  const above = norm((a.high ?? a.value) - a.value, b.value - (b.low ?? b.value));
  return { value, low: value - below, high: value + above };
}

/** value ± z·√variance. */
export function normalInterval(value: number, variance: number): Estimate {
  const half = Z * Math.sqrt(variance);
  return { value, low: value - half, high: value + half };
}
