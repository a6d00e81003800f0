/** The driver of all runs, of one cell or of many: one after the other in this process, beside however many others. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Owner } from '../disk/index.ts';
import type { Metrics } from '../evaluation/index.ts';
import { ExitCode, type Fault, FaultError, Interrupted } from '../fault/index.ts';
import { RUN_FILE } from '../results/index.ts';
import type { CellContext, RunResult } from '../run/index.ts';
import type { SweepCell } from '../spec/index.ts';
import { displayPath } from '../text/index.ts';
import type { SpecOptions, SweepRun } from './options.ts';
import { cellOf, runCell, type Work } from './run-cell.ts';
import { ownerSign } from './run-lock.ts';
import type { CellKey, PlannedRun } from './sweep-plan.ts';
import type { Faults, Troubles } from './troubles.ts';

/** Runs under way in this process. */
export interface Drive {
  readonly options: Pick<SpecOptions, 'observe' | 'interruption'>;
  /**
   * Runs that are there, made by the same code, are repeated unless they were made or confirmed since (ms, see fileClock);
   * null: none is.
   */
  readonly againSince: number | null;
  /** See SweepOptions. */
  readonly wait: boolean;
  /** They are those of one cell, and this process does all of them: a seed is the name of a run. */
  readonly alone: boolean;
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

/** A run that another process works on. */
export interface HeldRun {
  readonly run: PlannedRun;
  readonly owner: Owner;
}

/** A cell with its data. */
export const ready = (drive: Drive, key: CellKey): Promise<CellContext> =>
  cellOf(drive.work, drive.cells.get(key.hash)!, observerOf(drive, key));

const observerOf =
  ({ options }: Drive, { name: cell }: CellKey): Parameters<typeof cellOf>[2] =>
  (event) =>
    options.observe({ kind: 'cell', cell, event });

/**
 * Does runs, and those of others as far as these die.
 *
 * @param outcomes takes what became of each
 * @returns what others work on; nothing after a stop
 */
export async function driveRuns(
  drive: Drive,
  runs: readonly PlannedRun[],
  outcomes: Map<PlannedRun, SweepRun>,
): Promise<readonly HeldRun[]> {
  const { troubles } = drive;
  const signs = new Map<PlannedRun, string>();
  let held: HeldRun[] = [];
  let waiting = runs;
  for (let pause = 0; waiting.length > 0 && !troubles.stopped; pause = Math.min(pause + 500, 5000)) {
    if (pause > 0) await wait(drive, waiting.length, pause);
    held = [];
    for (const [i, run] of waiting.entries()) {
      if (troubles.stopped) break;
      const became = await driveRun(drive, run, drive.alone ? waiting.length - 1 - i : 0);
      if ('owner' in became) held.push(became);
      else {
        outcomes.set(run, became);
        pause = 0;
      }
    }
    waiting = held.map(({ run }) => run);
    if (!drive.wait && waiting.every((run) => isSeenAlive(drive, run, signs))) break;
  }
  return troubles.stopped ? [] : held;
}

/** Does a run, takes note of what went wrong, and tells what became of it. */
async function driveRun(drive: Drive, run: PlannedRun, runsAfter: number): Promise<SweepRun | HeldRun> {
  const { troubles, work, alone } = drive;
  const { cell, seed } = run;
  const { name, specHash } = cell;
  const [spec, observe] = [drive.cells.get(cell.hash)!, observerOf(drive, cell)];
  const isGood = (folder: string) => isConfirmed(drive, folder);
  // Where its data were known, the plan has told of it.
  const onDamage = (faults: readonly Fault[]) => {
    if (specHash === null) for (const fault of faults) drive.options.observe({ kind: 'damaged', fault });
  };
  const outcome = await runCell(work, { name, spec, specHash, seed, runsAfter, observe, isGood, onDamage });
  const where = alone ? `in ${nameOf(drive, run)}` : `at ${nameOf(drive, run)}`;
  switch (outcome.kind) {
    case 'elsewhere':
      return { run, owner: outcome.owner };
    case 'kept': {
      // Where its data were not known, its place is only known now.
      const { folder, finished } = outcome;
      return tell(drive, { ...sweepRun(drive, run, 'kept', finished.metrics), folder });
    }
    case 'failed': {
      const { faults, exitCode } = outcome.failure;
      troubles.note(where, new FaultError(faults, exitCode), prefixOf(drive, run));
      return tell(drive, sweepRun(drive, run, 'failed', null));
    }
    case 'stopped':
      troubles.note(where, new Interrupted());
      return tell(drive, sweepRun(drive, run, 'stopped', null));
    case 'new': {
      drive.computed++;
      const { metrics, folder } = outcome.run;
      const ended = { ...sweepRun(drive, run, 'new', metrics), folder };
      return tell(drive, ended, differenceOf(drive, run, outcome.run), outcome.run);
    }
  }
}

const nameOf = ({ alone }: Drive, { cell, seed }: PlannedRun): string =>
  alone ? `seed ${seed}` : `${cell.name}, seed ${seed}`;

/** What the places of the faults of a run begin with. */
const prefixOf = (drive: Drive, run: PlannedRun): string => (drive.alone ? '' : `${nameOf(drive, run)}: `);

/** Takes note of a run that failed before and would again, with its old faults. */
export function noteFailed(drive: Drive, run: PlannedRun, failure: Faults): SweepRun {
  drive.troubles.add(failure, prefixOf(drive, run));
  return sweepRun(drive, run, 'failed', null);
}

/**
 * Tells that a run came to its end.
 *
 * @param differs why it has another result than the one that was there
 * @param result where it was done in this process
 */
export function tell(
  drive: Drive,
  run: SweepRun,
  differs: Faults | null = null,
  result: RunResult | null = null,
): SweepRun {
  const { options, troubles, total, computed, began } = drive;
  const done = ++drive.done;
  const each = computed === 0 ? null : (performance.now() - began) / computed;
  const eta = each === null || done === total ? null : each * (total - done);
  options.observe({ kind: 'ran', run, result, differs, done, total, eta });
  if (differs?.exitCode === ExitCode.defect) troubles.add(differs);
  return run;
}

export const sweepRun = (
  drive: Drive,
  run: PlannedRun,
  state: SweepRun['state'],
  metrics: Metrics | null,
): SweepRun => ({ cell: run.cell.name, seed: run.seed, folder: folderOf(drive, run), state, metrics });

/** Where a run is, or will be; '' where its data are not known yet. */
export function folderOf({ work }: Drive, { cell, seed }: PlannedRun): string {
  const { specHash, experiment } = cell;
  return specHash === null ? '' : join(work.results, experiment, specHash.slice(0, 12), String(seed));
}

/** Whether a run that is there need not be repeated. */
export function isConfirmed({ againSince }: Drive, folder: string): boolean {
  if (againSince === null) return true;
  const time = statSync(join(folder, RUN_FILE), { throwIfNoEntry: false })?.mtimeMs;
  return time !== undefined && time >= againSince;
}

/** Why a run has another result than the one that was there: a defect where code and engine promise the same. */
function differenceOf(drive: Drive, planned: PlannedRun, run: RunResult): Faults | null {
  const { state, before, seed, resultHash, engine, folder } = run;
  if (state !== 'differs' || before === undefined) return null;
  const old = displayPath(join(folder, '..', String(seed)));
  const problem = `the result hash is ${resultHash.slice(0, 12)}, but that of ${old} is ${before.resultHash.slice(0, 12)}; both are kept`;
  const place = nameOf(drive, planned);
  const why = engine.exact
    ? before.source === drive.work.code.source
      ? null
      : 'the code of sessionlab has changed between the two'
    : `the engine ${engine.engine} does not promise the same bits`;
  if (why !== null) return { faults: [{ place, problem, cure: why }], exitCode: ExitCode.ok };
  const cure =
    'the same code and spec must give the same result: please report this, with the run.json of both';
  return {
    faults: [{ place, problem: `determinism is broken: ${problem}`, cure }],
    exitCode: ExitCode.defect,
  };
}

/** Whether whoever works on a run has been heard of since we first looked, or is known to be alive. */
function isSeenAlive({ work }: Drive, run: PlannedRun, signs: Map<PlannedRun, string>): boolean {
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
async function wait({ options, troubles }: Drive, runs: number, pause: number): Promise<void> {
  options.observe({ kind: 'waiting', runs });
  for (let waited = 0; waited < pause && !troubles.stopped; waited += 100) {
    await sleep(100);
    try {
      options.interruption.check();
    } catch (error) {
      troubles.note('while waiting for other processes', error);
    }
  }
}
