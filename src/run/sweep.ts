/** A sweep: every cell of a spec with every seed, each done once, by however many processes on however many machines. */
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatCount, formatDuration, formatPercent, formatScore } from '../report/index.ts';
import { ExitCode, type Fault, FaultError, loadSweep } from '../spec/index.ts';
import { claim, failureOf, forgetFailure, isLasting, noteFailure, unclaim } from './claim.ts';
import { type Group, groupOf } from './compare.ts';
import type { ExperimentContext } from './context.ts';
import { type ExperimentOptions, makeContext } from './experiment.ts';
import { readFinished } from './finished.ts';
import { claimResults, removeEmpty } from './folder.ts';
import { cancellable, Interrupted } from './interrupt.ts';
import { knownData } from './known.ts';
import { type DataCache, dataHashes, prepare } from './prepare.ts';
import type { Reporter } from './progress.ts';
import { type CodeFacts, codeFacts } from './provenance.ts';
import { runSeed } from './seed.ts';
import type { Metrics } from './summary.ts';
import { isToDo, type PlannedCell, type PlannedRun, planSweep, type SweepPlan } from './sweep-plan.ts';

export interface SweepOptions extends ExperimentOptions {
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** Stop at the first run that fails. */
  readonly failFast: boolean;
  /** Repeat runs that are there already, and compare them. */
  readonly again: boolean;
  /** Only the runs that failed, once more. */
  readonly retry: boolean;
  /** Wait for runs that other processes work on, and take them over where these die. */
  readonly wait: boolean;
}

/** What became of one run. */
export interface SweepRun {
  readonly cell: string;
  readonly seed: number;
  readonly folder: string;
  /**
   * `new`: done now. `kept`: it was there, made by the same code, or another process made it. `failed`: see the faults.
   * `planned`: a dry run. `elsewhere`: another process works on it.
   */
  readonly state: 'new' | 'kept' | 'failed' | 'planned' | 'elsewhere';
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
  readonly faults: Fault[];
  readonly total: number;
  readonly began: number;
  /** Of the cell that was worked on last. */
  context: { readonly of: PlannedCell; readonly made: ExperimentContext } | null;
  exitCode: ExitCode;
  /** Runs so far, and those of them that took time. */
  done: number;
  computed: number;
  stopped: boolean;
}

/**
 * Runs what is to be done of all cells, one after the other; all threads work on one. Others may do the same at the same
 * time: no run is done twice.
 *
 * @throws FaultError when the sweep is wrong: then nothing was begun
 */
export async function runSweep(given: SweepOptions): Promise<SweepResult> {
  const cells = await loadSweep(given.spec, given.load);
  const results = await claimResults(resolve(given.out));
  const names = new Set(cells.map(({ spec }) => spec.name));
  const cancel = cancellable(
    given.interruption,
    [...names].map((name) => join(results.path, name)),
  );
  const options = { ...given, interruption: cancel.interruption };
  try {
    const code = await codeFacts();
    const plan = await planSweep(cells, results.path, code, options.again);
    const { reporter } = options;
    for (const [name, twin] of plan.twins) reporter.line(`${name}: the same as ${twin}`);
    const there = plan.runs.filter(({ state }) => state.kind === 'done').length;
    if (there > 0)
      reporter.line(`${formatCount(there)} of ${formatCount(plan.runs.length)} runs are there already`);
    const state: State = {
      options,
      results: results.path,
      code,
      data: new Map(),
      faults: [],
      total: plan.runs.length,
      began: performance.now(),
      context: null,
      exitCode: ExitCode.ok,
      done: there,
      computed: 0,
      stopped: false,
    };
    const runs = await runPlan(state, plan);
    await plan.save();
    const { faults, exitCode } = state;
    const failure = faults.length === 0 ? null : new FaultError(faults, exitCode);
    return { cells: cells.length, runs, groups: groupsOf(plan.runs, runs), failure };
  } finally {
    cancel.dispose();
    options.reporter.clear();
    await results.removeIfUnused();
  }
}

/** Does what is to be done; the outcomes in the order of the plan. */
async function runPlan(state: State, plan: SweepPlan): Promise<readonly SweepRun[]> {
  const { options } = state;
  const outcomes = new Map<PlannedRun, SweepRun>();
  let waiting: PlannedRun[] = [];
  for (const run of plan.runs) {
    const failed = run.state.kind === 'failed';
    if (run.state.kind === 'done') {
      const { metrics } = run.state.finished;
      outcomes.set(run, outcome(run, 'kept', metrics));
    } else if (options.retry && !failed) {
      if (run.state.kind === 'running') outcomes.set(run, outcome(run, 'elsewhere', null));
    } else if (options.dryRun) {
      outcomes.set(run, outcome(run, 'planned', null));
    } else if (options.retry || isToDo(run)) {
      if (failed) forget(run);
      waiting.push(run);
    } else if (run.state.kind === 'failed') {
      outcomes.set(run, failedBefore(state, run, run.state.failure.faults));
    }
  }
  for (let pause = 0; waiting.length > 0 && !state.stopped; pause = Math.min(pause + 500, 5000)) {
    if (pause > 0) await patience(state, waiting.length, pause);
    const left: PlannedRun[] = [];
    for (const run of waiting) {
      if (state.stopped) break;
      const ended = await attempt(state, run);
      if (ended === 'elsewhere') left.push(run);
      else outcomes.set(run, ended);
      if (ended !== 'elsewhere') pause = 0;
    }
    waiting = left;
    if (!options.wait) break;
  }
  for (const run of waiting) if (!outcomes.has(run)) outcomes.set(run, outcome(run, 'elsewhere', null));
  return plan.runs.flatMap((run) => outcomes.get(run) ?? []);
}

function forget({ planned: { cell, experiment, specHash }, seed }: PlannedRun): void {
  for (const hash of [cell.hash, specHash])
    if (hash !== null) forgetFailure(experiment, { specHash: hash, seed });
}

/** Waits for others; a stop that is asked for is heard. */
async function patience(state: State, left: number, pause: number): Promise<void> {
  const { reporter, interruption } = state.options;
  reporter.status(() => `waiting for ${left} runs that other processes work on`);
  for (let waited = 0; waited < pause; waited += 100) {
    await sleep(100);
    try {
      interruption.check();
    } catch (error) {
      note(state, 'waiting for other processes', error);
      return;
    }
  }
}

/** A run under its lock: done, unless somebody has done it meanwhile. */
async function attempt(state: State, run: PlannedRun): Promise<SweepRun | 'elsewhere'> {
  const { options, code } = state;
  const { planned, seed } = run;
  const where = `${planned.name}, seed ${seed}`;
  try {
    options.interruption.check();
    const specHash = planned.specHash ?? (await contextOf(state, planned)).prepared.specHash;
    const key = { specHash, seed };
    const lock = await claim(planned.experiment, key);
    if ('heldBy' in lock) return 'elsewhere';
    let done = false;
    try {
      const folder = join(planned.experiment, specHash.slice(0, 12), String(seed));
      const finished = readFinished(folder);
      if (finished !== undefined && finished.numeric === code.numeric && !options.again) {
        done = true;
        return tell(state, run, 'kept', finished.metrics, ' (there already)');
      }
      const failure = failureOf(planned.experiment, key);
      if (failure !== null && failure.numeric === code.numeric && isLasting(failure))
        return failedBefore(state, run, failure.faults);
      forgetFailure(planned.experiment, key);
      const context = await contextOf(state, planned);
      const made = await runSeed(context, seed, 0, lock);
      done = true;
      state.computed++;
      const beside = made.state === 'differs' ? ' (differs from the run that was there; both are kept)' : '';
      return tell(state, run, 'new', made.metrics, beside, made.folder);
    } catch (error) {
      await keepFailure(state, run, specHash, error);
      throw error;
    } finally {
      unclaim(planned.experiment, lock, done);
      await removeEmpty(join(planned.experiment, specHash.slice(0, 12)), state.results);
    }
  } catch (error) {
    if (planned.specHash === null && state.context?.of !== planned)
      await keepFailure(state, run, planned.cell.hash, error);
    note(state, where, error);
    return tell(state, run, 'failed', null);
  }
}

/** The data of a cell, made ready once for all its seeds. */
async function contextOf(state: State, planned: PlannedCell): Promise<ExperimentContext> {
  if (state.context?.of === planned) return state.context.made;
  const { options, results, data, code } = state;
  const { cell } = planned;
  const reporter = behind(options.reporter, planned.name);
  const known = knownData(results);
  const stamp = cell.dataset.kind === 'captures' ? await known.stamp(cell.dataset) : null;
  const prepared = await prepare(cell, results, reporter, options.interruption, data);
  if (cell.dataset.kind === 'captures') await known.note(cell.dataset, stamp, dataHashes(prepared.account));
  const made = await makeContext({ ...options, reporter }, prepared, results, code);
  state.context = { of: planned, made };
  return made;
}

async function keepFailure(state: State, { planned, seed }: PlannedRun, specHash: string, error: unknown) {
  if (!(error instanceof FaultError)) return;
  const { faults, exitCode } = error;
  const time = new Date().toISOString();
  const { numeric } = state.code;
  const failure = { cell: planned.name, seed, faults, exitCode, numeric, time };
  // A disk that is full takes no note of it either.
  await noteFailure(planned.experiment, { specHash, seed }, failure).catch(() => undefined);
}

function outcome(
  { planned, seed }: PlannedRun,
  state: SweepRun['state'],
  metrics: Metrics | null,
  at?: string,
): SweepRun {
  const { name, specHash, experiment } = planned;
  const folder = at ?? (specHash === null ? '' : join(experiment, specHash.slice(0, 12), String(seed)));
  return { cell: name, seed, folder, state, metrics };
}

function tell(
  state: State,
  run: PlannedRun,
  ended: SweepRun['state'],
  metrics: Metrics | null,
  beside = '',
  folder?: string,
): SweepRun {
  state.done++;
  const text = metrics === null ? ended : describe(metrics) + beside;
  const { name } = run.planned;
  state.options.reporter.line(
    `${state.done}/${state.total}  ${name}, seed ${run.seed}: ${text}${eta(state)}`,
  );
  return outcome(run, ended, metrics, folder);
}

/** A run that failed before and would again: told with its old faults. */
function failedBefore(state: State, run: PlannedRun, faults: readonly Fault[]): SweepRun {
  const { name } = run.planned;
  for (const { place, ...rest } of faults)
    state.faults.push({ place: `${name}, seed ${run.seed}: ${place}`, ...rest });
  if (state.exitCode === ExitCode.ok) state.exitCode = ExitCode.usage;
  return tell(state, run, 'failed', null);
}

/** Keeps the faults of a run for the end; defects are thrown. */
function note(state: State, where: string, error: unknown): void {
  const { options } = state;
  const fault =
    error instanceof Interrupted
      ? new FaultError(
          {
            place: 'interrupted',
            problem: `stopped at ${where}; what is done stays, the same command goes on from there`,
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

function groupsOf(planned: readonly PlannedRun[], runs: readonly SweepRun[]): readonly Group[] {
  const groups = new Map<string, { specHash: string; metrics: Map<number, Metrics> }>();
  const hashes = new Map(planned.map(({ planned: { name, specHash } }) => [name, specHash ?? '']));
  for (const { cell, seed, metrics } of runs) {
    if (metrics === null) continue;
    const group = groups.get(cell) ?? { specHash: hashes.get(cell) ?? '', metrics: new Map() };
    group.metrics.set(seed, metrics);
    groups.set(cell, group);
  }
  return [...groups].map(([name, { specHash, metrics }]) => groupOf(name, specHash, metrics));
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
