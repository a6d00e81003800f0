/** Groups of runs that differ in nothing but their seeds, side by side. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode, FaultError } from '../fault/index.ts';
import { noRun, RUN_FILE, readRecord } from '../results/index.ts';
import type { Metrics } from '../run/index.ts';
import { canonicalJson, cellName } from '../spec/index.ts';
import { displayPath } from '../text/index.ts';

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
 * The runs below folders, a group for each spec and data, named by what tells their specs apart.
 *
 * @param folders run folders, or folders above them: of a spec hash, of an experiment
 * @throws FaultError when there is no finished run in them
 */
export function readGroups(folders: readonly string[]): readonly Group[] {
  const found = new Map<string, { spec: Record<string, unknown>; metrics: Map<number, Metrics> }>();
  for (const run of folders.flatMap((folder) => runsBelow(folder, 3))) {
    const { specHash, seed, evaluation = {} } = readRecord(run)!;
    if (specHash === undefined || seed === undefined)
      throw noRun(run, `is a run, but its ${RUN_FILE} does not say of what`);
    const group = found.get(specHash) ?? {
      spec: JSON.parse(readFileSync(join(run, 'spec.json'), 'utf8')) as Record<string, unknown>,
      metrics: new Map(),
    };
    group.metrics.set(seed, evaluation);
    found.set(specHash, group);
  }
  if (found.size === 0)
    throw new FaultError(
      {
        place: folders.join(', '),
        problem: 'there is no finished run in it',
        cure: 'sessionlab sweep or run makes some',
      },
      ExitCode.usage,
    );
  const leaves = [...found.values()].map(({ spec }) => new Map(leavesOf(spec)));
  const paths = [...new Set(leaves.flatMap((of) => [...of.keys()]))];
  const telling = paths.filter(
    (path) => new Set(leaves.map((of) => canonicalJson(of.get(path) ?? null))).size > 1,
  );
  return [...found].map(([specHash, { metrics }], i) => {
    const own = leaves[i]!;
    const changes = Object.fromEntries(
      telling.filter((path) => own.has(path)).map((path) => [path, own.get(path)]),
    );
    const { variant } = found.get(specHash)!.spec;
    const name = typeof variant === 'string' ? variant : cellName(changes);
    return groupOf(name, specHash, metrics);
  });
}

/** Objects whose keys are names: they are told as a whole. */
const WHOLE = new Set(['anomalies.kinds', 'anomalies.testKinds', 'training.classWeights', 'dataset']);

/** Values by path; lists are values. Names and seeds tell no specs apart. */
function leavesOf(value: Record<string, unknown>, prefix = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([key, part]): [string, unknown][] => {
    if (prefix === '' && ['name', 'description', 'variant', 'published', 'seeds', 'engine'].includes(key))
      return [];
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return typeof part === 'object' && part !== null && !Array.isArray(part) && !WHOLE.has(path)
      ? leavesOf(part as Record<string, unknown>, path)
      : [[path, part]];
  });
}

/** Folders with a finished run, in the order of their paths. */
function runsBelow(folder: string, depth: number): readonly string[] {
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats === undefined)
    throw new FaultError(
      {
        place: displayPath(folder),
        problem: 'no such folder',
        cure: 'name results/<experiment>, for example',
      },
      ExitCode.usage,
    );
  if (!stats.isDirectory()) return [];
  const names = readdirSync(folder).sort();
  if (names.includes(RUN_FILE)) return /\.(partial|differs)-/.test(folder) ? [] : [folder];
  return depth === 0 ? [] : names.flatMap((name) => runsBelow(join(folder, name), depth - 1));
}
