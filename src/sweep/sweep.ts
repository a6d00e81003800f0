/** A sweep: every cell of a spec with every seed, each done once, by however many processes on however many machines. */
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { claimResults, fileClock } from '../disk/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { codeFacts } from '../results/index.ts';
import type { ExperimentOptions, Metrics } from '../run/index.ts';
import { cancellable } from '../run/index.ts';
import { loadSweep, type SweepCell } from '../spec/index.ts';
import { formatCount } from '../text/index.ts';
import { attempt, failedBefore, folderOf, isConfirmed, note, outcome, type SweepState } from './attempt.ts';
import { forgetFailure, lifeSign } from './claim.ts';
import { type Group, groupOf } from './compare.ts';
import { type Estimate, estimateSweep } from './estimate.ts';
import {
  cellKeys,
  idOf,
  isToDo,
  loadKeys,
  type PlannedRun,
  planSweep,
  type SweepPlan,
} from './sweep-plan.ts';
import { runWorkers } from './workers.ts';

export interface SweepOptions extends ExperimentOptions {
  /** Say what would be done, and how long that takes, and do nothing. */
  readonly dryRun: boolean;
  /** Stop at the first run that fails. */
  readonly failFast: boolean;
  /** Repeat runs that are there already, and compare them; of several processes one repeats each. */
  readonly again: boolean;
  /** For `again`: runs that were made or confirmed since are not repeated (ms, see fileClock); since now when undefined. */
  readonly againSince?: number;
  /** Only the runs that failed, once more. */
  readonly retry: boolean;
  /**
   * Wait for runs that other processes work on, and take them over where these die. Without it the sweep ends as soon as
   * all that is left is seen to be worked on: what only seems to be is waited for, as its process may be dead.
   */
  readonly wait: boolean;
  /** Processes that work at the same time. */
  readonly workers: number;
  /** Do these runs alone, by their names; all when undefined. */
  readonly only?: ReadonlySet<string>;
  /** Told what became of a run, in place of the reporter. */
  readonly onRun?: (text: string, state: SweepRun['state']) => void;
}

/** What became of one run. */
export interface SweepRun {
  readonly cell: string;
  readonly seed: number;
  readonly folder: string;
  /**
   * `new`: done now. `kept`: it was there, made by the same code, or another process made it. `failed`: see the faults.
   * `planned`: a dry run. `elsewhere`: another process works on it. `stopped`: somebody asked for it; it can go on.
   */
  readonly state: 'new' | 'kept' | 'failed' | 'planned' | 'elsewhere' | 'stopped';
  readonly metrics: Metrics | null;
}

export interface SweepResult {
  readonly cells: number;
  readonly runs: readonly SweepRun[];
  /** A group a cell, in the order of the sweep; only of runs that ended well. */
  readonly groups: readonly Group[];
  /** Of a dry run that has something to do. */
  readonly estimate: Estimate | null;
  readonly failure: FaultError | null;
}

/**
 * Runs what is to be done of all cells, one after the other or by several workers. Others may do the same at the same time:
 * no run is done twice.
 *
 * @throws FaultError when the sweep is wrong: then nothing was begun
 */
export async function runSweep(given: SweepOptions): Promise<SweepResult> {
  const code = await codeFacts();
  const results = await claimResults(resolve(given.out));
  const { keys, cells } = await loadKeys(given.spec, given.load, results.path, code).catch(
    async (error: unknown) => {
      await results.removeIfUnused();
      throw error;
    },
  );
  const names = new Set(keys.map(({ experiment }) => experiment));
  const folders = [...names].map((name) => join(results.path, name));
  const cancel = cancellable(given.interruption, folders);
  try {
    const againSince = given.again ? (given.againSince ?? fileClock(results.path)) : undefined;
    const since = againSince === undefined ? {} : { againSince };
    const options = { ...given, ...since, interruption: cancel.interruption };
    const plan = planSweep(keys, results.path, code, options.again);
    const { reporter } = options;
    for (const [name, twin] of plan.twins) reporter.line(`${name}: the same as ${twin}`);
    const there = plan.runs.filter(({ state }) => state.kind === 'done').length;
    if (there > 0 && options.onRun === undefined)
      reporter.line(`${formatCount(there)} of ${formatCount(plan.runs.length)} runs are there already`);
    const state: SweepState = {
      options,
      results: results.path,
      code,
      cells: await cellsOf(given, cells, plan),
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
    const { runs, estimate } = await runPlan(state, plan);
    await plan.save();
    const { faults, exitCode } = state;
    const failure = faults.length === 0 ? null : new FaultError(faults, exitCode);
    return { cells: keys.length, runs, groups: groupsOf(plan.runs, runs), estimate, failure };
  } finally {
    cancel.dispose();
    given.reporter.clear();
    await results.removeIfUnused();
  }
}

/** Cells by their hashes; none where there is nothing to be done. */
async function cellsOf(
  { spec, load }: SweepOptions,
  cells: readonly SweepCell[] | null,
  { runs }: SweepPlan,
): Promise<ReadonlyMap<string, SweepCell>> {
  if (cells === null && runs.every(({ state }) => state.kind === 'done')) return new Map();
  return new Map((cells ?? (await loadSweep(spec, load))).map((cell) => [cell.hash, cell]));
}

/** Does what is to be done; the outcomes in the order of the plan. */
async function runPlan(state: SweepState, plan: SweepPlan) {
  const { options, results, code } = state;
  const outcomes = new Map<PlannedRun, SweepRun>();
  let waiting: PlannedRun[] = [];
  for (const run of plan.runs) {
    const { kind } = run.state;
    if (run.state.kind === 'done') outcomes.set(run, outcome(state, run, 'kept', run.state.finished.metrics));
    else if (options.only !== undefined && !options.only.has(idOf(run))) continue;
    else if (options.retry ? kind === 'failed' : isToDo(run)) waiting.push(run);
    else if (run.state.kind === 'failed')
      outcomes.set(run, failedBefore(state, run, run.state.failure.faults));
  }
  if (options.dryRun) {
    for (const run of waiting) outcomes.set(run, outcome(state, run, 'planned', null));
    const estimate = waiting.length === 0 ? null : await estimateSweep(state, waiting);
    return { runs: inOrder(plan, outcomes), estimate };
  }
  for (const run of waiting) if (run.state.kind === 'failed') forget(state, run);
  if (options.workers > 1 && waiting.length > 1) {
    await runWorkers(state, waiting);
    // What they did is for the disk to say.
    const after = planSweep(await cellKeys([...state.cells.values()], results), results, code);
    const left: PlannedRun[] = [];
    const planned = new Map(waiting.map((run) => [idOf(run), run]));
    for (const run of after.runs) {
      const before = planned.get(idOf(run));
      if (before === undefined) continue;
      if (run.state.kind === 'done' && isConfirmed(options, folderOf(state, run)))
        outcomes.set(before, outcome(state, run, 'new', run.state.finished.metrics));
      else if (run.state.kind === 'failed' && !isToDo(run))
        outcomes.set(before, failedBefore(state, run, run.state.failure.faults));
      else left.push(before);
    }
    await after.save();
    waiting = left;
  }
  const signs = new Map<PlannedRun, string>();
  for (let pause = 0; waiting.length > 0 && !state.stopped; pause = Math.min(pause + 500, 5000)) {
    if (pause > 0) await patience(state, waiting.length, pause);
    const left: PlannedRun[] = [];
    for (const run of waiting) {
      if (state.stopped) break;
      const ended = await attempt(state, run);
      if (ended === 'elsewhere') left.push(run);
      else {
        outcomes.set(run, ended);
        pause = 0;
      }
    }
    waiting = left;
    if (!options.wait && left.every((run) => seenAlive(state, run, signs))) break;
  }
  if (!state.stopped) for (const run of waiting) outcomes.set(run, outcome(state, run, 'elsewhere', null));
  return { runs: inOrder(plan, outcomes), estimate: null };
}

/** Whether whoever works on a run has been heard of since we first looked, or is known to be alive. */
function seenAlive({ results }: SweepState, run: PlannedRun, signs: Map<PlannedRun, string>): boolean {
  const { experiment, specHash } = run.cell;
  // Its data are not known, so that its lock has no name yet: this was asked by whoever tried it.
  if (specHash === null) return true;
  const sign = lifeSign(join(results, experiment), { specHash, seed: run.seed });
  if (sign === null) return false;
  const first = signs.get(run);
  if (first === undefined) signs.set(run, sign);
  return sign === 'alive' || (first !== undefined && first !== sign);
}

const inOrder = (plan: SweepPlan, outcomes: ReadonlyMap<PlannedRun, SweepRun>): readonly SweepRun[] =>
  plan.runs.flatMap((run) => outcomes.get(run) ?? []);

function forget({ results }: SweepState, { cell, seed }: PlannedRun): void {
  const folder = join(results, cell.experiment);
  for (const hash of [cell.hash, cell.specHash])
    if (hash !== null) forgetFailure(folder, { specHash: hash, seed });
}

/** Waits for others; a stop that is asked for is heard. */
async function patience(state: SweepState, left: number, pause: number): Promise<void> {
  const { reporter, interruption } = state.options;
  reporter.status(() => `waiting for ${left} runs that other processes work on`);
  for (let waited = 0; waited < pause && !state.stopped; waited += 100) {
    await sleep(100);
    try {
      interruption.check();
    } catch (error) {
      note(state, 'waiting for other processes', error);
    }
  }
}

function groupsOf(planned: readonly PlannedRun[], runs: readonly SweepRun[]): readonly Group[] {
  const groups = new Map<string, Map<number, Metrics>>();
  const hashes = new Map(planned.map(({ cell: { name, specHash } }) => [name, specHash ?? '']));
  for (const { cell, seed, metrics } of runs) {
    if (metrics === null) continue;
    const group = groups.get(cell) ?? new Map<number, Metrics>();
    group.set(seed, metrics);
    groups.set(cell, group);
  }
  return [...groups].map(([name, metrics]) => groupOf(name, hashes.get(name) ?? '', metrics));
}
