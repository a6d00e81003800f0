/** Groups of runs that differ in nothing but their seeds, side by side. */
import type { Metrics } from '../evaluation/index.ts';
import { ExitCode, FaultError, suggest } from '../fault/index.ts';
import { dataOf, readRecord, readSpec, type StoredRecord, type StoredSpec } from '../results/index.ts';
import { canonicalJson, cellName, type ExperimentSpec } from '../spec/index.ts';
import { type PairedDifference, pairedDifference } from '../statistics/index.ts';

/** The runs of one spec on one set of data. */
export interface Group {
  /** What tells it from the others. */
  readonly name: string;
  readonly specHash: string;
  /** The same for the same contents of captures; undefined where it is not known. */
  readonly data?: string;
  /** What the spec says that the sweep is to show. */
  readonly hypotheses?: ExperimentSpec['hypotheses'];
  /** Where the runs are, by seed, where they were read from there. */
  readonly folders?: ReadonlyMap<number, string>;
  /** By seed, ascending. */
  readonly metrics: ReadonlyMap<number, Metrics>;
}

export function groupOf(
  name: string,
  specHash: string,
  metrics: ReadonlyMap<number, Metrics>,
  data?: string,
  folders?: ReadonlyMap<number, string>,
): Group {
  const bySeed = <T>(of: ReadonlyMap<number, T>) => new Map([...of].sort(([a], [b]) => a - b));
  return {
    name,
    specHash,
    ...(data === undefined ? {} : { data }),
    metrics: bySeed(metrics),
    ...(folders === undefined ? {} : { folders: bySeed(folders) }),
  };
}

/** What data the run in a folder is of; undefined where that is not known. */
export function dataIn(folder: string): string | undefined {
  try {
    return dataOf(readRecord(folder), readSpec(folder));
  } catch (error) {
    // Whoever reads the run says what is wrong with it.
    if (error instanceof FaultError) return undefined;
    throw error;
  }
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
  /** The name of the group that it is compared with. */
  readonly against: string;
  /** Its runs read other captures than those of that one: a seed stands for other sessions, and nothing is paired. */
  readonly otherData: boolean;
  /**
   * Of each metric, this group minus that one over the seeds that both have; null without such seeds, of that one, and for
   * other data.
   */
  readonly difference: Readonly<Record<string, PairedDifference | null>>;
}

/**
 * What one group has more of a metric than another, seed by seed, over the seeds that both have; null where they read other
 * captures, so that nothing is paired.
 */
export function differencesOf(group: Group, other: Group, metric: string): readonly number[] | null {
  if (differsIn(group.data, other.data)) return null;
  return [...group.metrics].flatMap(([seed, metrics]) => {
    const [a, b] = [metrics[metric] ?? null, other.metrics.get(seed)?.[metric] ?? null];
    return a === null || b === null ? [] : [a - b];
  });
}

/**
 * Compares groups with one of them, seed by seed: what two cells share in a seed is in both, and cancels.
 *
 * @param against the first by default
 */
export function compareGroups(
  groups: readonly Group[],
  against: Group | undefined = groups[0],
): readonly Compared[] {
  const versus = (group: Group, metric: string): PairedDifference | null => {
    const pairs = group === against ? null : differencesOf(group, against!, metric);
    return pairs === null || pairs.length === 0 ? null : pairedDifference(pairs);
  };
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
      against: against!.name,
      otherData: differsIn(group.data, against!.data),
      difference: Object.fromEntries(names.map((metric) => [metric, versus(group, metric)])),
    };
  });
}

/**
 * The group that a user means.
 *
 * @param wanted its name, or the beginning of its spec hash
 * @throws FaultError (usage) when none or several fit
 */
export function findGroup(groups: readonly Group[], wanted: string): Group {
  const named = groups.filter(({ name }) => name === wanted);
  const fitting = named.length > 0 ? named : groups.filter(({ specHash }) => specHash.startsWith(wanted));
  if (fitting.length === 1 && wanted !== '') return fitting[0]!;
  const names = groups.map(({ name }) => name);
  const near = suggest(wanted, names);
  const few = names.slice(0, 10).join(', ') + (names.length > 10 ? ', …' : '');
  throw new FaultError(
    {
      place: '--against',
      problem: `${fitting.length === 0 ? 'no cell has' : `${fitting.length} cells have`} the name, or a spec hash that begins with, "${wanted}"; the cells are: ${few}`,
      ...(near === undefined ? {} : { cure: `did you mean "${near}"?` }),
    },
    ExitCode.usage,
  );
}

/**
 * Runs, a group for each spec and data, named by what tells their specs apart. Repetitions that found something else are
 * groups of their own, by the code that made them.
 *
 * @param lists folders of finished runs; groups come in the order of the lists, and those of a list in the order of the
 *   plans of their sweeps
 * @throws FaultError (data) when one is damaged
 */
export function readGroups(...lists: readonly (readonly string[])[]): readonly Group[] {
  const found = new Map<string, Found>();
  const records = lists.flatMap((folders) => inPlanOrder(folders.map((run) => [run, readRecord(run)])));
  for (const [run, record] of new Map(records)) {
    const { specHash, seed, evaluation = {}, code } = record;
    const by = /\.differs-\w+$/.test(run) ? ` (code ${code.source.slice(0, 8)})` : '';
    let key = specHash + by;
    const newGroup = (spec: StoredSpec): Found => ({
      specHash,
      spec,
      beside: key.slice(specHash.length),
      data: dataOf(record, spec),
      metrics: new Map(),
      folders: new Map(),
    });
    // An engine that is not exact differs from itself.
    while (found.get(key)?.metrics.has(seed) === true) key += ' again';
    const group = found.get(key) ?? newGroup(readSpec(run));
    group.metrics.set(seed, evaluation);
    group.folders.set(seed, run);
    found.set(key, group);
  }
  const leaves = [...found.values()].map(({ spec }) => new Map(leavesOf(spec)));
  const paths = [...new Set(leaves.flatMap((of) => [...of.keys()]))];
  const telling = paths.filter(
    (path) => new Set(leaves.map((of) => canonicalJson(of.get(path) ?? null))).size > 1,
  );
  const several = new Set([...found.values()].map(({ data }) => data)).size > 1;
  return [...found.values()].map(({ specHash, spec, beside, data, metrics, folders }, i) => {
    const own = leaves[i]!;
    const changes = Object.fromEntries(
      telling.filter((path) => own.has(path)).map((path) => [path, own.get(path)]),
    );
    const name = typeof spec.variant === 'string' ? spec.variant : cellName(changes);
    const on = several && data !== undefined ? ` (data ${data.slice(0, 8)})` : '';
    const { hypotheses } = spec as Pick<Group, 'hypotheses'>;
    const group = groupOf(name + on + beside, specHash, metrics, data, folders);
    return hypotheses === undefined ? group : { ...group, hypotheses };
  });
}

const differsIn = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && a !== b;

/**
 * The cells of each sweep as its plan has them, where its first one was; those of a sweep whose place is not known, which
 * older code made, come after the others.
 */
function inPlanOrder(
  runs: readonly (readonly [string, StoredRecord])[],
): readonly (readonly [string, StoredRecord])[] {
  const sweeps = new Map<string, (readonly [string, StoredRecord])[]>();
  for (const run of runs) {
    const key = run[1].sweep?.hash ?? `no sweep ${run[0]}`;
    sweeps.set(key, [...(sweeps.get(key) ?? []), run]);
  }
  const place = ([, { sweep }]: readonly [string, StoredRecord]) => sweep?.index ?? Number.MAX_SAFE_INTEGER;
  return [...sweeps.values()].flatMap((cells) => cells.sort((a, b) => place(a) - place(b)));
}

interface Found {
  readonly specHash: string;
  readonly spec: StoredSpec;
  /** What its name has beside what its spec says. */
  readonly beside: string;
  readonly data: string | undefined;
  readonly metrics: Map<number, Metrics>;
  readonly folders: Map<number, string>;
}

/** Objects whose keys are names: they are told as a whole. */
const WHOLE = new Set([
  'anomalies.kinds',
  'anomalies.testKinds',
  'training.classWeights',
  'evaluation.presentations',
  'dataset',
]);

/** Values by path; lists are values. Names and seeds tell no specs apart. */
function leavesOf(value: StoredSpec, prefix = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([key, part]): [string, unknown][] => {
    if (
      prefix === '' &&
      ['name', 'description', 'variant', 'published', 'hypotheses', 'seeds', 'engine'].includes(key)
    )
      return [];
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return typeof part === 'object' && part !== null && !Array.isArray(part) && !WHOLE.has(path)
      ? leavesOf(part as StoredSpec, path)
      : [[path, part]];
  });
}
