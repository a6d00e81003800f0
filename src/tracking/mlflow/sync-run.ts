/**
 * Brings the content of one run to the server, so that in the end there is exactly it, once. Everything that is sent may
 * be sent again without harm, and the tag that says "all is there" comes last.
 */
import { sha256 } from '../../disk/index.ts';
import { ExitCode, FaultError } from '../../fault/index.ts';
import type { Client, Metric, MlflowRun, Pair } from './client.ts';
import {
  contentDigest,
  createPointsDigest,
  type PointsDigest,
  pointsThere,
  type RunContent,
  TAGS,
} from './content.ts';
import { discardRun, type OpenOptions, openRun, tagsOf } from './open-run.ts';
import { syncModel } from './sync-model.ts';

/** What became of a run. */
export interface RunOutcome {
  /** `deleted`: somebody deleted it on the server, and it stays so. `replaced`: what was there could not be mended. */
  readonly state: 'same' | 'new' | 'completed' | 'replaced' | 'deleted';
  /** Empty when it is deleted. */
  readonly runId: string;
  /** Points that were sent now. */
  readonly points: number;
  readonly notes: readonly string[];
}

/** Of one request; the tag with the position goes with it. */
const BATCH = 900;

/**
 * Syncs a run.
 *
 * @param known all runs of its key that the server has, deleted ones, too
 * @throws FaultError (machine) when the server or the network refuse: a later call goes on where this one stopped
 */
export async function syncRun(
  client: Client,
  experiment: string,
  content: RunContent,
  known: readonly MlflowRun[],
  options: OpenOptions,
): Promise<RunOutcome> {
  const digest = contentDigest(content);
  const notes: string[] = [];
  let state: RunOutcome['state'] = 'completed';
  let opened = await openRun(client, experiment, content, known, options);
  if (opened === null) return { state: 'deleted', runId: '', points: 0, notes };
  if (opened.made) state = 'new';
  let there = pointsThere(tagsOf(opened.run).get(TAGS.position), content.points);
  if (tagsOf(opened.run).get(TAGS.synced) === digest) {
    await syncTags(client, opened.run, parentTag(options));
    return { state: 'same', runId: opened.run.info.run_id, points: 0, notes };
  }
  if (there === null || differingParam(opened.run, content) !== null) {
    // Neither points nor parameters can be taken back.
    await discardRun(client, opened.run, 'replaced');
    opened = await openRun(client, experiment, content, [], options);
    if (opened === null) {
      const problem = 'somebody deleted a run that had just been made';
      throw new FaultError({ place: 'MLflow', problem, cure: 'let it be, and sync again' }, ExitCode.machine);
    }
    state = 'replaced';
    there = 0;
  }

  const { run } = opened;
  const runId = run.info.run_id;
  const missing = missingParams(run, content.params);
  await syncTags(client, run, [...content.tags, ...parentTag(options)]);
  const progress = createPointsDigest();
  progress.add(content.points.slice(0, there));
  await sendPoints(client, runId, content.points.slice(there), progress, missing);
  const points = content.points.length - there;
  if (content.end === null) return { state, runId, points, notes };

  await syncInputs(client, run, content);
  for (const { path, upload } of content.files)
    await client.upload(run.info.artifact_uri, path, await upload());
  if (content.model !== null)
    await syncModel(client, experiment, run, content.model, opened.made, options.signal);
  const noteTags = noteTagsOf(run, content.note);
  if (noteTags === null) notes.push('its note was edited by hand and stays as it is');
  await client.updateRun(runId, content.end.status, content.end.time);
  await client.log(runId, { tags: [...(noteTags ?? []), [TAGS.synced, digest]] });
  return { state, runId, points, notes };
}

/** Sends parameters and points, each batch with the position that it reaches. */
export async function sendPoints(
  client: Client,
  runId: string,
  points: readonly Metric[],
  progress: PointsDigest,
  params: readonly Pair[] = [],
): Promise<void> {
  if (points.length === 0 && params.length > 0) await client.log(runId, { params });
  for (let from = 0; from < points.length; from += BATCH) {
    const metrics = points.slice(from, from + BATCH);
    progress.add(metrics);
    const tags: readonly Pair[] = [[TAGS.position, progress.position()]];
    await client.log(runId, { metrics, tags, ...(from === 0 ? { params } : {}) });
  }
}

/** The parameters that the run has not got. */
export function missingParams(run: MlflowRun, params: readonly Pair[]): readonly Pair[] {
  const there = new Set((run.data?.params ?? []).map(({ key }) => key));
  return params.filter(([key]) => !there.has(key));
}

/** The first parameter that has another value, or null. */
function differingParam(run: MlflowRun, content: RunContent): string | null {
  const there = new Map((run.data?.params ?? []).map(({ key, value = '' }) => [key, value]));
  const differing = content.params.find(([key, value]) => (there.get(key) ?? value) !== value);
  return differing?.[0] ?? null;
}

async function syncTags(client: Client, run: MlflowRun, tags: readonly Pair[]): Promise<void> {
  const there = tagsOf(run);
  const missing = tags.filter(([key, value]) => there.get(key) !== value);
  if (missing.length > 0) await client.log(run.info.run_id, { tags: missing });
}

const parentTag = ({ parent }: OpenOptions): readonly Pair[] =>
  parent === null ? [] : [['mlflow.parentRunId', parent]];

async function syncInputs(client: Client, run: MlflowRun, { inputs }: RunContent): Promise<void> {
  const name = ({ name, digest }: { name: string; digest: string }) => `${name}\n${digest}`;
  const there = new Set((run.inputs?.dataset_inputs ?? []).map(({ dataset }) => name(dataset)));
  await client.logInputs(
    run.info.run_id,
    inputs.filter(({ dataset }) => !there.has(name(dataset))),
  );
}

/** null when somebody wrote a note of their own. */
function noteTagsOf(run: MlflowRun, note: string | null): readonly Pair[] | null {
  if (note === null) return [];
  const there = tagsOf(run);
  const old = there.get('mlflow.note.content');
  const ours = there.get(TAGS.note);
  if (old !== undefined && old !== '' && (ours === undefined || sha256(old).slice(0, 16) !== ours))
    return null;
  return [
    ['mlflow.note.content', note],
    [TAGS.note, sha256(note).slice(0, 16)],
  ];
}
