/** A sweep: every cell of a spec with every seed, each done once, by however many processes on however many machines. */
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { borrowResults, claimResults, fileClock } from '../disk/index.ts';
import type { Metrics } from '../evaluation/index.ts';
import { ExitCode, FaultError, Interrupted } from '../fault/index.ts';
import { codeFacts, listRuns, RUN_FILE } from '../results/index.ts';
import { loadSweep, type SweepCell } from '../spec/index.ts';
import { cancellable } from './cancel.ts';
import { estimateSweep, type SweepEstimate } from './estimate.ts';
import { type Group, groupOf, readGroups } from './groups.ts';
import type { SweepOptions, SweepResult, SweepRun } from './options.ts';
import { cellOf, createWork, runUnlessDone, type Work } from './run-cell.ts';
import { ownerSign } from './run-lock.ts';
import {
  type CellKey,
  cellKeys,
  forgetFailed,
  idOf,
  isToDo,
  loadKeys,
  type PlannedRun,
  planSweep,
  type SweepPlan,
} from './sweep-plan.ts';
import { createTroubles, type Troubles } from './troubles.ts';
import { runWorkers } from './workers.ts';

/** A sweep under way in this process. */
interface Sweep {
  readonly options: SweepOptions;
  readonly work: Work;
  /** By their hashes. */
  readonly cells: ReadonlyMap<string, SweepCell>;
  readonly troubles: Troubles;
  readonly total: number;
  readonly began: number;
  /** Runs so far, and those of them that took time. */
  done: number;
  computed: number;
}

const TROUBLES = {
  interrupted: (where: string) =>
    `stopped at ${where}; what is done stays, the same command goes on from there`,
  prefix: (where: string) => `${where}: `,
};

/**
 * Runs what is to be done of all cells, one after the other or by several workers. Others may do the same at the same time:
 * no run is done twice.
 *
 * @throws FaultError when the sweep is wrong: then nothing was begun
 */
export async function runSweep(given: SweepOptions): Promise<SweepResult> {
  const code = await codeFacts();
  const out = resolve(given.out);
  const results = await (given.dryRun ? borrowResults(out) : claimResults(out));
  try {
    const { keys, cells } = await loadKeys(given.spec, given.load, out, code, given.dryRun);
    const folders = [...new Set(keys.map(({ experiment }) => join(out, experiment)))];
    return await withCancel(given, folders, async (interruption) => {
      const againSince = given.again ? (given.againSince ?? (await fileClock(results.path))) : undefined;
      const options = { ...given, ...(againSince === undefined ? {} : { againSince }), interruption };
      const plan = planSweep(keys, out, code, options.again);
      for (const [cell, of] of plan.twins) options.observe({ kind: 'twin', cell, of });
      const there = plan.runs.filter(({ state }) => state.kind === 'done').length;
      if (there > 0) options.observe({ kind: 'found', done: there, total: plan.runs.length });
      // Another cell may well have better data or not diverge; where the user stops or the disk is full, none fares better.
      const stopsAt = (exit: ExitCode) => options.failFast || exit === ExitCode.machine;
      const sweep: Sweep = {
        options,
        work: createWork(options, results.path, code),
        cells: await cellsOf(given, cells, plan),
        troubles: createTroubles({ ...TROUBLES, stopsAt }),
        total: plan.runs.length,
        began: performance.now(),
        done: there,
        computed: 0,
      };
      const { runs, estimate } = await runPlan(sweep, plan);
      const groups = groupsByCell(plan.runs, runs);
      const earlier = given.dryRun ? earlierGroups(folders) : [];
      return { cells: keys.length, runs, groups, earlier, estimate, failure: sweep.troubles.failure };
    });
  } finally {
    await results.removeIfUnused();
  }
}

/** What ever ended of experiments, of whatever code; nothing where a run cannot be read: whoever opens it is told. */
function earlierGroups(folders: readonly string[]): readonly Group[] {
  const finished = folders.flatMap((folder) => listRuns(folder).filter(({ state }) => state === 'finished'));
  try {
    return readGroups(finished.map(({ path }) => path));
  } catch (error) {
    if (error instanceof FaultError) return [];
    throw error;
  }
}

/** Does some work that also stops when somebody asks, on any machine, for the work on these experiments to stop. */
async function withCancel<T>(
  { interruption }: SweepOptions,
  folders: readonly string[],
  work: (interruption: SweepOptions['interruption']) => Promise<T>,
): Promise<T> {
  const cancel = cancellable(interruption, folders);
  try {
    return await work(cancel.interruption);
  } finally {
    cancel.dispose();
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

interface Ended {
  readonly runs: readonly SweepRun[];
  readonly estimate: SweepEstimate | null;
}

/** Does what is to be done; the outcomes in the order of the plan. */
async function runPlan(sweep: Sweep, plan: SweepPlan): Promise<Ended> {
  const { options, work, troubles } = sweep;
  const outcomes = new Map<PlannedRun, SweepRun>();
  const waiting: PlannedRun[] = [];
  for (const run of plan.runs) {
    const { state } = run;
    if (state.kind === 'done') outcomes.set(run, sweepRun(sweep, run, 'kept', state.finished.metrics));
    else if (options.only !== undefined && !options.only.has(idOf(run))) continue;
    else if (options.retry ? state.kind === 'failed' : isToDo(run)) waiting.push(run);
    else if (state.kind === 'failed') outcomes.set(run, failedBefore(sweep, run, state.failure));
  }
  const ended = (estimate: SweepEstimate | null = null): Ended => ({
    runs: plan.runs.flatMap((run) => outcomes.get(run) ?? []),
    estimate,
  });
  if (options.dryRun) {
    for (const run of waiting) outcomes.set(run, sweepRun(sweep, run, 'planned', null));
    return ended(waiting.length === 0 ? null : await estimate(sweep, waiting));
  }
  for (const run of waiting) if (run.state.kind === 'failed') forgetFailed(work.results, run);
  const left =
    options.workers > 1 && waiting.length > 1 ? await letWorkers(sweep, waiting, outcomes) : waiting;
  const rest = await runHere(sweep, left, outcomes);
  if (!troubles.stopped) for (const run of rest) outcomes.set(run, sweepRun(sweep, run, 'elsewhere', null));
  return ended();
}

const estimate = (sweep: Sweep, runs: readonly PlannedRun[]): Promise<SweepEstimate> =>
  estimateSweep(
    {
      options: sweep.options,
      specOf: (cell) => sweep.cells.get(cell.hash)!.spec,
      ready: (cell) => ready(sweep, cell),
      onKind: (number, of) => sweep.options.observe({ kind: 'measuring', number, of }),
    },
    runs,
  );

/** A cell with its data. */
const ready = (sweep: Sweep, key: CellKey) =>
  cellOf(sweep.work, sweep.cells.get(key.hash)!, observerOf(sweep, key));

const observerOf =
  ({ options }: Sweep, { name: cell }: CellKey): Parameters<typeof cellOf>[2] =>
  (event) =>
    options.observe({ kind: 'cell', cell, event });

/** Has workers do runs. @returns those that are still to be done, by what is on the disk */
async function letWorkers(
  sweep: Sweep,
  runs: readonly PlannedRun[],
  outcomes: Map<PlannedRun, SweepRun>,
): Promise<readonly PlannedRun[]> {
  const { options, work, cells, troubles, total } = sweep;
  await runWorkers({
    options,
    troubles,
    runs: runs.map(idOf),
    specs: [...new Set(runs.map(({ cell }) => cells.get(cell.hash)!.spec))],
    ready: () => ready(sweep, runs[0]!.cell),
    onRun: (run, differs) =>
      options.observe({ kind: 'ran', run, differs, done: ++sweep.done, total, eta: null }),
  });
  const after = planSweep(await cellKeys([...cells.values()], work.results), work.results, work.code);
  const left: PlannedRun[] = [];
  const planned = new Map(runs.map((run) => [idOf(run), run]));
  for (const run of after.runs) {
    const before = planned.get(idOf(run));
    if (before === undefined) continue;
    if (run.state.kind === 'done' && isConfirmed(options, folderOf(sweep, run)))
      outcomes.set(before, sweepRun(sweep, run, 'new', run.state.finished.metrics));
    else if (run.state.kind === 'failed' && !isToDo(run))
      outcomes.set(before, failedBefore(sweep, run, run.state.failure));
    else left.push(before);
  }
  return left;
}

/** Does runs in this process, and those of others as far as these die. @returns what others work on, or a stop leaves */
async function runHere(
  sweep: Sweep,
  runs: readonly PlannedRun[],
  outcomes: Map<PlannedRun, SweepRun>,
): Promise<readonly PlannedRun[]> {
  const { options, troubles } = sweep;
  let waiting = runs;
  const signs = new Map<PlannedRun, string>();
  for (let pause = 0; waiting.length > 0 && !troubles.stopped; pause = Math.min(pause + 500, 5000)) {
    if (pause > 0) await wait(sweep, waiting.length, pause);
    const left: PlannedRun[] = [];
    for (const run of waiting) {
      if (troubles.stopped) break;
      const ended = await runOne(sweep, run);
      if (ended === null) left.push(run);
      else {
        outcomes.set(run, ended);
        pause = 0;
      }
    }
    waiting = left;
    if (!options.wait && left.every((run) => seenAlive(sweep, run, signs))) break;
  }
  return waiting;
}

/** @returns null where another process works on the run */
async function runOne(sweep: Sweep, planned: PlannedRun): Promise<SweepRun | null> {
  const { options, work, troubles } = sweep;
  const { cell, seed } = planned;
  const { name, specHash } = cell;
  const [spec, observe] = [sweep.cells.get(cell.hash)!, observerOf(sweep, cell)];
  const isGood = (folder: string) => isConfirmed(options, folder);
  try {
    const outcome = await runUnlessDone(work, { name, spec, specHash, seed, observe, isGood });
    switch (outcome.kind) {
      case 'elsewhere':
        return null;
      case 'kept':
        return tell(sweep, sweepRun(sweep, planned, 'kept', outcome.finished.metrics));
      case 'failed':
        return failedBefore(sweep, planned, outcome.failure);
      case 'made': {
        sweep.computed++;
        const { metrics, folder, state } = outcome.run;
        return tell(sweep, { ...sweepRun(sweep, planned, 'new', metrics), folder }, state === 'differs');
      }
    }
  } catch (error) {
    troubles.note(`${name}, seed ${seed}`, error);
    return tell(sweep, sweepRun(sweep, planned, error instanceof Interrupted ? 'stopped' : 'failed', null));
  }
}

/** Whether a run that is there need not be repeated. */
function isConfirmed({ again, againSince }: SweepOptions, folder: string): boolean {
  if (!again) return true;
  const time = statSync(join(folder, RUN_FILE), { throwIfNoEntry: false })?.mtimeMs ?? -1;
  return againSince !== undefined && time >= againSince;
}

/** Where a run is, or will be. */
function folderOf({ work }: Sweep, { cell, seed }: PlannedRun): string {
  const { specHash, experiment } = cell;
  return specHash === null ? '' : join(work.results, experiment, specHash.slice(0, 12), String(seed));
}

function sweepRun(
  sweep: Sweep,
  run: PlannedRun,
  state: SweepRun['state'],
  metrics: Metrics | null,
): SweepRun {
  return { cell: run.cell.name, seed: run.seed, folder: folderOf(sweep, run), state, metrics };
}

function tell(sweep: Sweep, run: SweepRun, differs = false): SweepRun {
  const { options, total, computed, began } = sweep;
  const done = ++sweep.done;
  const each = computed === 0 ? null : (performance.now() - began) / computed;
  const eta = each === null || done === total ? null : each * (total - done);
  options.observe({ kind: 'ran', run, differs, done, total, eta });
  return run;
}

/** A run that failed before and would again: told with its old faults. */
function failedBefore(sweep: Sweep, run: PlannedRun, { faults }: Pick<FaultError, 'faults'>): SweepRun {
  sweep.troubles.add(`${run.cell.name}, seed ${run.seed}`, faults, ExitCode.usage);
  return tell(sweep, sweepRun(sweep, run, 'failed', null));
}

/** Whether whoever works on a run has been heard of since we first looked, or is known to be alive. */
function seenAlive({ work }: Sweep, run: PlannedRun, signs: Map<PlannedRun, string>): boolean {
  const { experiment, specHash } = run.cell;
  // Its data are not known, so that its lock has no name yet: this was asked by whoever tried it.
  if (specHash === null) return true;
  const sign = ownerSign(join(work.results, experiment), { specHash, seed: run.seed });
  if (sign === null) return false;
  const first = signs.get(run);
  if (first === undefined) signs.set(run, sign);
  return sign === 'alive' || (first !== undefined && first !== sign);
}

/** Waits for others; a stop that is asked for is heard. */
async function wait({ options, troubles }: Sweep, runs: number, pause: number): Promise<void> {
  options.observe({ kind: 'waiting', runs });
  for (let waited = 0; waited < pause && !troubles.stopped; waited += 100) {
    await sleep(100);
    try {
      options.interruption.check();
    } catch (error) {
      troubles.note('waiting for other processes', error);
    }
  }
}

function groupsByCell(planned: readonly PlannedRun[], runs: readonly SweepRun[]): readonly Group[] {
  const groups = new Map<string, Map<number, Metrics>>();
  // The others are compared with the first cell, or, where it has no run, with nothing.
  const [first] = planned;
  if (first !== undefined && runs.some(({ metrics }) => metrics !== null))
    groups.set(first.cell.name, new Map());
  const hashes = new Map(planned.map(({ cell: { name, specHash } }) => [name, specHash ?? '']));
  for (const { cell, seed, metrics } of runs) {
    if (metrics === null) continue;
    const group = groups.get(cell) ?? new Map<number, Metrics>();
    group.set(seed, metrics);
    groups.set(cell, group);
  }
  const { hypotheses } = first?.cell ?? {};
  return [...groups].map(([name, metrics]) => ({
    ...groupOf(name, hashes.get(name) ?? '', metrics),
    ...(hypotheses === undefined ? {} : { hypotheses }),
  }));
}
