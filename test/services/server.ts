/** What tests with real services need: where they are, and what a server says when it is asked without our client. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Set by `npm run test:services`. */
export const python = process.env.SESSIONLAB_TEST_PYTHON ?? '';
export const chromium = process.env.SESSIONLAB_TEST_CHROMIUM ?? '';

/** For the options of a test: a reason to skip it, or false. */
export const withoutMlflow = python === '' ? 'needs a real MLflow: npm run test:services' : false;
export const withoutChromium =
  python === '' || chromium === '' ? 'needs MLflow and Chromium: npm run test:services' : false;

interface Pair {
  readonly key: string;
  readonly value: string;
}
export interface ServerRun {
  readonly info: {
    readonly run_id: string;
    readonly experiment_id: string;
    readonly status: string;
    readonly start_time: number;
    readonly end_time?: number;
    readonly artifact_uri: string;
    readonly lifecycle_stage: string;
  };
  readonly data: {
    readonly metrics?: readonly ServerPoint[];
    readonly params?: readonly Pair[];
    readonly tags?: readonly Pair[];
  };
  readonly inputs: { readonly dataset_inputs?: readonly { readonly dataset: { readonly digest: string } }[] };
  readonly outputs: { readonly model_outputs?: readonly { readonly model_id: string }[] };
}
interface ServerPoint extends Pick<Pair, 'key'> {
  readonly value: number;
  readonly timestamp: number;
  readonly step: number;
}
/** What of all answers is looked at. */
interface Answer {
  readonly experiment: { readonly experiment_id: string };
  readonly run: ServerRun;
  readonly runs?: readonly ServerRun[];
  readonly metrics?: readonly ServerPoint[];
  readonly files?: readonly { readonly path: string; readonly is_dir: boolean }[];
  readonly models: readonly {
    readonly info: { readonly model_id: string; readonly status: string; readonly artifact_uri: string };
  }[];
  readonly next_page_token?: string;
}
/** What of a results folder is compared. */
interface Line {
  readonly type: string;
  readonly time: string;
  readonly step: number;
  readonly epoch: number;
  readonly memory: number;
  readonly cpu: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
  readonly metrics: Readonly<Record<string, number | null>>;
  readonly specHash: string;
  readonly seed: number;
  readonly experiment: string;
}
interface RunJson {
  readonly resultHash: string;
  readonly specHash: string;
  readonly finished: string;
  readonly durations: Readonly<Record<string, number>>;
  readonly training: { readonly steps: number };
  readonly code: { readonly source: string };
  readonly data: { readonly files: readonly { readonly sha256: string }[] };
}

/** Asks the server, past our client. */
export async function ask(address: string, path: string, body?: object): Promise<Answer> {
  const reply = await fetch(`${address}/api/2.0/mlflow${path}`, {
    ...(body === undefined
      ? {}
      : { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await reply.text();
  assert.ok(reply.ok, `${path}: ${reply.status} ${text.slice(0, 300)}`);
  return JSON.parse(text) as Answer;
}

/** All runs of an experiment, also deleted ones. */
export async function allRuns(address: string, experiment: string): Promise<readonly ServerRun[]> {
  const found = await ask(
    address,
    `/experiments/get-by-name?experiment_name=${encodeURIComponent(experiment)}`,
  );
  const reply = await ask(address, '/runs/search', {
    experiment_ids: [found.experiment.experiment_id],
    run_view_type: 'ALL',
    max_results: 5000,
  });
  return reply.runs ?? [];
}

export const tags = (run: ServerRun): Readonly<Record<string, string>> =>
  Object.fromEntries((run.data.tags ?? []).map(({ key, value }) => [key, value]));
export const params = (run: ServerRun): Readonly<Record<string, string>> =>
  Object.fromEntries((run.data.params ?? []).map(({ key, value }) => [key, value]));

type Point = readonly [key: string, timestamp: number, step: number, value: number];
const order = (a: Point, b: Point) => (a.join() < b.join() ? -1 : 1);

/** The points that a journal means, spelt out once more, independently of the code under test. */
export function pointsOfJournal(folder: string, durations = true): readonly Point[] {
  const points: Point[] = [];
  for (const text of readFileSync(join(folder, 'journal.jsonl'), 'utf8').split('\n').slice(0, -1)) {
    const line = JSON.parse(text) as Line;
    const add = (key: string, value: number | null) => {
      if (value !== null) points.push([key, Date.parse(line.time), line.step, value]);
    };
    if (line.type === 'step') {
      add('train/loss', line.loss);
      add('train/accuracy', line.accuracy);
      add('train/gradientNorm', line.gradientNorm);
      add('train/learningRate', line.learningRate);
    } else if (line.type === 'epoch') {
      add('epoch/number', line.epoch);
      add('epoch/loss', line.loss);
      add('epoch/accuracy', line.accuracy);
    } else if (line.type === 'system') {
      add('system/memory MB', line.memory / 1e6);
      add('system/CPU share', line.cpu);
    } else if (line.type === 'validation') {
      add('validation/loss', line.loss);
      add('validation/accuracy', line.accuracy);
    } else if (line.type === 'test') {
      for (const [name, value] of Object.entries(line.metrics)) add(`test/${name}`, value);
    } else if (line.type === 'assessment') {
      for (const [name, value] of Object.entries(line.metrics))
        add(`assessment/${name.replace(/[^\w.\- ]/g, '_')}`, value);
    }
  }
  if (durations) {
    const record = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunJson;
    for (const [name, ms] of Object.entries(record.durations))
      points.push([`seconds/${name}`, Date.parse(record.finished), record.training.steps, ms / 1000]);
  }
  return points.sort(order);
}

/** All points of a run on the server. */
export async function pointsOnServer(address: string, run: ServerRun): Promise<readonly Point[]> {
  const points: Point[] = [];
  for (const { key } of run.data.metrics ?? []) {
    for (let token = ''; ; ) {
      const query = `run_id=${run.info.run_id}&metric_key=${encodeURIComponent(key)}&max_results=10000${token === '' ? '' : `&page_token=${token}`}`;
      const reply = await ask(address, `/metrics/get-history?${query}`);
      for (const point of reply.metrics ?? [])
        points.push([point.key, point.timestamp, point.step, point.value]);
      token = reply.next_page_token ?? '';
      if (token === '') break;
    }
  }
  return points.sort(order);
}

/** All files of a run's artifacts with their SHA-256. */
export async function artifactsOnServer(
  address: string,
  runId: string,
  root: string,
): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const walk = async (folder: string) => {
    const reply = await ask(
      address,
      `/artifacts/list?run_id=${runId}${folder === '' ? '' : `&path=${encodeURIComponent(folder)}`}`,
    );
    for (const { path, is_dir: isFolder } of reply.files ?? []) {
      if (isFolder) await walk(path);
      else files[path] = await artifactHash(address, root, path);
    }
  };
  await walk('');
  return files;
}

export async function artifactHash(address: string, root: string, path: string): Promise<string> {
  const at = root.replace('mlflow-artifacts:', '');
  const url = `${address}/api/2.0/mlflow-artifacts/artifacts${at}/${path.split('/').map(encodeURIComponent).join('/')}`;
  const reply = await fetch(url);
  assert.ok(reply.ok, `${path}: ${reply.status}`);
  return sha256(Buffer.from(await reply.arrayBuffer()));
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** What was begun and given up by us, and is deleted with a mark. */
const isGivenUp = (run: ServerRun) =>
  /^(duplicate|replaced)\//.test(tags(run)['sessionlab.key'] ?? '') && run.info.lifecycle_stage === 'deleted';

/** What the UI opens as tables, in its order. */
const TABLES = [
  'confusion-matrix',
  'kinds',
  'intervals',
  'baselines',
  'applications',
  'pairs',
  'fixed-false-positive-rates',
  'reliability',
].map((name) => `tables/${name}.json`);

/**
 * Compares everything that the server has of a finished run with its folder: that it is there once, every point, parameter,
 * tag, input, file and model.
 */
export async function assertOnServer(address: string, folder: string): Promise<void> {
  const journal = readFileSync(join(folder, 'journal.jsonl'), 'utf8');
  const begin = JSON.parse(journal.slice(0, journal.indexOf('\n'))) as Line;
  const record = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as RunJson;
  const key = `${begin.specHash}/${begin.seed}/${begin.time}`;
  const runs = (await allRuns(address, begin.experiment)).filter((run) => !isGivenUp(run));
  const mine = runs.filter((run) => tags(run)['sessionlab.key'] === key);
  assert.equal(mine.length, 1, `${folder}: ${mine.length} runs`);
  const run = mine[0]!;
  const { info } = run;
  assert.equal(info.lifecycle_stage, 'active');
  assert.equal(info.status, 'FINISHED');
  assert.equal(info.start_time, Date.parse(begin.time));
  assert.equal(info.end_time, Date.parse(record.finished));

  assert.deepEqual(await pointsOnServer(address, run), pointsOfJournal(folder));

  assert.equal(params(run).seed, String(begin.seed));
  assert.equal(params(run)['network.cell'], 'gru');
  assert.equal(params(run)['network.packet.units'], '5');
  const found = tags(run);
  assert.equal(found['result hash'], record.resultHash);
  assert.equal(found['spec hash'], record.specHash);
  assert.equal(found['code hash'], record.code.source);
  assert.equal(found['undefined rates'], undefinedRates(journal));
  assert.match(found['mlflow.note.content'] ?? '', /Confusion matrix/);
  assert.deepEqual(
    JSON.parse(found['mlflow.loggedArtifacts']!),
    TABLES.map((path) => ({ path, type: 'table' })),
  );
  const parents = runs.filter(({ info: { run_id: id } }) => id === found['mlflow.parentRunId']);
  assert.equal(parents.length, 1);
  assert.equal(tags(parents[0]!)['sessionlab.key'], `cell/${begin.specHash}`);

  const inputs = run.inputs.dataset_inputs ?? [];
  assert.deepEqual(
    inputs.map(({ dataset }) => dataset.digest),
    record.data.files.map((file) => file.sha256.slice(0, 32)),
  );

  const files = await artifactsOnServer(address, info.run_id, info.artifact_uri);
  const names = readdirSync(folder).filter((name) => name !== 'weights.safetensors');
  for (const name of names) assert.equal(files[name], sha256(readFileSync(join(folder, name))), name);
  const others = Object.keys(files).filter(
    (path) => !names.includes(path) && !/^(figures|images)\//.test(path),
  );
  assert.deepEqual(others.sort(), TABLES.toSorted());

  const models = await ask(address, '/logged-models/search', {
    experiment_ids: [info.experiment_id],
    filter: `source_run_id = '${info.run_id}'`,
  });
  assert.equal(models.models.length, 1, 'one model');
  const model = models.models[0]!.info;
  assert.equal(model.status, 'LOGGED_MODEL_READY');
  assert.deepEqual(
    (run.outputs.model_outputs ?? []).map((output) => output.model_id),
    [model.model_id],
  );
  const weights = await artifactHash(address, model.artifact_uri, 'weights.safetensors');
  assert.equal(weights, sha256(readFileSync(join(folder, 'weights.safetensors'))));
}

/** Compares what the server has of a run whose process was killed: once, killed, with every point of its journal. */
export async function assertKilledOnServer(address: string, folder: string): Promise<void> {
  const journal = readFileSync(join(folder, 'journal.jsonl'), 'utf8');
  const begin = JSON.parse(journal.slice(0, journal.indexOf('\n'))) as Line;
  const key = `${begin.specHash}/${begin.seed}/${begin.time}`;
  const runs = (await allRuns(address, begin.experiment)).filter(
    (run) => tags(run)['sessionlab.key'] === key,
  );
  assert.equal(runs.length, 1, `${folder}: ${runs.length} runs`);
  assert.equal(runs[0]!.info.status, 'KILLED');
  assert.deepEqual(await pointsOnServer(address, runs[0]!), pointsOfJournal(folder, false));
}

/** Names of rates that the journal has as null. */
function undefinedRates(journal: string): string | undefined {
  const tests = journal.split('\n').filter((line) => /"type":"(test|assessment)"/.test(line));
  const names = tests.flatMap((line) =>
    Object.entries((JSON.parse(line) as Line).metrics).filter(([, value]) => value === null),
  );
  return names.length === 0 ? undefined : [...new Set(names.map(([name]) => name))].join(', ');
}

/** Nothing is active that is not a run of these folders or their parent. */
export async function assertNothingElse(
  address: string,
  experiment: string,
  runs: number,
  cells: number,
): Promise<void> {
  const active = (await allRuns(address, experiment)).filter(({ info }) => info.lifecycle_stage === 'active');
  const isCell = (run: ServerRun) => (tags(run)['sessionlab.key'] ?? '').startsWith('cell/');
  assert.equal(active.filter(isCell).length, cells, 'parents');
  assert.equal(active.length - active.filter(isCell).length, runs, 'runs');
}
