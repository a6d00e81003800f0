/**
 * Runs as a tree of files that MLflow reads (its file store), for those who have no server: `mlflow migrate-filestore` takes
 * it into a database, and a server with this folder as its artifacts destination serves the rest.
 */
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { makeFolder, sha256, userName } from '../../disk/index.ts';
import { FaultError } from '../../fault/index.ts';
import type { RunFolder } from '../../results/index.ts';
import type { Pair } from './client.ts';
import { type Artifact, contentDigest, positionOf, type RunContent, TAGS } from './content.ts';
import { artifactPath, checkKey } from './limits.ts';
import { cellContent, sweepOf } from './read-cell.ts';
import type { FoundRun } from './read-run.ts';
import { readSweep, sweepContent } from './read-sweep.ts';
import { groups, readAll } from './sync.ts';

/** MLflow's numbers. */
const STATUS = { FINISHED: 3, FAILED: 4, KILLED: 5, RUNNING: 1 } as const;
const LOCAL = 4;
const READY = 2;

/** What was written. */
export interface ExportResult {
  readonly runs: number;
  readonly points: number;
  /** Of runs that could not be read. */
  readonly faults: readonly FaultError[];
}

/**
 * Writes runs and their parents to a folder, which appears when everything is in it. The same runs give the same tree.
 *
 * @param folder must not be there, or be empty
 * @throws FaultError (usage) when there is something in the folder
 */
export async function exportFolders(
  folders: readonly RunFolder[],
  folder: string,
  options: { readonly experiment: string | null },
): Promise<ExportResult> {
  const final = resolve(folder);
  if (existsSync(final) && readdirSync(final).length > 0) {
    throw new FaultError({
      place: folder,
      problem: 'there is something in this folder',
      cure: 'name another one',
    });
  }
  const partial = join(dirname(final), `.${basename(final)}.${process.pid}.partial`);
  const { found, faults } = await readAll(folders);
  let points = 0;
  try {
    await makeFolder(partial);
    for (const [name, runs] of groups(found, (run) => options.experiment ?? run.experiment)) {
      for (const content of await writeExperiment(partial, name, runs)) points += content.points.length;
    }
    await rm(final, { recursive: true, force: true });
    await rename(partial, final);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return { runs: found.length, points, faults };
}

async function writeExperiment(
  root: string,
  name: string,
  runs: readonly FoundRun[],
): Promise<readonly RunContent[]> {
  const id = experimentId(root, name);
  const contents = runs.map((run) => ({ run, content: run.content, parent: `cell/${run.specHash}` }));
  const times = contents.flatMap(({ content }) => [content.started, content.end?.time ?? content.started]);
  await meta(join(root, id), {
    artifact_location: `mlflow-artifacts:/${id}`,
    creation_time: Math.min(...times),
    experiment_id: id,
    last_update_time: Math.max(...times),
    lifecycle_stage: 'active',
    name,
  });
  const written: RunContent[] = [];
  const sweeps = new Map<string, string>();
  for (const [, cell] of groups(runs, (run) => run.specHash)) {
    const parent = cellContent(cell, false);
    const sweep = sweepOf(cell);
    let above = sweep === null ? null : sweeps.get(sweep.hash);
    if (sweep !== null && above === undefined) {
      const { folder } = cell.find(({ facts }) => facts?.record.sweep?.hash === sweep.hash)!;
      const content = sweepContent(sweep, readSweep(dirname(dirname(folder)), sweep.hash), false);
      above = await writeRun(root, id, content, null);
      sweeps.set(sweep.hash, above);
      written.push(content);
    }
    const parentId = await writeRun(root, id, parent, above ?? null);
    for (const { content } of cell) await writeRun(root, id, content, parentId);
    written.push(parent, ...cell.map(({ content }) => content));
  }
  return written;
}

/** A whole number as text that fits into 32 bits and is not that of another; 0 is the default experiment. */
function experimentId(root: string, name: string): string {
  let id = 1 + Number.parseInt(sha256(`experiment ${name}`).slice(0, 7), 16);
  while (existsSync(join(root, String(id)))) id++;
  return String(id);
}

const runIdOf = (experiment: string, key: string) => sha256(`run ${experiment} ${key}`).slice(0, 32);

async function writeRun(
  root: string,
  experiment: string,
  content: RunContent,
  parent: string | null,
): Promise<string> {
  const id = runIdOf(experiment, content.key);
  const folder = join(root, experiment, id);
  const user = userName();
  await meta(folder, {
    artifact_uri: `mlflow-artifacts:/${experiment}/${id}/artifacts`,
    end_time: content.end?.time ?? null,
    entry_point_name: '',
    experiment_id: experiment,
    lifecycle_stage: 'active',
    run_id: id,
    run_name: content.name,
    run_uuid: id,
    source_name: '',
    source_type: LOCAL,
    source_version: '',
    start_time: content.started,
    status: STATUS[content.end?.status ?? 'RUNNING'],
    tags: [],
    user_id: user,
  });
  const tags: readonly Pair[] = [
    ...content.tags,
    [TAGS.key, content.key],
    [TAGS.position, positionOf(content.points)],
    [TAGS.synced, contentDigest(content)],
    ['mlflow.runName', content.name],
    ['mlflow.user', user],
    ...(parent === null ? [] : [['mlflow.parentRunId', parent] as const]),
    ...(content.note === null
      ? []
      : [
          ['mlflow.note.content', content.note] as const,
          [TAGS.note, sha256(content.note).slice(0, 16)] as const,
        ]),
  ];
  await values(join(folder, 'params'), content.params);
  await values(join(folder, 'tags'), tags);
  await metrics(join(folder, 'metrics'), content);
  await inputs(join(root, experiment), id, content);
  await artifacts(join(folder, 'artifacts'), content.files);
  if (content.model !== null) await model(join(root, experiment), experiment, id, content);
  return id;
}

async function meta(folder: string, fields: Readonly<Record<string, unknown>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  // JSON's texts and numbers are YAML's, too.
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  await writeFile(join(folder, 'meta.yaml'), lines.join(''));
}

/** A file for each key; slashes in keys are folders. */
async function values(folder: string, pairs: readonly Pair[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [key, value] of pairs) await put(folder, key, value);
}

async function put(folder: string, key: string, text: string): Promise<void> {
  checkKey(key);
  const path = join(folder, ...key.split('/'));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function metrics(folder: string, { points }: RunContent): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [key, list] of groups(points, (point) => point.key)) {
    // A file must not be empty, nor have a line that is.
    await put(
      folder,
      key,
      list.map(({ timestamp, value, step = 0 }) => `${timestamp} ${numberText(value)} ${step}\n`).join(''),
    );
  }
}

/** As Python reads it. */
function numberText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return Number.isFinite(value) ? String(value) : value > 0 ? 'inf' : '-inf';
}

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

async function inputs(experiment: string, runId: string, content: RunContent): Promise<void> {
  for (const { dataset, tags = [] } of content.inputs) {
    const id = md5(dataset.name + dataset.digest);
    await meta(join(experiment, 'datasets', id), { ...dataset });
    await meta(join(experiment, runId, 'inputs', md5(id + runId)), {
      destination_id: runId,
      destination_type: 'RUN',
      source_id: id,
      source_type: 'DATASET',
      tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    });
  }
}

async function artifacts(folder: string, files: readonly Artifact[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { path, upload } of files) {
    artifactPath(path);
    const target = join(folder, ...path.split('/'));
    await mkdir(dirname(target), { recursive: true });
    const source = (await upload()).open();
    if (source instanceof Uint8Array) await writeFile(target, source);
    else await pipeline(source, createWriteStream(target));
  }
}

async function model(experiment: string, number: string, runId: string, content: RunContent): Promise<void> {
  const { name, params, step, files } = content.model!;
  const id = `m-${sha256(`model ${runId}`).slice(0, 32)}`;
  const folder = join(experiment, 'models', id);
  const time = content.end?.time ?? content.started;
  await meta(folder, {
    artifact_location: `mlflow-artifacts:/${number}/models/${id}/artifacts`,
    creation_timestamp: time,
    experiment_id: number,
    last_updated_timestamp: time,
    lifecycle_stage: 'active',
    model_id: id,
    model_type: 'sessionlab',
    name,
    source_run_id: runId,
    status: READY,
    status_message: null,
  });
  await values(join(folder, 'params'), params);
  for (const empty of ['tags', 'metrics']) await mkdir(join(folder, empty), { recursive: true });
  await artifacts(join(folder, 'artifacts'), files);
  await meta(join(experiment, runId, 'outputs', id), {
    source_type: 'RUN_OUTPUT',
    source_id: id,
    destination_type: 'MODEL_OUTPUT',
    destination_id: id,
    tags: {},
    step,
  });
}
