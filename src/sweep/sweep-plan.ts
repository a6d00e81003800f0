/** Which runs a sweep has, and how far each is: done, failed, under way or open, from what is in the results folder. */
import { join, resolve } from 'node:path';
import { createCache, knownContents } from '../data/index.ts';
import { type Owner, sha256 } from '../disk/index.ts';
import type { Fault } from '../fault/index.ts';
import { type CodeFacts, type FinishedRun, readIntact } from '../results/index.ts';
import {
  canonicalJson,
  cellName,
  hashSpec,
  type LoadOptions,
  loadSweep,
  readSources,
  type SweepCell,
} from '../spec/index.ts';
import { type Failure, failures, forgetFailure, isLasting } from './failures.ts';
import { createLookUp, type Found } from './look-up.ts';
import { ownersIn, runName } from './run-lock.ts';

/** What tells a cell from others, and where its runs are. */
export interface CellKey extends Found {
  readonly name: string;
  /** Of its spec, with captures by their paths. */
  readonly hash: string;
  readonly seeds: readonly number[];
  /** What the spec says that the sweep is to show. */
  readonly hypotheses?: SweepCell['spec']['hypotheses'];
  /** The name of the experiment: its results are in a folder of this name. */
  readonly experiment: string;
}

export type RunState =
  | { readonly kind: 'done'; readonly finished: FinishedRun }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'running'; readonly owner: Owner }
  /** It is there, and not as it was written: it is to be done again. */
  | { readonly kind: 'damaged'; readonly faults: readonly Fault[] }
  /** `why`: the code has changed since it was done, for example. */
  | { readonly kind: 'open'; readonly why: string | null }
  /** There are runs of the experiment, and nobody can tell here whether it is one of them. */
  | { readonly kind: 'unknown'; readonly why: string };

export interface PlannedRun {
  readonly cell: CellKey;
  readonly seed: number;
  readonly state: RunState;
}

export interface SweepPlan {
  readonly runs: readonly PlannedRun[];
  /** Cells that are the same as an earlier one: name and the name of that one. */
  readonly twins: readonly (readonly [string, string])[];
}

/**
 * The cells of a sweep by what tells them apart.
 *
 * @param look captures whose contents nobody has noted here are looked into where there is something of their experiment
 */
export async function cellKeys(
  cells: readonly SweepCell[],
  results: string,
  look = false,
): Promise<readonly CellKey[]> {
  const known = knownContents(results);
  const lookUp = look ? createLookUp(known, results) : null;
  const keys: CellKey[] = [];
  for (const cell of cells) {
    const { spec, hash, changes } = cell;
    const contents = await known.load(cell);
    const found =
      contents === null
        ? ((await lookUp?.(cell)) ?? { specHash: null })
        : { specHash: hashSpec(spec, cell, contents) };
    const { hypotheses } = spec;
    keys.push({
      ...{ name: cellName(changes), hash, ...found, seeds: spec.seeds, experiment: spec.name },
      ...(hypotheses === undefined ? {} : { hypotheses }),
    });
  }
  return keys;
}

/**
 * As cellKeys of loadSweep, without expanding a sweep again that was expanded and found valid by this code before.
 *
 * @param look see cellKeys
 * @returns cells: null where they were not needed
 * @throws FaultError as loadSweep
 */
export async function loadKeys(
  spec: string,
  options: LoadOptions,
  results: string,
  { numeric }: Pick<CodeFacts, 'numeric'>,
  look = false,
): Promise<{ readonly keys: readonly CellKey[]; readonly cells: readonly SweepCell[] | null }> {
  const sources = await readSources(spec, options);
  const stamp = sha256(canonicalJson([numeric, sources]));
  const name = sha256(resolve(spec)).slice(0, 12);
  const cache = createCache<readonly CellKey[]>(join(results, '.known', `plan-${name}.json`));
  const before = sources === null ? null : cache.load('plan', stamp);
  if (before !== null) return { keys: before, cells: null };
  const cells = await loadSweep(spec, options);
  const keys = await cellKeys(cells, results, look);
  // Contents of captures may change without the spec.
  if (sources !== null) {
    cache.put('plan', stamp, keys);
    await cache.save();
  }
  return { keys, cells };
}

/**
 * Looks all runs of a sweep up.
 *
 * @param results the results folder
 * @param again runs that are done count as open
 */
export function planSweep(
  cells: readonly CellKey[],
  results: string,
  { numeric }: Pick<CodeFacts, 'numeric'>,
  again = false,
): SweepPlan {
  const experiments = new Map<string, Experiment>();
  const seen = new Map<string, string>();
  const twins: (readonly [string, string])[] = [];
  const runs: PlannedRun[] = [];
  for (const cell of cells) {
    const twin = seen.get(cell.hash);
    if (twin !== undefined) {
      twins.push([cell.name, twin]);
      continue;
    }
    seen.set(cell.hash, cell.name);
    let experiment = experiments.get(cell.experiment);
    if (experiment === undefined) {
      const path = join(results, cell.experiment);
      experiment = { path, failed: failures(path), busy: ownersIn(path) };
      experiments.set(cell.experiment, experiment);
    }
    for (const seed of cell.seeds)
      runs.push({ cell, seed, state: stateOf(cell, seed, experiment, numeric, again) });
  }
  return { runs, twins };
}

interface Experiment {
  readonly path: string;
  readonly failed: ReadonlyMap<string, Failure>;
  readonly busy: ReadonlyMap<string, Owner>;
}

function stateOf(
  { hash, specHash, unknown }: CellKey,
  seed: number,
  { path, failed, busy }: Experiment,
  numeric: string,
  again: boolean,
): RunState {
  // What failed before its data was known is noted by the hash without them.
  const early = failed.get(runName({ specHash: hash, seed }));
  if (specHash === null) {
    if (early !== undefined) return { kind: 'failed', failure: early };
    return unknown === undefined ? { kind: 'open', why: null } : { kind: 'unknown', why: unknown };
  }
  const name = runName({ specHash, seed });
  const owner = busy.get(name);
  if (owner !== undefined) return { kind: 'running', owner };
  // What is repeated may stand there damaged: it is repaired then.
  const place = join(path, specHash.slice(0, 12), String(seed));
  const finished = again ? undefined : readIntact(place, numeric);
  if (finished !== undefined && 'damage' in finished) return { kind: 'damaged', faults: finished.damage };
  if (finished?.numeric === numeric) return { kind: 'done', finished };
  const failure = failed.get(name) ?? early;
  if (failure !== undefined && failure.numeric === numeric) return { kind: 'failed', failure };
  const changed = finished !== undefined && finished.numeric !== numeric;
  return { kind: 'open', why: changed ? 'the code has changed since' : null };
}

/** Tells a run of a sweep from the others. */
export const idOf = ({ cell, seed }: PlannedRun): string => `${cell.hash}-${seed}`;

/** Whether a run is to be tried: it is open, or failed for a reason that may have passed. */
export function isToDo({ state, cell: { specHash } }: PlannedRun): boolean {
  switch (state.kind) {
    case 'done':
      return false;
    case 'failed':
      // Data that could not be read may have been mended.
      return !isLasting(state.failure) || specHash === null;
    default:
      return true;
  }
}

/** Forgets that a run failed: it is tried again. */
export function forgetFailed(results: string, { cell, seed }: PlannedRun): void {
  for (const specHash of [cell.hash, cell.specHash])
    if (specHash !== null) forgetFailure(join(results, cell.experiment), { specHash, seed });
}
