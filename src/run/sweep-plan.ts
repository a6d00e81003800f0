/** Which runs a sweep has, and how far each is: done, failed, under way or open. Reads notes and records, never data. */
import { join } from 'node:path';
import { cellName, hashSpec, type SweepCell } from '../spec/index.ts';
import { type Failure, failures, isLasting, runName, workers } from './claim.ts';
import type { FinishedRun } from './finished.ts';
import { type KnownData, type KnownRuns, knownData, knownRuns } from './known.ts';
import type { Owner } from './lock.ts';
import type { CodeFacts } from './provenance.ts';

export interface PlannedCell {
  readonly cell: SweepCell;
  readonly name: string;
  /** With the contents of the captures; null where these must be read first. */
  readonly specHash: string | null;
  /** results/<name>. */
  readonly experiment: string;
}

export type RunState =
  | { readonly kind: 'done'; readonly finished: FinishedRun }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'running'; readonly owner: Owner }
  /** `why`: the code has changed since it was done, for example. */
  | { readonly kind: 'open'; readonly why: string | null };

export interface PlannedRun {
  readonly planned: PlannedCell;
  readonly seed: number;
  readonly state: RunState;
}

export interface SweepPlan {
  readonly runs: readonly PlannedRun[];
  /** Cells that are the same as an earlier one: name and the name of that one. */
  readonly twins: readonly (readonly [string, string])[];
  /** Keeps what was found out on the way. */
  save(): Promise<void>;
}

/** The folder of a run. */
export const folderOf = (experiment: string, specHash: string, seed: number): string =>
  join(experiment, specHash.slice(0, 12), String(seed));

/**
 * Looks all runs of a sweep up.
 *
 * @param results the results folder
 * @param again runs that are done count as open
 * @throws FaultError (machine) when there is something else in the place of a run
 */
export async function planSweep(
  cells: readonly SweepCell[],
  results: string,
  { numeric }: Pick<CodeFacts, 'numeric'>,
  again = false,
): Promise<SweepPlan> {
  const data = knownData(results);
  const experiments = new Map<string, Experiment>();
  const seen = new Map<string, string>();
  const twins: (readonly [string, string])[] = [];
  const runs: PlannedRun[] = [];
  for (const cell of cells) {
    const name = cellName(cell.changes);
    const twin = seen.get(cell.hash);
    if (twin !== undefined) {
      twins.push([name, twin]);
      continue;
    }
    seen.set(cell.hash, name);
    const path = join(results, cell.spec.name);
    let experiment = experiments.get(path);
    if (experiment === undefined) {
      experiment = { runs: knownRuns(path), failed: failures(path), busy: workers(path) };
      experiments.set(path, experiment);
    }
    const planned = { cell, name, specHash: await specHashOf(cell, data), experiment: path };
    for (const seed of cell.spec.seeds)
      runs.push({ planned, seed, state: stateOf(planned, seed, experiment, numeric, again) });
  }
  return {
    runs,
    twins,
    async save() {
      for (const { runs: known } of experiments.values()) await known.save();
    },
  };
}

interface Experiment {
  readonly runs: KnownRuns;
  readonly failed: ReadonlyMap<string, Failure>;
  readonly busy: ReadonlyMap<string, Owner>;
}

async function specHashOf({ spec, dataset, hash }: SweepCell, data: KnownData): Promise<string | null> {
  if (dataset.kind === 'synthetic') return hash;
  const hashes = await data.hashes(dataset);
  return hashes === null ? null : hashSpec(spec, dataset, hashes);
}

function stateOf(
  { cell, specHash, experiment }: PlannedCell,
  seed: number,
  { runs, failed, busy }: Experiment,
  numeric: string,
  again: boolean,
): RunState {
  // What failed before its data was known is noted by the hash without them.
  const early = failed.get(runName({ specHash: cell.hash, seed }));
  if (specHash === null)
    return early === undefined ? { kind: 'open', why: null } : { kind: 'failed', failure: early };
  const finished = runs.find(folderOf(experiment, specHash, seed));
  if (finished !== undefined && finished.numeric === numeric && !again) return { kind: 'done', finished };
  const name = runName({ specHash, seed });
  const owner = busy.get(name);
  if (owner !== undefined) return { kind: 'running', owner };
  const failure = failed.get(name) ?? early;
  if (failure !== undefined && failure.numeric === numeric) return { kind: 'failed', failure };
  const changed = finished !== undefined && finished.numeric !== numeric;
  return { kind: 'open', why: changed ? 'the code has changed since' : null };
}

/** Whether a run is to be tried: it is open, or failed for a reason that may have passed. */
export function isToDo({ state, planned: { specHash } }: PlannedRun): boolean {
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
