/** Estimates with host-clustered intervals, from the influence of each session on them. */
import type { Estimate } from '../evaluation/index.ts';
import type { Clustering } from './interim.ts';
import { interimEstimate } from './interim.ts';

/** @param influence [N]: how much of the estimate's error is of each session; 0 of those that it is not about */
export function estimateOf(
  value: number,
  influence: Float64Array,
  clusterings: readonly Clustering[],
): Estimate {
  return interimEstimate(value, influence, clusterings);
}

/** The mean of the values of some of the N sessions. @param values [N] */
export function meanOf(
  sessions: readonly number[],
  values: Float64Array,
  clusterings: readonly Clustering[],
): Estimate {
  const M = sessions.length;
  if (M === 0) return { value: null, low: null, high: null };
  const mean = sessions.reduce((sum, s) => sum + values[s]!, 0) / M;
  const influence = new Float64Array(values.length);
  for (const s of sessions) influence[s] = (values[s]! - mean) / M;
  return estimateOf(mean, influence, clusterings);
}
