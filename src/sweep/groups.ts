/** Groups of runs that differ in nothing but their seeds, side by side. */
import type { Metrics } from '../evaluation/index.ts';
import { readRecord, readSpec, type StoredSpec } from '../results/index.ts';
import { canonicalJson, cellName } from '../spec/index.ts';

/** The runs of one spec on one set of data. */
export interface Group {
  /** What tells it from the others. */
  readonly name: string;
  readonly specHash: string;
  /** By seed, ascending. */
  readonly metrics: ReadonlyMap<number, Metrics>;
}

export function groupOf(name: string, specHash: string, metrics: ReadonlyMap<number, Metrics>): Group {
  return { name, specHash, metrics: new Map([...metrics].sort(([a], [b]) => a - b)) };
}

/** Mean and sample standard deviation of some numbers; the deviation is null of fewer than two. */
export interface Spread {
  readonly n: number;
  readonly mean: number;
  readonly deviation: number | null;
  readonly least: number;
  readonly greatest: number;
}

/** null of no numbers. */
export function spreadOf(values: readonly number[]): Spread | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const squares = values.reduce((sum, x) => sum + (x - mean) * (x - mean), 0);
  const deviation = n < 2 ? null : Math.sqrt(squares / (n - 1));
  return { n, mean, deviation, least: Math.min(...values), greatest: Math.max(...values) };
}

/** One group in the comparison. */
export interface Compared {
  readonly name: string;
  readonly specHash: string;
  readonly seeds: readonly number[];
  /** By metric; null where no seed has it. */
  readonly metrics: Readonly<Record<string, Spread | null>>;
  /** Of each metric, this group minus the first over the seeds that both have; null without such seeds. */
  readonly difference: Readonly<Record<string, Spread | null>>;
}

/** What one group has more of a metric than another, seed by seed, over the seeds that both have. */
export function differences(group: Group, other: Group, metric: string): readonly number[] {
  return [...group.metrics].flatMap(([seed, metrics]) => {
    const [a, b] = [metrics[metric] ?? null, other.metrics.get(seed)?.[metric] ?? null];
    return a === null || b === null ? [] : [a - b];
  });
}

/** Compares groups with the first of them, seed by seed: what two cells share in a seed is in both, and cancels. */
export function compareGroups(groups: readonly Group[]): readonly Compared[] {
  const [first] = groups;
  return groups.map((group) => {
    const { name, specHash, metrics } = group;
    const all = [...metrics.values()];
    const names = [...new Set(all.flatMap((m) => Object.keys(m)))];
    const values = (metric: string): readonly number[] =>
      all.flatMap((m) => {
        const value = m[metric] ?? null;
        return value === null ? [] : [value];
      });
    return {
      name,
      specHash,
      seeds: [...metrics.keys()],
      metrics: Object.fromEntries(names.map((metric) => [metric, spreadOf(values(metric))])),
      difference: Object.fromEntries(
        names.map((metric) => [metric, spreadOf(differences(group, first!, metric))]),
      ),
    };
  });
}

/**
 * Runs, a group for each spec and data, named by what tells their specs apart. Repetitions that found something else are
 * groups of their own, by the code that made them.
 *
 * @param folders of finished runs
 * @throws FaultError (data) when one is damaged
 */
export function readGroups(folders: readonly string[]): readonly Group[] {
  const found = new Map<string, Found>();
  for (const run of folders) {
    const { specHash, seed, evaluation = {}, code } = readRecord(run);
    const by = /\.differs-\w+$/.test(run) ? ` (code ${code.source.slice(0, 8)})` : '';
    let key = specHash + by;
    // An engine that is not exact differs from itself.
    while (found.get(key)?.metrics.has(seed) === true) key += ' again';
    const group = found.get(key) ?? {
      specHash,
      spec: readSpec(run),
      beside: key.slice(specHash.length),
      metrics: new Map(),
    };
    group.metrics.set(seed, evaluation);
    found.set(key, group);
  }
  const leaves = [...found.values()].map(({ spec }) => new Map(leavesOf(spec)));
  const paths = [...new Set(leaves.flatMap((of) => [...of.keys()]))];
  const telling = paths.filter(
    (path) => new Set(leaves.map((of) => canonicalJson(of.get(path) ?? null))).size > 1,
  );
  return [...found.values()].map(({ specHash, spec, beside, metrics }, i) => {
    const own = leaves[i]!;
    const changes = Object.fromEntries(
      telling.filter((path) => own.has(path)).map((path) => [path, own.get(path)]),
    );
    const name = typeof spec.variant === 'string' ? spec.variant : cellName(changes);
    return groupOf(name + beside, specHash, metrics);
  });
}

interface Found {
  readonly specHash: string;
  readonly spec: StoredSpec;
  /** What its name has beside what its spec says. */
  readonly beside: string;
  readonly metrics: Map<number, Metrics>;
}

/** Objects whose keys are names: they are told as a whole. */
const WHOLE = new Set(['anomalies.kinds', 'anomalies.testKinds', 'training.classWeights', 'dataset']);

/** Values by path; lists are values. Names and seeds tell no specs apart. */
function leavesOf(value: StoredSpec, prefix = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([key, part]): [string, unknown][] => {
    if (prefix === '' && ['name', 'description', 'variant', 'published', 'seeds', 'engine'].includes(key))
      return [];
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return typeof part === 'object' && part !== null && !Array.isArray(part) && !WHOLE.has(path)
      ? leavesOf(part as StoredSpec, path)
      : [[path, part]];
  });
}
