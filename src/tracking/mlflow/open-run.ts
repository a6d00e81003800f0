/**
 * Finds what is already there, and makes what is not, so that there is one of it whatever was interrupted: the server
 * gives no way to make a run under a name of our own, so each carries its key as a tag and is searched by it first.
 */
import { ExitCode, FaultError } from '../../fault/index.ts';
import { wait } from '../../http/index.ts';
import type { Client, MlflowRun, Pair } from './client.ts';
import { type RunContent, TAGS } from './content.ts';
import { MlflowUnreachable } from './refusal.ts';

/** What of a run is known from its first moment. */
export type EarlyContent = Pick<RunContent, 'key' | 'name' | 'started' | 'params' | 'tags'>;

export interface OpenOptions {
  /** What somebody deleted by hand comes back. */
  readonly restore: boolean;
  /** The id of the parent run. */
  readonly parent: string | null;
  readonly user: string;
  readonly signal?: AbortSignal;
}

/** Milliseconds between two tries to make something that must not be made twice. */
const PAUSE = 500;

/**
 * The id of an experiment, which is made where there is none.
 *
 * @throws FaultError (machine) when somebody deleted it
 */
export async function openExperiment(client: Client, name: string, restore: boolean): Promise<string> {
  let found = await client.experiment(name);
  if (found === null) {
    const id = await client.createExperiment(name);
    if (id !== null) return id;
    found = await client.experiment(name);
  }
  if (found === null) {
    const problem = `the experiment "${name}" is there and cannot be found`;
    throw new FaultError({ place: client.address, problem, cure: 'try again' }, ExitCode.machine);
  }
  if (found.lifecycle_stage === 'deleted') {
    if (!restore) {
      throw new FaultError(
        {
          place: client.address,
          problem: `somebody deleted the experiment "${name}"`,
          cure: '`sessionlab mlflow sync --restore` brings it back; another name can be set with MLFLOW_EXPERIMENT_NAME',
        },
        ExitCode.machine,
      );
    }
    await client.restoreExperiment(found.experiment_id);
  }
  return found.experiment_id;
}

export const tagsOf = (run: MlflowRun): ReadonlyMap<string, string> =>
  new Map((run.data?.tags ?? []).map(({ key, value = '' }) => [key, value]));

/** The search for one run. */
export const keyFilter = (key: string): string => `tags.\`${TAGS.key}\` = '${key.replaceAll("'", '')}'`;

/** A run that is there now. */
export interface Opened {
  readonly run: MlflowRun;
  readonly made: boolean;
}

/**
 * The run of a key: found, brought back, or made. Of several (a request to make one arrived after we had given it up) one
 * stays.
 *
 * @param known all runs of this key, deleted ones, too
 * @returns null when somebody deleted it
 */
export async function openRun(
  client: Client,
  experiment: string,
  content: EarlyContent,
  known: readonly MlflowRun[],
  options: OpenOptions,
): Promise<Opened | null> {
  const active = known.filter(({ info }) => info.lifecycle_stage === 'active');
  if (active.length > 0) return { run: await keepOne(client, active), made: false };
  const deleted = known[0];
  if (deleted === undefined) return makeRun(client, experiment, content, options);
  if (!options.restore) return null;
  await client.restoreRun(deleted.info.run_id);
  return { run: await client.run(deleted.info.run_id), made: false };
}

/** Complete ones before others, then by id, so that everybody who chooses makes the same choice. */
export async function keepOne(client: Client, runs: readonly MlflowRun[]): Promise<MlflowRun> {
  const rank = (run: MlflowRun) => (tagsOf(run).has(TAGS.synced) ? 0 : 1);
  const sorted = [...runs].sort((a, b) => rank(a) - rank(b) || (a.info.run_id < b.info.run_id ? -1 : 1));
  for (const run of sorted.slice(1)) await discardRun(client, run, 'duplicate');
  return sorted[0]!;
}

/** Deletes a run so that it is not taken for one that somebody deleted by hand. */
export async function discardRun(
  client: Client,
  run: MlflowRun,
  why: 'duplicate' | 'replaced',
): Promise<void> {
  const { run_id: id } = run.info;
  await client.setTag(id, TAGS.key, `${why}/${tagsOf(run).get(TAGS.key) ?? ''}`);
  await client.deleteRun(id);
}

async function makeRun(
  client: Client,
  experiment: string,
  content: EarlyContent,
  { parent, user, signal }: OpenOptions,
): Promise<Opened> {
  const tags: readonly Pair[] = [
    [TAGS.key, content.key],
    ...(parent === null ? [] : [['mlflow.parentRunId', parent] as const]),
    ['mlflow.user', user],
    ...content.tags,
  ];
  const message = {
    experiment_id: experiment,
    user_id: user,
    run_name: content.name,
    start_time: content.started,
    tags: tags.map(([key, value]) => ({ key, value })),
  };
  for (let attempt = 0; ; attempt++) {
    try {
      return { run: await client.createRun(message), made: true };
    } catch (error) {
      // Perhaps it was made and the answer was lost: never make another before looking.
      if (attempt >= client.settings.retries || !mayPass(error)) throw error;
      await wait(PAUSE * 2 ** Math.min(attempt, 5), signal);
      const found = await client.runs(experiment, keyFilter(content.key), 'ACTIVE_ONLY');
      if (found.length > 0) return { run: await keepOne(client, found), made: false };
    }
  }
}

/** No answer, or one that says "later". */
export function mayPass(error: unknown): boolean {
  if (error instanceof MlflowUnreachable) return true;
  const status = error instanceof FaultError && 'status' in error ? Number(error.status) : 0;
  return status === 429 || (status >= 500 && status !== 501);
}
