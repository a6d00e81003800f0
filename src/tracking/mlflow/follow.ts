/**
 * Live sync: follows the journal of a run in the background and sends what is new, again and again until it is there. It
 * never throws into the run and never makes it wait, but for a moment at the end.
 */
import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { userName } from '../../disk/index.ts';
import { FaultError } from '../../fault/index.ts';
import { wait } from '../../http/index.ts';
import { JOURNAL_FILE, type JournalLine, parseJournal, RUN_FILE } from '../../results/index.ts';
import type { FollowedRun, Follower } from '../../run/index.ts';
import { type Client, createClient, type MlflowRun } from './client.ts';
import { createPointsDigest, type PointsDigest, pointsThere, type RunContent, TAGS } from './content.ts';
import { keyFilter, openExperiment, openRun, tagsOf } from './open-run.ts';
import { pointsOfLine, timeOf } from './points.ts';
import { earlyCell } from './read-cell.ts';
import { beginOf, earlyContent } from './read-run.ts';
import { earlySweep } from './read-sweep.ts';
import { type MlflowSettings, mlflowSettings } from './settings.ts';
import { syncFolders } from './sync.ts';
import { missingParams, sendPoints } from './sync-run.ts';
import { createTransport } from './transport.ts';

/** What is in the place of the finished run already is being repeated: it is synced at the end, and not followed. */
export interface FollowOptions extends Omit<FollowedRun, 'spec' | 'tracking'> {
  readonly settings: MlflowSettings;
  /** null where nobody knows it. */
  readonly spec: FollowedRun['spec'] | null;
  /** Told once of each trouble, and of its end. */
  readonly say: (line: string) => void;
  /** Milliseconds between two looks at the journal. */
  readonly interval?: number;
}

/** Sends the rest, for at most `patience` milliseconds, and stops; says what is left and how to send it. */
interface MlflowFollower extends Follower {
  end(how: Parameters<Follower['end']>[0], patience?: number): Promise<void>;
}

const DELETED =
  'mlflow: somebody deleted this run on the server; `sessionlab mlflow sync --restore` brings it back';
const INTERVAL = 2000;
/** Milliseconds to wait for a server that does not answer, at most. */
const LONGEST_PAUSE = 60_000;
const PATIENCE = 10_000;
const SHORT_PATIENCE = 2000;
/** Bytes of the journal that are read at once. */
const CHUNK = 1 << 20;

/**
 * Live sync of each run as the environment or the spec asks for it: null without MLFLOW_TRACKING_URI and `tracking`, or where
 * it cannot be used, which is said. Never throws.
 *
 * @param say told once of each trouble, and of its end
 */
export const followInMlflow =
  (say: (line: string) => void) =>
  ({ tracking, ...run }: FollowedRun): Follower | null => {
    try {
      const settings = mlflowSettings(withTracking(tracking));
      return settings === null ? null : followRun({ ...run, settings, say });
    } catch (error) {
      say(`mlflow: ${messageOf(error)} (the run goes on, its journal keeps everything)`);
      return null;
    }
  };

/** The environment, which has the last word, with what the spec says where it is silent. */
function withTracking(tracking: FollowedRun['tracking']): NodeJS.ProcessEnv {
  const named = (process.env.MLFLOW_TRACKING_URI ?? '').trim() !== '';
  if (tracking === undefined || named) return process.env;
  const { uri, experiment } = tracking;
  const { MLFLOW_EXPERIMENT_NAME = '' } = process.env;
  const name = MLFLOW_EXPERIMENT_NAME !== '' ? MLFLOW_EXPERIMENT_NAME : experiment;
  return { ...process.env, MLFLOW_TRACKING_URI: uri, MLFLOW_EXPERIMENT_NAME: name };
}

/** Begins to follow; returns at once. */
export function followRun(options: FollowOptions): MlflowFollower {
  const { settings, folder, say } = options;
  const controller = new AbortController();
  // Tries are counted here, where the run's end can stop them.
  const transport = createTransport({ ...settings, retries: 0 }, controller.signal);
  const client = createClient(transport);
  const tail = createTail(join(folder, JOURNAL_FILE));
  const state: State = {
    client,
    options,
    tail,
    lines: [],
    points: [],
    opened: null,
    deleted: false,
    signal: controller.signal,
  };
  let stopped = false;
  let troubles = 0;
  let wake = () => {};

  async function loop(): Promise<void> {
    while (!stopped) {
      try {
        await step(state);
        if (troubles > 0) say('mlflow: the server answers again');
        troubles = 0;
      } catch (error) {
        if (stopped) return;
        if (troubles++ === 0)
          say(`mlflow: ${messageOf(error)} (the run goes on, its journal keeps everything)`);
      }
      const interval = options.interval ?? INTERVAL;
      const pause =
        troubles === 0 ? interval : Math.min(LONGEST_PAUSE, interval * 2 ** Math.min(troubles, 10));
      const timer = new AbortController();
      wake = () => timer.abort();
      if (!stopped) await wait(pause, timer.signal);
    }
  }
  const looping = existsSync(join(options.final, RUN_FILE)) ? Promise.resolve() : loop();

  return {
    async end(how, patience = PATIENCE) {
      stopped = true;
      wake();
      // A server that was not there a moment ago is not worth a long wait.
      const most = troubles === 0 ? patience : Math.min(patience, SHORT_PATIENCE);
      const timer = setTimeout(() => controller.abort(), most);
      try {
        await looping;
        if (how.kind === 'finished') await finish(settings, how.folder, options, controller.signal);
        else await breakOff(state, how.kind);
      } catch (error) {
        const problem = error instanceof FaultError ? problemOf(error) : messageOf(error);
        const rest =
          how.kind === 'finished' ? '; nothing is lost: `sessionlab mlflow sync` sends the rest' : '';
        say(`mlflow: ${problem}${rest}`);
      } finally {
        clearTimeout(timer);
        tail.close();
        client.close();
      }
    },
  };
}

/** Without its cure, which is told once. */
const problemOf = ({ faults }: FaultError): string => `${faults[0]?.place}: ${faults[0]?.problem}`;

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0]!;

interface State {
  readonly client: Client;
  readonly options: FollowOptions;
  readonly tail: Tail;
  readonly lines: JournalLine[];
  /** All points of the lines. */
  readonly points: ReturnType<typeof pointsOfLine>[number][];
  opened: { readonly run: MlflowRun; readonly progress: PointsDigest } | null;
  /** Somebody deleted the run, its parent or its experiment: it is left alone. */
  deleted: boolean;
  readonly signal: AbortSignal;
}

/** Reads what is new in the journal and sends it. */
async function step(state: State): Promise<void> {
  for (const line of state.tail.read(state.lines.length)) {
    state.lines.push(line);
    state.points.push(...pointsOfLine(line));
  }
  if (state.lines.length === 0 || state.deleted) return;
  state.opened ??= await open(state);
  if (state.opened === null) return;
  const { run, progress } = state.opened;
  if (progress.count === state.points.length) return;
  try {
    await sendPoints(state.client, run.info.run_id, state.points.slice(progress.count), progress);
  } catch (error) {
    // How much of it arrived is for the server to say.
    state.opened = null;
    throw error;
  }
}

/** The run of this journal, made if need be, below its parent. */
async function open(state: State): Promise<State['opened']> {
  const { client, options, lines, points, signal } = state;
  const begin = beginOf(lines);
  if (begin === null) return null;
  await client.version();
  const experiment = await openExperiment(client, options.settings.experiment ?? begin.experiment, false);
  const common = { restore: false, user: userName(), signal };
  const cell = earlyCell(begin.specHash, timeOf(begin), options.spec, options.sweep);
  const early = earlyContent(begin, options.spec);
  const known = (key: string) => client.runs(experiment, keyFilter(key), 'ALL');
  const sweep = options.sweep === null ? null : earlySweep(options.sweep, timeOf(begin));
  const above =
    sweep === null
      ? null
      : await openRun(client, experiment, sweep, await known(sweep.key), { ...common, parent: null });
  const parent = await openRun(client, experiment, cell, await known(cell.key), {
    ...common,
    parent: above?.run.info.run_id ?? null,
  });
  const parentId = parent?.run.info.run_id ?? null;
  const opened = await openRun(client, experiment, early, await known(early.key), {
    ...common,
    parent: parentId,
  });
  if (opened === null) {
    state.deleted = true;
    options.say(DELETED);
    return null;
  }
  const { run, made } = opened;
  // It was stopped and goes on.
  if (!made && run.info.status !== 'RUNNING') await client.updateRun(run.info.run_id, 'RUNNING', null);
  const missing = missingParams(run, early.params);
  if (missing.length > 0) await client.log(run.info.run_id, { params: missing });
  const there = pointsThere(tagsOf(run).get(TAGS.position), points);
  if (there === null)
    throw new Error('the run on the server is not that of the journal; the sync after its end mends it');
  const progress = createPointsDigest();
  progress.add(points.slice(0, there));
  return { run, progress };
}

/** Everything of a finished run, from its folder. */
async function finish(
  settings: MlflowSettings,
  folder: string,
  { say }: FollowOptions,
  signal: AbortSignal,
): Promise<void> {
  const client = createClient(createTransport(settings, signal));
  const run = { path: folder, state: 'finished' } as const;
  const options = { restore: false, partOnly: true, signal };
  const result = await syncFolders(client, [run], options).finally(client.close);
  if (result.counts.deleted > 0) say(DELETED);
  for (const fault of result.faults) say(`mlflow: ${messageOf(fault)}`);
}

/** What a run left that did not finish: its folder will be gone. */
async function breakOff(state: State, kind: 'failed' | 'killed'): Promise<void> {
  await step(state);
  const run = state.opened?.run;
  if (run === undefined) return;
  const status: NonNullable<RunContent['end']>['status'] = kind === 'failed' ? 'FAILED' : 'KILLED';
  await state.client.updateRun(run.info.run_id, status, timeOf(state.lines.at(-1)!));
}

interface Tail {
  /** The lines from a number on that are complete by now. */
  read(from: number): readonly JournalLine[];
  close(): void;
}

/** Reads a file that grows; once opened it is followed wherever it is moved to. */
function createTail(path: string): Tail {
  let file = -1;
  let rest = Buffer.alloc(0);
  let closed = false;
  return {
    read(from) {
      if (closed) return [];
      if (file < 0) {
        if (!existsSync(path)) return [];
        file = openSync(path, 'r');
      }
      const buffer = Buffer.alloc(CHUNK);
      for (let size = readSync(file, buffer); size > 0; size = readSync(file, buffer))
        rest = Buffer.concat([rest, buffer.subarray(0, size)]);
      const end = rest.lastIndexOf(0x0a) + 1;
      if (end === 0) return [];
      const text = rest.toString('utf8', 0, end);
      rest = rest.subarray(end);
      return parseJournal(text, path, from).lines;
    },
    close() {
      if (file >= 0) closeSync(file);
      file = -1;
      closed = true;
    },
  };
}
