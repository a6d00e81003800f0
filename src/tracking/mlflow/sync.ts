/** Syncs runs from their results folders. */
import { dirname } from 'node:path';
import { userName } from '../../disk/index.ts';
import { ExitCode, FaultError } from '../../fault/index.ts';
import type { RunFolder, SweepPlace } from '../../results/index.ts';
import type { Client, MlflowRun } from './client.ts';
import { TAGS } from './content.ts';
import { keepOne, keyFilter, type OpenOptions, openExperiment, openRun, tagsOf } from './open-run.ts';
import { cellContent, sweepOf } from './read-cell.ts';
import { type FoundRun, readFinishedRun, readKilledRun } from './read-run.ts';
import { earlySweep, readSweep, runsInPlace, sweepContent } from './read-sweep.ts';
import { type RunOutcome, syncRun } from './sync-run.ts';

export interface SyncOptions {
  readonly restore: boolean;
  /** These are not all runs of their sweeps: the parents of the sweeps are made, no more. */
  readonly partOnly?: boolean;
  readonly signal?: AbortSignal;
  /** Told of each run when it is done. */
  readonly onRun?: (folder: string, outcome: RunOutcome) => void;
}

/** What became of everything. */
export interface SyncResult {
  /** Of the runs, not of their parents. */
  readonly counts: Readonly<Record<RunOutcome['state'], number>>;
  readonly points: number;
  /** Runs that are still under way: their own process syncs them. */
  readonly goingOn: number;
  /** Of runs that could not be read. */
  readonly faults: readonly FaultError[];
}

/** How many runs are sent at once: the server's database takes one after the other, but not we. */
const PARALLEL = 3;
/** Up to so many runs are searched one by one. */
const FEW = 3;

/**
 * Brings runs to a server. What is there already is recognised from one search an experiment.
 *
 * @throws FaultError (machine) when the server or the network refuse; what was done stays done
 */
export async function syncFolders(
  client: Client,
  folders: readonly RunFolder[],
  options: SyncOptions,
): Promise<SyncResult> {
  const counts = { same: 0, new: 0, completed: 0, replaced: 0, deleted: 0 };
  let points = 0;
  const { found, faults } = await readAll(folders);
  const goingOn = folders.filter(({ state }) => state === 'going on').length;
  for (const [name, runs] of groups(found, (run) => client.settings.experiment ?? run.experiment)) {
    const experiment = await openExperiment(client, name, options.restore);
    const known = await knownRuns(client, experiment, runs);
    const sweeps = sweepParents(client, experiment, folders, known, options);
    for (const [specHash, cell] of groups(runs, (run) => run.specHash)) {
      const busy = folders.some(
        ({ path, state }) => state === 'going on' && path.includes(specHash.slice(0, 12)),
      );
      const open = {
        restore: options.restore,
        user: userName(),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      };
      const above = await sweeps(cell);
      const all = [...cell, ...(await siblingsOf(cell))];
      const parent = await syncCell(client, experiment, all, busy, known, { ...open, parent: above });
      await inParallel(cell, PARALLEL, async ({ content, folder }) => {
        const there = known.get(content.key) ?? [];
        const outcome = await syncRun(client, experiment, content, there, { ...open, parent });
        counts[outcome.state]++;
        points += outcome.points;
        options.onRun?.(folder, outcome);
      });
    }
    if (counts.same < found.length) await dropDuplicates(client, experiment, runs);
  }
  return { counts, points, goingOn, faults };
}

/**
 * The parent of the cells of each sweep, synced when it is asked for first: its id; null for a cell of no sweep, and when
 * somebody deleted it.
 */
function sweepParents(
  client: Client,
  experiment: string,
  folders: readonly RunFolder[],
  known: ReadonlyMap<string, readonly MlflowRun[]>,
  { restore, signal, partOnly = false }: SyncOptions,
) {
  const ids = new Map<string, Promise<string | null>>();
  const sync = async (place: SweepPlace, { folder, content: own }: FoundRun): Promise<string | null> => {
    const open = { restore, user: userName(), parent: null, ...(signal === undefined ? {} : { signal }) };
    const there = known.get(`sweep/${place.hash}`) ?? [];
    const at = dirname(dirname(folder));
    if (partOnly) {
      // Others work on it, and a sync of all says how it ended.
      const opened = await openRun(client, experiment, earlySweep(place, own.started), there, open);
      return opened?.run.info.run_id ?? null;
    }
    const busy = folders.some(({ path, state }) => state === 'going on' && dirname(dirname(path)) === at);
    const content = sweepContent(place, readSweep(at, place.hash), busy);
    const outcome = await syncRun(client, experiment, content, there, open);
    return outcome.state === 'deleted' ? null : outcome.runId;
  };
  return (cell: readonly FoundRun[]): Promise<string | null> => {
    const place = sweepOf(cell);
    if (place === null) return Promise.resolve(null);
    const run = cell.find(({ facts }) => facts?.record.sweep?.hash === place.hash)!;
    const id = ids.get(place.hash) ?? sync(place, run);
    ids.set(place.hash, id);
    return id;
  };
}

/** Finished runs of a cell that are not to be synced now, but whose scores its means are over. */
async function siblingsOf(cell: readonly FoundRun[]): Promise<readonly FoundRun[]> {
  const folder = dirname(cell[0]!.folder);
  const given = new Set(cell.map((run) => run.folder));
  const others = runsInPlace(folder).filter((path) => !given.has(path));
  const { found } = await readAll(others.map((path) => ({ path, state: 'finished' })));
  return found.filter(({ specHash }) => specHash === cell[0]!.specHash);
}

/** The parent of the seeds; null when somebody deleted it. */
async function syncCell(
  client: Client,
  experiment: string,
  cell: readonly FoundRun[],
  busy: boolean,
  known: ReadonlyMap<string, readonly MlflowRun[]>,
  options: OpenOptions,
): Promise<string | null> {
  const content = cellContent(cell, busy);
  const outcome = await syncRun(client, experiment, content, known.get(content.key) ?? [], options);
  return outcome.state === 'deleted' ? null : outcome.runId;
}

/** A request to make a run that had been given up may have arrived in the meantime. */
async function dropDuplicates(client: Client, experiment: string, runs: readonly FoundRun[]): Promise<void> {
  for (const same of (await knownRuns(client, experiment, runs)).values()) {
    const active = same.filter(({ info }) => info.lifecycle_stage === 'active');
    if (active.length > 1 && tagsOf(active[0]!).has(TAGS.key)) await keepOne(client, active);
  }
}

/** All runs of ours by their keys. */
async function knownRuns(client: Client, experiment: string, runs: readonly FoundRun[]) {
  const keys = [
    ...new Set(
      runs.flatMap(({ content, specHash, facts }) => {
        const { sweep } = facts?.record ?? {};
        return [content.key, `cell/${specHash}`, ...(sweep === undefined ? [] : [`sweep/${sweep.hash}`])];
      }),
    ),
  ];
  const found =
    keys.length <= 3 * FEW
      ? (await Promise.all(keys.map((key) => client.runs(experiment, keyFilter(key), 'ALL')))).flat()
      : await client.runs(experiment, `tags.\`${TAGS.key}\` LIKE '%'`, 'ALL');
  return new Map(groups(found, (run) => tagsOf(run).get(TAGS.key) ?? ''));
}

export async function readAll(folders: readonly RunFolder[]) {
  const found: FoundRun[] = [];
  const faults: FaultError[] = [];
  for (const { path, state } of folders) {
    if (state === 'going on') continue;
    try {
      const run = state === 'finished' ? await readFinishedRun(path) : readKilledRun(path);
      if (run !== null) found.push(run);
    } catch (error) {
      faults.push(asFault(path, error));
    }
  }
  return { found, faults };
}

/** A file that vanishes or cannot be read concerns its run, not the others. */
function asFault(path: string, error: unknown): FaultError {
  if (error instanceof FaultError) return error;
  if (!(error instanceof Error) || !('code' in error)) throw error;
  return new FaultError({ place: path, problem: `cannot be read (${String(error.code)})` }, ExitCode.data);
}

export function groups<T>(
  list: readonly T[],
  key: (item: T) => string,
): readonly (readonly [string, readonly T[]])[] {
  const found = new Map<string, T[]>();
  for (const item of list) {
    const group = found.get(key(item));
    if (group === undefined) found.set(key(item), [item]);
    else group.push(item);
  }
  return [...found];
}

/** Works on so many at once; after a failure nothing new is begun. */
async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (!failed && next < items.length) {
      try {
        await work(items[next++]!);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const results = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, worker));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
