/**
 * Every cell of a spec with every seed, each done once, by however many processes on however many machines; a spec without a
 * sweep has one cell, whose seeds are done whatever is there.
 */
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { borrowResults, claimResults, fileClock, type ResultsFolder } from '../disk/index.ts';
import { type Metrics, meanMetrics } from '../evaluation/index.ts';
import { ExitCode, FaultError, Interrupted } from '../fault/index.ts';
import { type CodeFacts, codeFacts, listRuns } from '../results/index.ts';
import type { RunResult } from '../run/index.ts';
import { cellName, loadSpec, loadSweep, type SweepCell } from '../spec/index.ts';
import { displayPath } from '../text/index.ts';
import { cancellable } from './cancel.ts';
import { type Drive, driveRuns, folderOf, isConfirmed, noteFailed, ready, sweepRun, tell } from './drive.ts';
import { estimateSweep, type SweepEstimate } from './estimate.ts';
import { dataIn, type Group, groupOf, readGroups } from './groups.ts';
import type { SpecOptions, SpecResult, SweepOptions, SweepResult, SweepRun } from './options.ts';
import type { Work } from './run-cell.ts';
import { heldFault } from './run-lock.ts';
import {
  type CellKey,
  cellKeys,
  forgetFailed,
  idOf,
  isToDo,
  loadKeys,
  type PlannedRun,
  planSweep,
} from './sweep-plan.ts';
import { createTroubles, interruptedFault } from './troubles.ts';
import { runWorkers } from './workers.ts';

/**
 * Runs a spec: data, then for every seed training, test and evidence. A run that is there is repeated and compared. What a
 * seed has finished stays, whatever becomes of the others.
 *
 * @throws FaultError when nothing can be trained at all
 */
export async function runSpec(given: SpecOptions): Promise<SpecResult> {
  const cell = { ...(await loadSpec(given.spec, given.load)), changes: {} };
  const { name: experiment, seeds } = cell.spec;
  const key = { name: cellName({}), hash: cell.hash, specHash: null, seeds, experiment };
  const load = async () => ({ keys: [key], cells: [cell] });
  return inResults(given, claimResults, load, async (work, options) => {
    const made: RunResult[] = [];
    const observe: SpecOptions['observe'] = (event) => {
      if (event.kind === 'ran' && event.result !== null) made.push(event.result);
      options.observe(event);
    };
    const again = Number.POSITIVE_INFINITY;
    const drive = driveOf({ ...options, observe }, work, [cell], { again, alone: true, total: seeds.length });
    const { prepared } = await ready(drive, key).catch((error: unknown) => {
      if (!(error instanceof Interrupted)) throw error;
      throw new FaultError(interruptedFault('before training'), ExitCode.interrupted);
    });
    const { specHash } = prepared;
    const open = { kind: 'open', why: null } as const;
    const runs = seeds.map((seed): PlannedRun => ({ cell: { ...key, specHash }, seed, state: open }));
    for (const run of runs) forgetFailed(work.results, run);
    for (const { run, owner } of await driveRuns(drive, runs, new Map()))
      drive.troubles.note(`in seed ${run.seed}`, heldFault(displayPath(folderOf(drive, run)), owner));
    const mean = made.length === 0 ? null : meanMetrics(made.map(({ metrics }) => metrics));
    return { prepared, runs: made, mean, failure: drive.troubles.failure };
  });
}

/**
 * Runs what is to be done of all cells, one after the other or by several workers. Others may do the same at the same time:
 * no run is done twice.
 *
 * @throws FaultError when the sweep is wrong: then nothing was begun
 */
export async function runSweep(given: SweepOptions): Promise<SweepResult> {
  const out = resolve(given.out);
  const load = (code: CodeFacts) => loadKeys(given.spec, given.load, out, code, given.dryRun);
  const claim = given.dryRun ? borrowResults : claimResults;
  return inResults(given, claim, load, async (work, options, { keys, cells }) => {
    const again = options.again ? (options.againSince ?? fileClock(work.results)) : null;
    const plan = planSweep(keys, out, work.code, options.again);
    for (const [cell, of] of plan.twins) options.observe({ kind: 'twin', cell, of });
    for (const { state } of plan.runs)
      if (state.kind === 'damaged')
        for (const fault of state.faults) options.observe({ kind: 'damaged', fault });
    const total = plan.runs.length;
    const there = plan.runs.filter(({ state }) => state.kind === 'done').length;
    if (there > 0) options.observe({ kind: 'found', done: there, total });
    // Where there is nothing to be done no cell is asked for.
    const all = cells ?? (there === total ? [] : await loadSweep(given.spec, given.load));
    const drive = driveOf(options, work, all, { again, alone: false, total, there });
    const { runs, estimate } = await runPlan(drive, options, plan.runs);
    const groups = groupsByCell(plan.runs, runs);
    const folders = new Set(keys.map(({ experiment }) => join(out, experiment)));
    const earlier = given.dryRun ? earlierGroups([...folders]) : [];
    return { cells: keys.length, runs, groups, earlier, estimate, failure: drive.troubles.failure };
  });
}

interface Loaded {
  readonly keys: readonly CellKey[];
  /** null where they were not needed. */
  readonly cells: readonly SweepCell[] | null;
}

/**
 * Does some work in the results folder, which also stops when somebody asks, on any machine, for the work on its experiments
 * to stop.
 */
async function inResults<O extends SpecOptions, T>(
  given: O,
  claim: (path: string) => Promise<ResultsFolder>,
  load: (code: CodeFacts) => Promise<Loaded>,
  work: (work: Work, options: O, loaded: Loaded) => Promise<T>,
): Promise<T> {
  const code = await codeFacts();
  const results = await claim(resolve(given.out));
  try {
    const loaded = await load(code);
    const experiments = new Set(loaded.keys.map(({ experiment }) => join(resolve(given.out), experiment)));
    const { interruption, dispose } = cancellable(given.interruption, [...experiments]);
    const options = { ...given, interruption };
    try {
      return await work(
        { options, results: results.path, code, data: new Map(), latest: null },
        options,
        loaded,
      );
    } finally {
      dispose();
    }
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

function driveOf(
  options: SpecOptions & Partial<SweepOptions>,
  work: Work,
  cells: readonly SweepCell[],
  how: {
    readonly again: number | null;
    readonly alone: boolean;
    readonly total: number;
    readonly there?: number;
  },
): Drive {
  return {
    options,
    againSince: how.again,
    wait: options.wait === true,
    alone: how.alone,
    work,
    cells: new Map(cells.map((cell) => [cell.hash, cell])),
    troubles: createTroubles(options.failFast === true),
    total: how.total,
    began: performance.now(),
    done: how.there ?? 0,
    computed: 0,
  };
}

interface Ended {
  readonly runs: readonly SweepRun[];
  readonly estimate: SweepEstimate | null;
}

/** Does what is to be done; the outcomes in the order of the plan. */
async function runPlan(drive: Drive, options: SweepOptions, planned: readonly PlannedRun[]): Promise<Ended> {
  const outcomes = new Map<PlannedRun, SweepRun>();
  const waiting: PlannedRun[] = [];
  for (const run of planned) {
    const { state } = run;
    if (state.kind === 'done') outcomes.set(run, sweepRun(drive, run, 'kept', state.finished.metrics));
    else if (options.only !== undefined && !options.only.has(idOf(run))) continue;
    else if (options.retry ? state.kind === 'failed' : isToDo(run)) waiting.push(run);
    else if (state.kind === 'failed') outcomes.set(run, tell(drive, noteFailed(drive, run, state.failure)));
  }
  const ended = (estimate: SweepEstimate | null = null): Ended => ({
    runs: planned.flatMap((run) => outcomes.get(run) ?? []),
    estimate,
  });
  if (options.dryRun) {
    for (const run of waiting) outcomes.set(run, sweepRun(drive, run, 'planned', null));
    return ended(waiting.length === 0 ? null : await estimate(drive, options, waiting));
  }
  for (const run of waiting) if (run.state.kind === 'failed') forgetFailed(drive.work.results, run);
  const left =
    options.workers > 1 && waiting.length > 1 ? await letWorkers(drive, options, waiting, outcomes) : waiting;
  for (const { run } of await driveRuns(drive, left, outcomes))
    outcomes.set(run, sweepRun(drive, run, 'elsewhere', null));
  return ended();
}

const estimate = (drive: Drive, options: SweepOptions, runs: readonly PlannedRun[]): Promise<SweepEstimate> =>
  estimateSweep(
    {
      options,
      specOf: (cell) => drive.cells.get(cell.hash)!.spec,
      ready: (cell) => ready(drive, cell),
      onKind: (number, of) => options.observe({ kind: 'measuring', number, of }),
    },
    runs,
  );

/** Has workers do runs. @returns those that are still to be done, by what is on the disk */
async function letWorkers(
  drive: Drive,
  given: SweepOptions,
  runs: readonly PlannedRun[],
  outcomes: Map<PlannedRun, SweepRun>,
): Promise<readonly PlannedRun[]> {
  const { work, cells, troubles, againSince } = drive;
  const options = { ...given, ...(againSince === null ? {} : { againSince }) };
  await runWorkers({
    options,
    troubles,
    runs: runs.map(idOf),
    specs: [...new Set(runs.map(({ cell }) => cells.get(cell.hash)!.spec))],
    ready: () => ready(drive, runs[0]!.cell),
    onRun: (run, differs) => tell(drive, run, differs),
  });
  const after = planSweep(await cellKeys([...cells.values()], work.results), work.results, work.code);
  const left: PlannedRun[] = [];
  const planned = new Map(runs.map((run) => [idOf(run), run]));
  for (const run of after.runs) {
    const before = planned.get(idOf(run));
    if (before === undefined) continue;
    if (run.state.kind === 'done' && isConfirmed(drive, folderOf(drive, run)))
      outcomes.set(before, sweepRun(drive, run, 'new', run.state.finished.metrics));
    else if (run.state.kind === 'failed' && !isToDo(run))
      outcomes.set(before, noteFailed(drive, run, run.state.failure));
    else left.push(before);
  }
  return left;
}

function groupsByCell(planned: readonly PlannedRun[], runs: readonly SweepRun[]): readonly Group[] {
  const groups = new Map<string, Map<number, Metrics>>();
  // The others are compared with the first cell, or, where it has no run, with nothing.
  const [first] = planned;
  if (first !== undefined && runs.some(({ metrics }) => metrics !== null))
    groups.set(first.cell.name, new Map());
  const hashes = new Map(planned.map(({ cell: { name, specHash } }) => [name, specHash ?? '']));
  const data = new Map<string, string | undefined>();
  for (const { cell, seed, folder, metrics } of runs) {
    if (metrics === null) continue;
    if (!data.has(cell)) data.set(cell, dataIn(folder));
    const group = groups.get(cell) ?? new Map<number, Metrics>();
    group.set(seed, metrics);
    groups.set(cell, group);
  }
  const { hypotheses } = first?.cell ?? {};
  return [...groups].map(([name, metrics]) => ({
    ...groupOf(name, hashes.get(name) ?? '', metrics, data.get(name)),
    ...(hypotheses === undefined ? {} : { hypotheses }),
  }));
}
