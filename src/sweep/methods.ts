/** What a cell does whatever the seed and the host: its test sessions by both. */
import { type Estimate, mostProbable } from '../evaluation/index.ts';
import { type ReadPredictions, readPredictions } from '../results/index.ts';
import { clusteringsOf, LEAST_CLUSTERS, twoWayBootstrap } from '../statistics/index.ts';
import type { Group } from './groups.ts';

/** Shares of test sessions that are told of a cell. */
type MethodRate = 'accuracy' | 'recall' | 'falsePositiveRate';

/** A cell by seeds and hosts; all intervals are the widest of those by initiator, responder and pair. */
export interface Method {
  readonly name: string;
  readonly seeds: number;
  readonly rates: Readonly<Record<MethodRate, Estimate>>;
  /** Accuracy less that of the first cell, over the seeds of both; null of that one, and where their test sessions are others. */
  readonly difference: Estimate | null;
}

/** Reads the predictions of all runs. @throws FaultError (data) when one is damaged */
export async function methodsOf(groups: readonly Group[]): Promise<readonly Method[]> {
  const methods: Method[] = [];
  let first: Tables | null = null;
  for (const { name, folders = new Map<number, string>() } of groups) {
    const tables = new Map<number, ReadPredictions>();
    for (const [seed, folder] of folders)
      tables.set(seed, await readPredictions(`${folder}/predictions.csv`));
    methods.push({
      name,
      seeds: tables.size,
      rates: methodRates(tables),
      difference: first === null ? null : methodDifference(tables, first),
    });
    first ??= tables;
  }
  return methods;
}

/** Test sessions by seed. */
type Tables = ReadonlyMap<number, ReadPredictions>;

/** Shares of the sessions of all seeds, each with its interval by seeds and hosts. */
export function methodRates(tables: Tables): Method['rates'] {
  const one = (rate: MethodRate) =>
    widestOf([...tables.values()], (table) => {
      const { hits, of } = counted(table, rate);
      return { above: hits.map((hit, i) => hit * of[i]!), below: of };
    });
  return {
    accuracy: one('accuracy'),
    recall: one('recall'),
    falsePositiveRate: one('falsePositiveRate'),
  };
}

/** What one cell has more of accuracy, session by session; null where a seed stands for other sessions. */
export function methodDifference(tables: Tables, first: Tables): Estimate | null {
  const pairs = [...tables].flatMap(([seed, table]) => {
    const other = first.get(seed);
    return other === undefined ? [] : [[table, other] as const];
  });
  const isSame = ([a, b]: (typeof pairs)[number]) =>
    a.labels.length === b.labels.length &&
    (a.hosts?.responders.every((host, i) => host === b.hosts?.responders[i]) ?? false);
  if (pairs.length === 0 || !pairs.every(isSame)) return null;
  const others = new Map(pairs.map(([table, other]) => [table, other]));
  return widestOf(
    pairs.map(([table]) => table),
    (table) => {
      const before = counted(others.get(table)!, 'accuracy').hits;
      const { hits, of } = counted(table, 'accuracy');
      return { above: hits.map((hit, i) => hit - before[i]!), below: of };
    },
  );
}

/** [N] each: 1 for a hit, and for a session that the rate is of. */
function counted({ labels, probabilities, classes }: ReadPredictions, rate: MethodRate) {
  const predicted = mostProbable(probabilities, classes.length);
  const is = (f: (label: number, called: number) => boolean): readonly number[] =>
    Array.from(labels, (label, i) => (f(label, predicted[i]!) ? 1 : 0));
  switch (rate) {
    case 'accuracy':
      return { hits: is((label, called) => label === called), of: is(() => true) };
    case 'recall':
      return { hits: is((_, called) => called > 0), of: is((label) => label > 0) };
    case 'falsePositiveRate':
      return { hits: is((_, called) => called > 0), of: is((label) => label === 0) };
  }
}

/** The widest of the intervals by seeds and initiators, responders or pairs; none where one of them has too few. */
function widestOf(
  tables: readonly ReadPredictions[],
  sums: (table: ReadPredictions) => { readonly above: readonly number[]; readonly below: readonly number[] },
): Estimate {
  const rows = tables.map(sums);
  const initiators = tables.flatMap(({ hosts, labels }) => hosts?.initiators ?? Array.from(labels, () => ''));
  const responders = tables.flatMap(({ hosts, labels }) => hosts?.responders ?? Array.from(labels, () => ''));
  const ids = initiators.map((_, i) => i);
  const found = clusteringsOf(initiators, responders, ids).map(({ clusterOf, count }) => {
    let at = 0;
    const numerators: Float64Array[] = [];
    const denominators: Float64Array[] = [];
    for (const { above, below } of rows) {
      const [up, down] = [new Float64Array(count), new Float64Array(count)];
      above.forEach((x, i) => {
        up[clusterOf[at + i]!]! += x;
        down[clusterOf[at + i]!]! += below[i]!;
      });
      at += above.length;
      numerators.push(up);
      denominators.push(down);
    }
    return twoWayBootstrap({ numerators, denominators }, LEAST_CLUSTERS);
  });
  const none = { value: null, low: null, high: null };
  return found.reduce<Estimate>((widest, one) => {
    if (widest.value === null || one.low === null || one.high === null) return one;
    if (widest.low === null || widest.high === null) return widest;
    return one.high - one.low > widest.high - widest.low ? one : widest;
  }, none);
}
