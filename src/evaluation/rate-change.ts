/** What becomes of a rate when the same sessions are judged in another way, with an interval for clusters of sessions. */

/** A way of putting N sessions into clusters. */
export interface Clustering {
  /** What a cluster has in common. */
  readonly by: string;
  /** [N] */
  readonly clusterOf: Uint32Array;
  readonly count: number;
}

/** A share of N sessions. */
export interface Share {
  /** [N]: 1 for the sessions that it is a share of. */
  readonly counts: Uint8Array;
  /** [N]: 1 for those of them that have it. */
  readonly hits: Uint8Array;
}

/** after − before. */
export interface RateChange {
  readonly before: number;
  readonly after: number;
  readonly difference: number;
  /** 95%; null where there are too few clusters to say. */
  readonly low: number | null;
  readonly high: number | null;
  /** What the clusters of the widest interval have in common, and how many there are. */
  readonly by: string;
  readonly clusters: number;
}

const LEAST_CLUSTERS = 10;
const Z = 1.959963984540054;

/**
 * The change of a share with the widest of the intervals by several clusterings: the sandwich of its linearised form,
 *
 *   u_i = (h′_i − r′ c′_i) / C′ − (h_i − r c_i) / C,   var = G / (G − 1) Σ_g (Σ_{i ∈ g} u_i)²
 *
 * @returns null where one of both is a share of nothing
 */
export function rateChange(
  before: Share,
  after: Share,
  clusterings: readonly Clustering[],
): RateChange | null {
  const sum = (values: Uint8Array) => values.reduce((total, x) => total + x, 0);
  const [c, d] = [sum(before.counts), sum(after.counts)];
  if (c === 0 || d === 0) return null;
  const [p, q] = [sum(before.hits) / c, sum(after.hits) / d];
  let widest = { half: -1, by: '', clusters: 0 };
  for (const { by, clusterOf, count } of clusterings) {
    const sums = new Float64Array(count);
    clusterOf.forEach((g, i) => {
      sums[g]! += (after.hits[i]! - q * after.counts[i]!) / d - (before.hits[i]! - p * before.counts[i]!) / c;
    });
    const squares = sums.reduce((total, x) => total + x * x, 0);
    const half = count < LEAST_CLUSTERS ? -1 : Z * Math.sqrt((count / (count - 1)) * squares);
    if (half > widest.half) widest = { half, by, clusters: count };
  }
  const { half, by, clusters } = widest;
  const [low, high] = half < 0 ? [null, null] : [q - p - half, q - p + half];
  return { before: p, after: q, difference: q - p, low, high, by, clusters };
}
