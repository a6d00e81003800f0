/** Rates of parts of a test set: by application, or by what training has seen of a session. */
import { type Clustering, clusteredRate, type Rate } from '../statistics/index.ts';

/** Sessions that have something in common. */
export interface GroupRates {
  readonly name: string;
  readonly sessions: number;
  readonly recall: Rate;
  readonly falsePositiveRate: Rate;
}

/**
 * Recall and false positive rate of every group.
 *
 * @param labels [N]: 0 is normal
 * @param called [N]: 0 is what was called normal
 * @param groupOf [N]: index in `names`
 */
export function ratesByGroup(
  labels: Uint8Array,
  called: Uint8Array,
  groupOf: ArrayLike<number>,
  names: readonly string[],
  clusterings: readonly Clustering[] = [],
): readonly GroupRates[] {
  const hits = called.map((one) => (one === 0 ? 0 : 1));
  return names.map((name, g) => {
    const anomalous = labels.map((label, i) => (groupOf[i] === g && label > 0 ? 1 : 0));
    const normal = labels.map((label, i) => (groupOf[i] === g && label === 0 ? 1 : 0));
    const recall = clusteredRate(hits, anomalous, clusterings);
    const falsePositiveRate = clusteredRate(hits, normal, clusterings);
    return {
      name,
      sessions: recall.denominator + falsePositiveRate.denominator,
      recall,
      falsePositiveRate,
    };
  });
}

/** What the groups beyond the most frequent ones have in common: they are many. */
export const THE_REST = 'the rest';

/**
 * The most frequent values as groups, and one for the rest where there are more: by falling frequency, of equals by name.
 *
 * @param values [N]
 */
export function frequentGroups(
  values: readonly string[],
  most: number,
): { readonly names: readonly string[]; readonly groupOf: Uint32Array } {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const sorted = [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).map(([name]) => name);
  const kept = sorted.slice(0, most);
  const names = sorted.length > most ? [...kept, THE_REST] : kept;
  const index = new Map(kept.map((name, i) => [name, i]));
  return { names, groupOf: Uint32Array.from(values, (value) => index.get(value) ?? kept.length) };
}
