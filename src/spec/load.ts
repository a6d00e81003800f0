/** From a file to a spec that can be run, or to everything that is wrong with it. */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { type ExitCode, type Fault, FaultError, formatFault } from '../fault/index.ts';
import { canonicalJson, createCanonical } from './canonical.ts';
import { checkSpec } from './check.ts';
import { checkData } from './check-data.ts';
import { type ResolvedDataset, resolveDataset } from './dataset.ts';
import { type Filled, fill, isObject, type Schema } from './defaults.ts';
import { readExtended } from './extend.ts';
import { hashSpec } from './hash.ts';
import * as messages from './messages.ts';
import { type LoadOptions, type Overridden, override, withChanges } from './override.ts';
import type { Located } from './pointer.ts';
import { withoutFaults } from './repair.ts';
import { type ExperimentSpec, MOST_SEEDS } from './schema.ts';
import { loadSchema } from './schema-file.ts';
import { type Changes, cellName, expandSweep } from './sweep.ts';
import { findFaults } from './validate.ts';

/** A spec that can be run. */
export interface ResolvedSpec {
  /** The file, as it was named. */
  readonly path: string;
  /** With all defaults filled in. */
  readonly spec: ExperimentSpec;
  /** See hashSpec; captures by their paths. */
  readonly hash: string;
  readonly dataset: ResolvedDataset;
  /** Of a cell of a sweep. */
  readonly sweep?: SweepPlace;
  /** What it tests on, where that is another data set. */
  readonly testDataset: ResolvedDataset | null;
}

/** One cell of a sweep. */
export interface SweepCell extends ResolvedSpec {
  readonly changes: Changes;
}

/** The sweep that a spec is a cell of. */
export interface SweepPlace {
  /** Of the experiment. */
  readonly name: string;
  /** SHA-256 (hex) of what the cells have in common: the same when cells are added, or seeds. */
  readonly hash: string;
  /** See cellName. */
  readonly cell: string;
  readonly changes: Changes;
}

/** What a sweep is told from others by: its spec without the sweep itself and what changes no result. */
function sweepHash(base: Readonly<Record<string, unknown>>): string {
  const {
    $schema: _,
    description: __,
    seeds: ___,
    engine: ____,
    slurm: _____,
    tracking: ______,
    ...rest
  } = base;
  return createHash('sha256').update(canonicalJson(rest)).digest('hex');
}

/** Reads, validates and resolves a spec; see `loadSpec` of the door. */
export async function load(
  path: string,
  options: LoadOptions,
  schema: Schema = loadSchema('experiment'),
): Promise<ResolvedSpec> {
  const { value, origin, faults } = await readSpec(path, options);
  const { cells, faults: wrong } = expandSweep(value.sweep);
  const place = placeIn(path, origin);
  const sweep = [...wrong];
  if (cells.length > 1) sweep.push({ pointer: '/sweep', ...messages.isSweep(cells.length) });
  return await finish(
    path,
    value,
    place,
    schema,
    [...faults, ...sweep.map(place)],
    createShared(options.data),
  );
}

/**
 * Reads a sweep: every cell validated and resolved, all faults of all cells at once.
 *
 * @throws FaultError
 */
export async function loadCells(
  path: string,
  options: LoadOptions,
  schema: Schema = loadSchema('experiment'),
): Promise<readonly SweepCell[]> {
  const { value, origin, faults } = await readSpec(path, options);
  const { sweep, ...base } = value;
  const place = placeIn(path, origin);
  const expanded = expandSweep(sweep);
  const all = new Map<string, Fault>();
  const note = (fault: Fault) => void all.set(formatFault(fault), fault);
  for (const fault of [...faults, ...expanded.faults.map(place)]) note(fault);
  const hash = sweep === undefined ? null : sweepHash(base);
  const cells: SweepCell[] = [];
  const shared = createShared(options.data);
  let exitCode: ExitCode | undefined;
  for (const changes of expanded.cells) {
    const cell = withChanges(base, changes, (key) => `${path}: /sweep, ${cellName({ [key]: changes[key] })}`);
    const placeOf = ({ pointer, ...rest }: Located): Fault => {
      const own = cell.origin(pointer);
      return own === undefined ? place({ pointer, ...rest }) : { place: own, ...rest };
    };
    try {
      const resolved = await finish(path, cell.value, placeOf, schema, cell.faults, shared);
      const { name } = resolved.spec;
      const own = hash === null ? {} : { sweep: { name, hash, cell: cellName(changes), changes } };
      cells.push({ ...resolved, ...own, changes });
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      for (const fault of error.faults) note(fault);
      exitCode = error.exitCode;
    }
  }
  if (all.size > 0) throw new FaultError([...all.values()], exitCode);
  return cells;
}

/**
 * All that the cells of a sweep follow from, cheaply: two equal ones have the same cells. null where something else matters
 * as well: captures, whose contents may change, and data sets that cells differ in.
 *
 * @throws FaultError when a file cannot be read
 */
export async function sourcesOf(path: string, options: LoadOptions): Promise<unknown> {
  const { value } = await readSpec(path, options);
  if (JSON.stringify(value.sweep ?? null).includes('"dataset')) return null;
  const { dataset, test } = value;
  const resolved: unknown[] = [];
  for (const data of [dataset, ...(isObject(test) ? [test.dataset] : [])]) {
    if (typeof data !== 'string' && !(isObject(data) && 'synthetic' in data)) return null;
    const found = await resolveDataset(
      { dataset: data, name: 'x' } as Pick<ExperimentSpec, 'dataset' | 'name'>,
      dirname(path),
      options.data,
    );
    if ('kind' in found && found.kind === 'captures') return null;
    resolved.push(found);
  }
  return [value, resolved];
}

async function readSpec(path: string, options: LoadOptions): Promise<Overridden> {
  const { value, origin } = await readExtended(path);
  const changed = override(value, options);
  const inherited = (pointer: string) => {
    const file = origin(pointer);
    return file === undefined ? undefined : messages.pointerPlace(file, pointer);
  };
  return { ...changed, origin: (pointer) => changed.origin(pointer) ?? inherited(pointer) };
}

const placeIn =
  (path: string, origin: (pointer: string) => string | undefined) =>
  ({ pointer, ...rest }: Located): Fault => ({
    place: origin(pointer) ?? messages.pointerPlace(path, pointer),
    ...rest,
  });

async function finish(
  path: string,
  given: Readonly<Record<string, unknown>>,
  place: (fault: Located) => Fault,
  schema: Schema,
  faults: readonly Fault[],
  shared: Shared,
): Promise<ResolvedSpec> {
  const value = withSeedList(given);
  const found = findFaults(schema, value);
  const wrong = found.map((fault) => fault.pointer);
  const sound =
    wrong.length === 0
      ? value
      : withoutFaults(schema, value, wrong, { name: 'x', dataset: { captures: ['x'] } });
  const all: Fault[] = [...faults, ...found.map(place)];
  if (sound === undefined) throw new FaultError(all);

  const spec = inOrder(fill(schema, sound, shared.filled) as ExperimentSpec, shared.ordered);
  all.push(...checkSpec(spec, wrong).map(place));
  const { dataset, exitCode } = await datasetOf(spec, '/dataset', path, all, place, shared);
  let testDataset: ResolvedDataset | null = null;
  if (spec.test !== undefined && exitCode === undefined) {
    const other = await datasetOf(
      { ...spec, dataset: spec.test.dataset },
      '/test/dataset',
      path,
      all,
      place,
      shared,
    );
    if (other.exitCode !== undefined) throw new FaultError(all, other.exitCode);
    testDataset = other.dataset ?? null;
  }
  if (all.length > 0 || dataset === undefined) throw new FaultError(all, exitCode);
  const data = { dataset, testDataset };
  all.push(...checkData(spec, data).map(place));
  if (all.length > 0) throw new FaultError(all);
  return { path, spec, hash: hashSpec(spec, data, undefined, shared.canonical), ...data };
}

/** The seeds 1 … n where there is a number n. */
function withSeedList(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { seeds } = value;
  if (typeof seeds !== 'number' || !Number.isInteger(seeds) || seeds < 1 || seeds > MOST_SEEDS) return value;
  return { ...value, seeds: Array.from({ length: seeds }, (_, i) => i + 1) };
}

/** What cells of a sweep share, found out once: most parts of a spec are those of its base in every cell. */
interface Shared {
  readonly filled: Filled;
  readonly ordered: WeakMap<object, object>;
  readonly canonical: (value: unknown) => string;
  readonly datasets: Datasets;
  /** The folder of all data sets, where the command line names one. */
  readonly data: string | undefined;
}

/** Data sets that were looked up, by what a spec says of them. */
type Datasets = Map<unknown, ReturnType<typeof resolveDataset>>;

const createShared = (data: string | undefined): Shared => ({
  filled: new WeakMap(),
  ordered: new WeakMap(),
  canonical: createCanonical(),
  datasets: new Map(),
  data,
});

/** Lists that are sets are sorted: the order in which they are written cannot matter, nor change the hash. */
function inOrder(spec: ExperimentSpec, memo: WeakMap<object, object>): ExperimentSpec {
  const once = <T extends object>(part: T, order: (part: T) => T): T => {
    const known = memo.get(part) ?? order(part);
    memo.set(part, known);
    return known as T;
  };
  return {
    ...spec,
    sessions: once(spec.sessions, ({ defects, ...part }) => ({
      ...part,
      protocols: part.protocols.toSorted(),
      ...(defects === undefined ? {} : { defects: defects.toSorted() }),
    })),
    tokens: once(spec.tokens, (part) => ({ ...part, hide: part.hide.toSorted() })),
    anomalies: once(spec.anomalies, (part) => ({ ...part, repair: part.repair.toSorted() })),
    attention: once(spec.attention, (part) => ({ ...part, ids: part.ids.toSorted((a, b) => a - b) })),
  };
}

async function datasetOf(
  spec: Pick<ExperimentSpec, 'dataset' | 'name'>,
  pointer: string,
  path: string,
  faults: Fault[],
  place: (fault: Located) => Fault,
  { datasets, canonical, data }: Shared,
): Promise<{ dataset?: ResolvedDataset; exitCode?: ExitCode }> {
  try {
    // A synthetic one is named by the experiment.
    const key = typeof spec.dataset === 'string' ? spec.dataset : `${spec.name} ${canonical(spec.dataset)}`;
    const looked = datasets.get(key) ?? resolveDataset(spec, dirname(path), data);
    datasets.set(key, looked);
    const dataset = await looked;
    if (!('problem' in dataset)) return { dataset };
    faults.push(place({ pointer, ...dataset }));
    return {};
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    faults.push(...error.faults);
    return { exitCode: error.exitCode };
  }
}
