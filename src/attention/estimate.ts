/** Estimates with host-clustered intervals, from the influence of each session on them. */
import {
  type Clustering,
  clusterSums,
  type Estimate,
  intervalBy,
  jackknife,
  UNDEFINED,
  widest,
  wilsonWithVariance,
} from '../statistics/index.ts';

/** A number about M of N sessions. */
export interface Influenced {
  readonly value: number;
  /** [N]: 1 for the sessions that it is about, otherwise 0. */
  readonly of: Float64Array;
  /**
   * [N]: how much of its error is of each session. Also of some that it is not about, where it is held against what these
   * give.
   */
  readonly influence: Float64Array;
  /** Whether it is a share, 0 … 1; else it may be any number. */
  readonly share: boolean;
}

/** 97.5% quantile of the standard normal distribution. */
const NORMAL = 1.959963984540054;

/**
 * The number with its widest interval. Leaving out cluster g moves a mean by −Σ_g influence · M / (M − M_g), exactly; a ratio
 * of means nearly so.
 */
export function estimateOf(
  { value, of, influence, share }: Influenced,
  clusterings: readonly Clustering[],
): Estimate {
  const M = of.reduce((sum, x) => sum + x, 0);
  const make = (variance: number, least: number, quantile: number): Pick<Estimate, 'low' | 'high'> => {
    if (share) return wilsonWithVariance(value, variance, least, quantile);
    const half = quantile * Math.sqrt(variance);
    return { low: value - half, high: value + half };
  };
  let squares = 0;
  for (const x of influence) squares += x * x;
  const { low, high } = make((squares * M) / Math.max(1, M - 1), M, NORMAL);
  return widest({ value, low, high }, M, clusterings, (clustering) => {
    const weights = clusterSums(clustering, of);
    const moved = clusterSums(clustering, influence);
    const without = (g: number): number => value - (moved[g]! * M) / (M - weights[g]!);
    const knife = jackknife(value, without, weights, []);
    // Clusters that it is not about, but what it is held against.
    const rest = moved.reduce((sum, x, g) => (weights[g] === 0 ? sum + x * x : sum), 0);
    return intervalBy(clustering.by, { ...knife, variance: knife.variance + rest }, make);
  });
}

/** The mean over some of the N sessions. @param values [N] @param share see Influenced */
export function meanOf(
  sessions: readonly number[],
  values: Float64Array,
  share: boolean,
  clusterings: readonly Clustering[],
): Estimate {
  const M = sessions.length;
  if (M === 0) return UNDEFINED;
  const value = sessions.reduce((sum, s) => sum + values[s]!, 0) / M;
  const influence = new Float64Array(values.length);
  for (const s of sessions) influence[s] = (values[s]! - value) / M;
  const within = share ? Math.min(1, Math.max(0, value)) : value;
  return estimateOf({ value: within, of: indicator(sessions, values.length), influence, share }, clusterings);
}

/** [N]: 1 for these sessions. */
export function indicator(sessions: readonly number[], N: number): Float64Array {
  const of = new Float64Array(N);
  for (const s of sessions) of[s] = 1;
  return of;
}
