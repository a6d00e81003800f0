/** What a method does, whatever the seed and whatever the host: both are drawn anew. */
import { studentQuantile } from '../numeric/index.ts';
import { stream } from '../random/index.ts';
import { effectiveCount } from './clusters.ts';
import type { Estimate } from './interval.ts';

/** A ratio that was found by S seeds on G clusters of sessions. */
export interface TwoWay {
  /** [S][G] of each: what is added up above and below the line. */
  readonly numerators: readonly Float64Array[];
  readonly denominators: readonly Float64Array[];
}

const DRAWS = 2000;
/** Seeds below which nothing is said. */
const LEAST_SEEDS = 3;

/**
 * Σ numerators / Σ denominators with the 95% interval of the pigeonhole bootstrap (A. B. Owen, 2007, Ann. Appl. Stat.
 * 1:386): seeds and clusters are drawn with replacement, each by itself, from the stream (0, 'two-way', S, G). Its standard
 * error, widened by √(S / (S − 1)) as that of few seeds is too small, with the quantile of Student's t for as many degrees
 * of freedom as the fewer of the two has.
 *
 * Of differences of two methods, numerators are those of the differences: the pairing stays.
 *
 * @param leastClusters fewer give no interval
 */
export function twoWayBootstrap({ numerators, denominators }: TwoWay, leastClusters: number): Estimate {
  const S = numerators.length;
  const G = numerators[0]?.length ?? 0;
  const ratio = (seeds: Float64Array | null, clusters: Float64Array | null): number => {
    let [above, below] = [0, 0];
    for (let s = 0; s < S; s++) {
      const weight = seeds === null ? 1 : seeds[s]!;
      if (weight === 0) continue;
      for (let g = 0; g < G; g++) {
        const both = weight * (clusters === null ? 1 : clusters[g]!);
        above += both * numerators[s]![g]!;
        below += both * denominators[s]![g]!;
      }
    }
    return below === 0 ? Number.NaN : above / below;
  };
  const value = ratio(null, null);
  if (Number.isNaN(value)) return { value: null, low: null, high: null };
  const weights = denominators.reduce<Float64Array>(
    (sum, row) => sum.map((x, g) => x + row[g]!),
    new Float64Array(G),
  );
  const used = weights.reduce((count, w) => count + (w > 0 ? 1 : 0), 0);
  if (S < LEAST_SEEDS || used < leastClusters) return { value, low: null, high: null };
  const source = stream(0, 'two-way', S, G);
  const draw = (n: number): Float64Array => {
    const counts = new Float64Array(n);
    for (let i = 0; i < n; i++) counts[source.below(n)]!++;
    return counts;
  };
  let [count, squares] = [0, 0];
  for (let i = 0; i < DRAWS; i++) {
    const drawn = ratio(draw(S), draw(G));
    if (Number.isNaN(drawn)) continue;
    count++;
    squares += (drawn - value) * (drawn - value);
  }
  // Where nothing scatters, nothing shows how far it might.
  if (squares === 0) return { value, low: null, high: null };
  const freedom = Math.max(1, Math.min(S, effectiveCount(weights)) - 1);
  const half = studentQuantile(0.975, freedom) * Math.sqrt(squares / count) * Math.sqrt(S / (S - 1));
  return { value, low: value - half, high: value + half };
}
