/** One run of a sweep under its lock: done, unless somebody has done it meanwhile. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { type DataCache, knownData, prepare } from '../data/index.ts';
import { fileClock, removeEmpty } from '../disk/index.ts';
import { ExitCode, type Fault, FaultError } from '../fault/index.ts';
import type { CodeFacts } from '../results/index.ts';
import { confirm, RUN_FILE, readFinished } from '../results/index.ts';
import type { ExperimentContext, Metrics } from '../run/index.ts';
import { Interrupted, makeContext, runSeed } from '../run/index.ts';
import { hashSpec, type SweepCell } from '../spec/index.ts';
import type { Reporter } from '../text/index.ts';
import { formatDuration, formatPercent, formatScore } from '../text/index.ts';
import { claim, failureOf, forgetFailure, isLasting, noteFailure, unclaim } from './claim.ts';
import type { SweepOptions, SweepRun } from './sweep.ts';
import type { CellKey, PlannedRun } from './sweep-plan.ts';

/** What a process that works on a sweep keeps in mind. */
export interface SweepState {
  readonly options: SweepOptions;
  readonly results: string;
  readonly code: CodeFacts;
  /** By their hashes. */
  readonly cells: ReadonlyMap<string, SweepCell>;
  readonly data: DataCache;
  readonly faults: Fault[];
  readonly total: number;
  readonly began: number;
  /** Of the cell that was worked on last. */
  context: { readonly of: CellKey; readonly made: ExperimentContext } | null;
  exitCode: ExitCode;
  /** Runs so far, and those of them that took time. */
  done: number;
  computed: number;
  stopped: boolean;
}

/** Does a run, or says that it is there, failed, or is done elsewhere. */
export async function attempt(state: SweepState, run: PlannedRun): Promise<SweepRun | 'elsewhere'> {
  const { options, code } = state;
  const { cell, seed } = run;
  const experiment = join(state.results, cell.experiment);
  try {
    options.interruption.check();
    const specHash = await specHashOf(state, cell);
    const key = { specHash, seed };
    const lock = await claim(experiment, key);
    if ('heldBy' in lock) return 'elsewhere';
    let done = false;
    try {
      const folder = join(experiment, specHash.slice(0, 12), String(seed));
      const finished = readFinished(folder);
      if (finished !== undefined && finished.numeric === code.numeric && isConfirmed(options, folder)) {
        done = true;
        return tell(state, run, 'kept', finished.metrics, ' (there already)');
      }
      const failure = failureOf(experiment, key);
      if (failure !== null && failure.numeric === code.numeric && isLasting(failure))
        return failedBefore(state, run, failure.faults);
      forgetFailure(experiment, key);
      const made = await runSeed(await contextOf(state, cell), seed, 0, lock);
      done = true;
      // Others who repeat the sweep see that it is done.
      if (made.state !== 'new') await confirm(folder, fileClock(state.results));
      state.computed++;
      const beside = made.state === 'differs' ? ' (differs from the run that was there; both are kept)' : '';
      return tell(state, run, 'new', made.metrics, beside, made.folder);
    } catch (error) {
      await keepFailure(state, run, specHash, error);
      throw error;
    } finally {
      unclaim(experiment, lock, done);
      await removeEmpty(join(experiment, specHash.slice(0, 12)), state.results);
    }
  } catch (error) {
    // Before its data are known it has no other hash than that of its spec.
    if (cell.specHash === null && state.context?.of !== cell) await keepFailure(state, run, cell.hash, error);
    note(state, `${cell.name}, seed ${seed}`, error);
    return tell(state, run, error instanceof Interrupted ? 'stopped' : 'failed', null);
  }
}

/** Whether a run that is there need not be repeated. */
export const isConfirmed = ({ again, againSince }: SweepOptions, folder: string): boolean =>
  !again || (againSince !== undefined && isChangedSince(join(folder, RUN_FILE), againSince));

const isChangedSince = (path: string, time: number): boolean =>
  (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? -1) >= time;

/** Where a run is, or will be. */
export function folderOf({ results }: Pick<SweepState, 'results'>, { cell, seed }: PlannedRun): string {
  const { specHash, experiment } = cell;
  return specHash === null ? '' : join(results, experiment, specHash.slice(0, 12), String(seed));
}

/** With the contents of the data; these are read where nobody has noted them. */
async function specHashOf(state: SweepState, key: CellKey): Promise<string> {
  if (key.specHash !== null) return key.specHash;
  const cell = state.cells.get(key.hash)!;
  const contents = await knownData(state.results).contents(cell);
  if (contents !== null) return hashSpec(cell.spec, cell, contents);
  return (await contextOf(state, key)).prepared.specHash;
}

/** A cell with its data, made ready once for all its seeds. */
export async function contextOf(state: SweepState, key: CellKey): Promise<ExperimentContext> {
  if (state.context?.of === key) return state.context.made;
  const { options, results, data, code } = state;
  const cell = state.cells.get(key.hash)!;
  const reporter = behind(options.reporter, key.name);
  const known = knownData(results);
  const stamp = await known.stamp(cell);
  const prepared = await prepare(cell, results, reporter, options.interruption, data);
  await known.note(cell, stamp, prepared.contents);
  const made = await makeContext({ ...options, reporter }, prepared, results, code);
  state.context = { of: key, made };
  return made;
}

async function keepFailure(state: SweepState, { cell, seed }: PlannedRun, specHash: string, error: unknown) {
  if (!(error instanceof FaultError)) return;
  const { faults, exitCode } = error;
  const time = new Date().toISOString();
  const failure = { cell: cell.name, seed, faults, exitCode, numeric: state.code.numeric, time };
  // A disk that is full takes no note of it either.
  await noteFailure(join(state.results, cell.experiment), { specHash, seed }, failure).catch(() => undefined);
}

/** What became of a run, for the result. */
export function outcome(
  sweep: SweepState,
  run: PlannedRun,
  state: SweepRun['state'],
  metrics: Metrics | null,
  at?: string,
): SweepRun {
  return { cell: run.cell.name, seed: run.seed, folder: at ?? folderOf(sweep, run), state, metrics };
}

function tell(
  state: SweepState,
  run: PlannedRun,
  ended: SweepRun['state'],
  metrics: Metrics | null,
  beside = '',
  folder?: string,
): SweepRun {
  state.done++;
  const { accuracy = null, mcc = null } = metrics ?? {};
  const scores = `accuracy ${formatPercent(accuracy, 3)}, MCC ${formatScore(mcc)}${beside}`;
  const text = `${run.cell.name}, seed ${run.seed}: ${metrics === null ? ended : scores}`;
  const { onRun, reporter } = state.options;
  if (onRun !== undefined) onRun(text, ended);
  else reporter.line(`${state.done}/${state.total}  ${text}${eta(state)}`);
  return outcome(state, run, ended, metrics, folder);
}

/** A run that failed before and would again: told with its old faults. */
export function failedBefore(state: SweepState, run: PlannedRun, faults: readonly Fault[]): SweepRun {
  for (const { place, ...rest } of faults)
    state.faults.push({ place: `${run.cell.name}, seed ${run.seed}: ${place}`, ...rest });
  if (state.exitCode === ExitCode.ok) state.exitCode = ExitCode.usage;
  return tell(state, run, 'failed', null, '');
}

/** Keeps the faults of a run for the end; defects are thrown. */
export function note(state: SweepState, where: string, error: unknown): void {
  const { options } = state;
  const problem = `stopped at ${where}; what is done stays, the same command goes on from there`;
  const fault =
    error instanceof Interrupted
      ? new FaultError({ place: 'interrupted', problem }, ExitCode.interrupted)
      : error;
  if (!(fault instanceof FaultError)) throw error;
  for (const { place, ...rest } of fault.faults)
    state.faults.push({
      place: fault.exitCode === ExitCode.interrupted ? place : `${where}: ${place}`,
      ...rest,
    });
  state.exitCode = fault.exitCode > state.exitCode ? fault.exitCode : state.exitCode;
  // Another cell may well have better data or not diverge; where the user stops or the disk is full, none fares better.
  state.stopped = options.failFast || error instanceof Interrupted || fault.exitCode === ExitCode.machine;
}

/** A reporter whose status lines name the cell, and that says nothing else. */
function behind(reporter: Reporter, cell: string): Reporter {
  return {
    fact: () => undefined,
    line: () => undefined,
    status: (text) => reporter.status(() => `${cell}  ${text()}`),
    clear: reporter.clear,
  };
}

/** By the mean time of the runs that were computed. */
function eta({ computed, done, total, began }: SweepState): string {
  if (computed === 0 || done === total) return '';
  return `  ETA ${formatDuration(((performance.now() - began) / computed) * (total - done))}`;
}
