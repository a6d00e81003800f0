/** A sweep: every cell of a spec with every seed, each done once, whatever becomes of the others. */
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { formatDuration, formatPercent, formatScore } from '../report/index.ts';
import { cellName, ExitCode, type Fault, FaultError, loadSweep, type SweepCell } from '../spec/index.ts';
import { type Group, groupOf } from './compare.ts';
import type { ExperimentContext } from './context.ts';
import { type ExperimentOptions, makeContext } from './experiment.ts';
import { readFinished } from './finished.ts';
import { claimResults } from './folder.ts';
import { Interrupted } from './interrupt.ts';
import { type DataCache, prepare } from './prepare.ts';
import type { Reporter } from './progress.ts';
import { type CodeFacts, codeFacts } from './provenance.ts';
import { runSeed } from './seed.ts';
import type { Metrics } from './summary.ts';

export interface SweepOptions extends ExperimentOptions {
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** Stop at the first run that fails. */
  readonly failFast: boolean;
  /** Repeat runs that are there already, and compare them. */
  readonly again: boolean;
}

/** What became of one run. */
export interface SweepRun {
  readonly cell: string;
  readonly seed: number;
  readonly folder: string;
  /** `new`: done now. `kept`: it was there, made by the same code. `failed`: see the faults. `planned`: a dry run. */
  readonly state: 'new' | 'kept' | 'failed' | 'planned';
  readonly metrics: Metrics | null;
}

export interface SweepResult {
  readonly cells: number;
  readonly runs: readonly SweepRun[];
  /** A group a cell, in the order of the sweep; only of runs that ended well. */
  readonly groups: readonly Group[];
  readonly failure: FaultError | null;
}

interface State {
  readonly options: SweepOptions;
  readonly results: string;
  readonly code: CodeFacts;
  readonly data: DataCache;
  /** Cells by the hash of their spec and data. */
  readonly seen: Map<string, string>;
  readonly runs: SweepRun[];
  readonly groups: Group[];
  readonly faults: Fault[];
  readonly total: number;
  readonly began: number;
  exitCode: ExitCode;
  /** Runs so far, and those of them that took time. */
  done: number;
  computed: number;
  stopped: boolean;
}

/**
 * Runs all cells, one after the other; all threads work on one. What is there already and was made by the same code is
 * not done again.
 *
 * @throws FaultError when the sweep is wrong: then nothing was begun
 */
export async function runSweep(options: SweepOptions): Promise<SweepResult> {
  const cells = await loadSweep(options.spec, options.load);
  const results = await claimResults(resolve(options.out));
  const state: State = {
    options,
    results: results.path,
    code: await codeFacts(),
    data: new Map(),
    seen: new Map(),
    runs: [],
    groups: [],
    faults: [],
    total: cells.reduce((sum, { spec }) => sum + spec.seeds.length, 0),
    began: performance.now(),
    exitCode: ExitCode.ok,
    done: 0,
    computed: 0,
    stopped: false,
  };
  try {
    for (const cell of cells) {
      if (state.stopped) break;
      await runCell(state, cell);
    }
  } finally {
    options.reporter.clear();
    await results.removeIfUnused();
  }
  const { runs, groups, faults, exitCode } = state;
  const failure = faults.length === 0 ? null : new FaultError(faults, exitCode);
  return { cells: cells.length, runs, groups, failure };
}

async function runCell(state: State, cell: SweepCell): Promise<void> {
  const { options, results, seen } = state;
  const { reporter } = options;
  const name = cellName(cell.changes);
  const quiet = behind(reporter, name);
  let context: ExperimentContext;
  try {
    const prepared = await prepare(cell, results, quiet, options.interruption, state.data);
    const twin = seen.get(prepared.specHash);
    if (twin !== undefined) {
      reporter.line(`${name}: the same as ${twin}`);
      return;
    }
    seen.set(prepared.specHash, name);
    context = await makeContext({ ...options, reporter: quiet }, prepared, results, state.code);
  } catch (error) {
    note(state, name, error);
    for (const seed of cell.spec.seeds)
      state.runs.push({ cell: name, seed, folder: '', state: 'failed', metrics: null });
    return;
  }
  const metrics = new Map<number, Metrics>();
  for (const seed of cell.spec.seeds) {
    if (state.stopped) break;
    const run = await runOne(state, context, name, seed);
    state.runs.push(run);
    if (run.metrics !== null) metrics.set(seed, run.metrics);
  }
  if (metrics.size > 0) state.groups.push(groupOf(name, context.prepared.specHash, metrics));
}

async function runOne(
  state: State,
  context: ExperimentContext,
  cell: string,
  seed: number,
): Promise<SweepRun> {
  const { options, code, total } = state;
  const { reporter } = options;
  const folder = join(context.folder, String(seed));
  const finished = readFinished(folder);
  const say = (text: string) => {
    state.done++;
    reporter.line(`${state.done}/${total}  ${cell}, seed ${seed}: ${text}${eta(state)}`);
  };
  if (finished !== undefined && finished.source === code.source && !options.again) {
    say(`${describe(finished.metrics)} (there already)`);
    return { cell, seed, folder, state: 'kept', metrics: finished.metrics };
  }
  if (options.dryRun) {
    say(finished === undefined ? 'to be done' : 'to be done again: the code has changed since');
    return { cell, seed, folder, state: 'planned', metrics: null };
  }
  try {
    const run = await runSeed(context, seed, 0);
    state.computed++;
    say(
      `${describe(run.metrics)}${run.state === 'differs' ? ' (differs from the run that was there; both are kept)' : ''}`,
    );
    return { cell, seed, folder: run.folder, state: 'new', metrics: run.metrics };
  } catch (error) {
    note(state, `${cell}, seed ${seed}`, error);
    say('failed');
    return { cell, seed, folder, state: 'failed', metrics: null };
  }
}

/** Keeps the faults of a run for the end; defects are thrown. */
function note(state: State, where: string, error: unknown): void {
  const { options } = state;
  const fault =
    error instanceof Interrupted
      ? new FaultError(
          {
            place: 'interrupted',
            problem: `stopped at ${where}; what is finished stays, the same command goes on`,
          },
          ExitCode.interrupted,
        )
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

function describe({ accuracy = null, mcc = null }: Metrics): string {
  return `accuracy ${formatPercent(accuracy, 3)}, MCC ${formatScore(mcc)}`;
}

/** By the mean time of the runs that were computed. */
function eta({ computed, done, total, began }: State): string {
  if (computed === 0 || done === total) return '';
  return `  ETA ${formatDuration(((performance.now() - began) / computed) * (total - done))}`;
}
