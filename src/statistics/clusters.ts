/** Clusters of sessions: those of one host, or of one pair of hosts, are not independent of each other. */

/** A way of putting N sessions into clusters. */
export interface Clustering {
  /** What a cluster has in common: `initiator`, `responder`, `pair`, `session`. */
  readonly by: string;
  /** [N]: the number of the cluster of each session, from 0. */
  readonly clusterOf: Uint32Array;
  /** How many clusters there are. */
  readonly count: number;
}

/** Sessions with the same name are a cluster; clusters are numbered as they first occur. @param names [N] */
export function clusteringOf(by: string, names: Iterable<string | number>): Clustering {
  const numbers = new Map<string | number, number>();
  const clusterOf: number[] = [];
  for (const name of names) {
    const number = numbers.get(name) ?? numbers.size;
    if (number === numbers.size) numbers.set(name, number);
    clusterOf.push(number);
  }
  return { by, clusterOf: Uint32Array.from(clusterOf), count: numbers.size };
}

/**
 * The clusterings that every headline number is given by: its initiator, its responder, and the two of them, whichever of
 * them it was that called. Sessions that are there several times (other draws of one) are a cluster, too.
 *
 * @param initiators [N] addresses
 * @param responders [N]
 * @param sessions [N] ids
 */
export function clusteringsOf(
  initiators: readonly string[],
  responders: readonly string[],
  sessions: ArrayLike<string | number>,
): readonly Clustering[] {
  const pairs = initiators.map((a, i) => {
    const b = responders[i]!;
    return a < b ? `${a} ${b}` : `${b} ${a}`;
  });
  const bySession = clusteringOf('session', Array.from(sessions));
  return [
    ...(bySession.count < sessions.length ? [bySession] : []),
    clusteringOf('initiator', initiators),
    clusteringOf('responder', responders),
    clusteringOf('pair', pairs),
  ];
}

/** [G]: the sum of a value over each cluster. @param values [N] */
export function clusterSums({ clusterOf, count }: Clustering, values: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(count);
  for (let i = 0; i < clusterOf.length; i++) sums[clusterOf[i]!]! += values[i]!;
  return sums;
}

/**
 * How many clusters of equal weight would be worth as much: (Σ w)² / Σ w² (L. Kish, 1965, Survey Sampling).
 *
 * @param weights [G], none below 0; 0 where all are
 */
export function effectiveCount(weights: ArrayLike<number>): number {
  let sum = 0;
  let squares = 0;
  for (let g = 0; g < weights.length; g++) {
    sum += weights[g]!;
    squares += weights[g]! * weights[g]!;
  }
  return squares === 0 ? 0 : (sum * sum) / squares;
}
