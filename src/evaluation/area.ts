/** The area under the ROC curve with the interval that respects clusters. */
import {
  clusterSums,
  type Estimate,
  intervalBy,
  jackknife,
  widest,
  wilsonWithVariance,
} from '../statistics/index.ts';
import { type OperatingPoint, rocArea } from './curve.ts';
import type { Predictions } from './matrix.ts';

/** Ranks of N sessions, by ascending score of "normal". */
export interface Ranked {
  /** [N]: 0 is normal. */
  readonly labels: Uint8Array;
  /** [N]: the less, the more anomalous. */
  readonly normal: Float32Array;
}

/** `rocArea` of predictions; the area without a cluster is that without all pairs that a session of it is in. */
export function clusteredArea(points: readonly OperatingPoint[], predictions: Predictions): Estimate {
  const { labels, probabilities, classes, clusterings = [] } = predictions;
  const normal = Float32Array.from(labels, (_, i) => probabilities[i * classes.length]!);
  return areaOf(points, { labels, normal }, clusterings);
}

/** The same of any scores. */
export function areaOf(
  points: readonly OperatingPoint[],
  { labels, normal }: Ranked,
  clusterings: NonNullable<Predictions['clusterings']>,
): Estimate {
  const own = rocArea(points);
  const { value } = own;
  if (value === null || clusterings.length === 0) return own;
  const N = labels.length;
  const order = Uint32Array.from(labels, (_, i) => i).sort((a, b) => normal[a]! - normal[b]!);
  const positive = labels.map((label) => Math.min(label, 1));
  const all = new Float64Array(N);
  outranked(order, normal, positive).forEach((pairs, k) => {
    all[order[k]!] = pairs;
  });
  const m = positive.reduce((sum, one) => sum + one, 0);
  const n = N - m;
  const sum = all.reduce((total, pairs, i) => total + (positive[i] === 1 ? pairs : 0), 0);
  return widest(own, N, clusterings, (clustering) => {
    const { clusterOf, count } = clustering;
    const weights = clusterSums(clustering, new Uint8Array(N).fill(1));
    const positives = clusterSums(clustering, positive);
    const negatives = weights.map((w, g) => w - positives[g]!);
    const gone = clusterSums(clustering, all);
    // Pairs within a cluster were counted from both of their ends.
    const members: number[][] = Array.from({ length: count }, () => []);
    for (const i of order) members[clusterOf[i]!]!.push(i);
    const without = (g: number): number => {
      const within = outranked(members[g]!, normal, positive);
      const twice = members[g]!.reduce((total, i, k) => total + (positive[i] === 1 ? within[k]! : 0), 0);
      return (sum - gone[g]! + twice) / ((m - positives[g]!) * (n - negatives[g]!));
    };
    const knife = jackknife(value, without, weights, [positives, negatives]);
    return intervalBy(clustering.by, knife, (variance, clusters, quantile) =>
      wilsonWithVariance(value, variance, clusters, quantile),
    );
  });
}

/**
 * Of every session in the order, by its place there: the sessions of the other sort among them that are on the right side
 * of it, ties counting one half.
 *
 * @param order sessions by ascending `normal`
 */
function outranked(order: ArrayLike<number>, normal: Float32Array, positive: Uint8Array): Float64Array {
  const size = order.length;
  const pairs = new Float64Array(size);
  let negatives = 0;
  for (let k = 0; k < size; k++) if (positive[order[k]!] === 0) negatives++;
  let [positivesAbove, negativesAbove] = [0, 0];
  for (let from = 0; from < size; ) {
    let to = from;
    let [ties, negativeTies] = [0, 0];
    for (; to < size && normal[order[to]!] === normal[order[from]!]; to++) {
      if (positive[order[to]!] === 1) ties++;
      else negativeTies++;
    }
    for (let k = from; k < to; k++) {
      const below = negatives - negativesAbove - negativeTies / 2;
      pairs[k] = positive[order[k]!] === 1 ? below : positivesAbove + ties / 2;
    }
    positivesAbove += ties;
    negativesAbove += negativeTies;
    from = to;
  }
  return pairs;
}
