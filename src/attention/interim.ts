/** Interim: until src/statistics has clusters. */
import { type Estimate, endpoints } from '../evaluation/index.ts';
import type { SessionTable } from '../session/index.ts';
export interface Clustering {
  readonly by: string;
  readonly clusterOf: Uint32Array;
  readonly count: number;
}
export interface ClusteredEstimate extends Estimate {
  readonly clustered?: {
    readonly by: string;
    readonly clusters: number;
    readonly intervals: readonly never[];
  };
}
function clusteringOf(by: string, names: readonly string[]): Clustering {
  const numbers = new Map<string, number>();
  const clusterOf = Uint32Array.from(names, (n) => {
    const k = numbers.get(n) ?? numbers.size;
    numbers.set(n, k);
    return k;
  });
  return { by, clusterOf, count: numbers.size };
}
export function clusteringsOfSessions(sessions: SessionTable, test: Uint32Array): readonly Clustering[] {
  const { header, headerStart, firstRow, network, transport, fromInitiator } = sessions;
  const ends = Array.from(test, (s) => {
    const row = firstRow[s]!;
    const bytes = header.subarray(headerStart[row]!, headerStart[row + 1]!);
    const e = endpoints(bytes, bytes[network[row]!]! >> 4, network[row]!, transport[row]!);
    const [a, b] = [e.source.replace(/:\d+$/, ''), e.destination.replace(/:\d+$/, '')];
    return fromInitiator[row] === 1 ? ([a, b] as const) : ([b, a] as const);
  });
  return [
    clusteringOf(
      'initiator',
      ends.map(([a]) => a),
    ),
    clusteringOf(
      'responder',
      ends.map(([, b]) => b),
    ),
    clusteringOf(
      'pair',
      ends.map(([a, b]) => (a < b ? `${a} ${b}` : `${b} ${a}`)),
    ),
  ];
}
export function interimEstimate(
  value: number,
  influence: Float64Array,
  clusterings: readonly Clustering[],
): ClusteredEstimate {
  let widest: ClusteredEstimate | null = null;
  for (const { by, clusterOf, count } of clusterings) {
    const sums = new Float64Array(count);
    const there = new Set<number>();
    influence.forEach((x, i) => {
      sums[clusterOf[i]!]! += x;
      if (x !== 0) there.add(clusterOf[i]!);
    });
    const G = there.size;
    const half = 2.1 * Math.sqrt((sums.reduce((a, x) => a + x * x, 0) * G) / Math.max(1, G - 1));
    const one = {
      value,
      low: G < 10 ? null : value - half,
      high: G < 10 ? null : value + half,
      clustered: { by, clusters: G, intervals: [] },
    };
    if (one.low === null) return one;
    if (widest === null || one.high! > widest.high!) widest = one;
  }
  return widest ?? { value, low: null, high: null };
}
