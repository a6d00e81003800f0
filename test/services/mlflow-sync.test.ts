import assert from 'node:assert/strict';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createJournal, findRuns } from '../../src/results/index.ts';
import { type MlflowServer, startMlflow } from '../../src/services/index.ts';
import {
  createClient,
  createTransport,
  followInMlflow,
  followRun,
  localSettings,
  type SyncOptions,
  syncFolders,
} from '../../src/tracking/index.ts';
import { sweep, writeSpec } from '../run/sample.ts';
import { copyRun, realRun } from '../tracking/material.ts';
import {
  allRuns,
  ask,
  assertNothingElse,
  assertOnServer,
  params,
  pointsOfJournal,
  pointsOnServer,
  python,
  tags,
  withoutMlflow,
} from './server.ts';

describe('sync with a real MLflow server', { skip: withoutMlflow }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-mlflow-'));
  let server: MlflowServer;
  let real: string;
  before(async () => {
    [server, real] = await Promise.all([
      startMlflow({ python, folder: join(folder, 'server') }),
      realRun(folder),
    ]);
  });
  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function sync(name: string, results: string, options: Partial<SyncOptions> = {}) {
    const client = createClient(createTransport(localSettings(server.address)));
    try {
      return await syncFolders(
        client,
        findRuns(name, results, () => false),
        {
          restore: false,
          ...options,
        },
      );
    } finally {
      client.close();
    }
  }

  it('brings a real run to the server, everything of it, with pictures that are pictures', async () => {
    const { counts } = await sync('all', join(folder, 'real'), {});
    assert.deepEqual(counts, { same: 0, new: 1, completed: 0, replaced: 0, deleted: 0 });
    await assertOnServer(server.address, real);
    await assertNothingElse(server.address, 'small', 1, 1);
    const [run] = (await allRuns(server.address, 'small')).filter(
      (r) => tags(r)['mlflow.parentRunId'] !== undefined,
    );
    assert.equal(tags(run!)['mlflow.loggedImages'], 'True');
    const list = async (path: string) =>
      (
        (await ask(server.address, `/artifacts/list?run_id=${run!.info.run_id}&path=${path}`)).files ?? []
      ).map((f) => f.path);
    assert.deepEqual(
      (await list('figures')).filter((path) => path.includes('confusion')),
      ['figures/confusion-matrix.svg'],
    );
    const images = await list('images');
    const stepped =
      /^images\/confusion-matrix\+step\+\d+\+timestamp\+\d+\+[0-9a-f-]{36}(\+compressed\.webp|\.png)$/;
    assert.equal(images.filter((path) => stepped.test(path)).length, 2);
    const first = async (path: string) => {
      const at = run!.info.artifact_uri.replace('mlflow-artifacts:', '');
      const reply = await fetch(
        `${server.address}/api/2.0/mlflow-artifacts/artifacts${at}/${path.replaceAll('+', '%2B')}`,
      );
      return Buffer.from(await reply.arrayBuffer()).toString('latin1', 0, 12);
    };
    for (const path of images)
      assert.match(await first(path), path.endsWith('.webp') ? /^RIFF.{4}WEBP/s : /^\x89PNG/);
  });

  it('sends nothing the second time', async () => {
    const { counts, points } = await sync('all', join(folder, 'real'), {});
    assert.deepEqual([counts.same, points], [1, 0]);
    await assertNothingElse(server.address, 'small', 1, 1);
  });

  /** The parents of a sweep and what stands below them, by names. */
  async function treeOf(experiment: string) {
    const runs = (await allRuns(server.address, experiment)).filter(
      ({ info }) => info.lifecycle_stage === 'active',
    );
    const below = (id: string) => runs.filter((run) => tags(run)['mlflow.parentRunId'] === id);
    const tops = runs.filter((run) => tags(run)['mlflow.parentRunId'] === undefined);
    return tops.map((top) => ({
      top,
      cells: below(top.info.run_id)
        .map((cell) => ({
          name: tags(cell)['mlflow.runName'],
          run: cell,
          seeds: below(cell.info.run_id)
            .map((run) => params(run).seed)
            .sort(),
        }))
        .sort((a, b) => (a.name! < b.name! ? -1 : 1)),
    }));
  }
  const cells = { 'network.cell': ['gru', 'rnn'] };

  it('puts the cells of a sweep below one parent, with a table of them, however often and in whatever parts', async () => {
    const at = join(folder, 'sweep');
    const results = join(at, 'out');
    const spec = writeSpec(at, { name: 'swept', seeds: 2, sweep: cells });
    assert.equal((await sweep(spec, results)).failure, null);
    assert.equal((await sync('all', results)).counts.new, 4);
    const [tree, ...others] = await treeOf('swept');
    assert.deepEqual(others, []);
    assert.match(tags(tree!.top)['sessionlab.key']!, /^sweep\/[0-9a-f]{64}$/);
    assert.match(tags(tree!.top)['mlflow.note.content']!, /\| network\.cell=gru \| 2 \| \d\.\d{4} \|/);
    assert.equal(tree!.top.info.status, 'FINISHED');
    assert.deepEqual(
      tree!.cells.map(({ name, seeds }) => [name, ...seeds]),
      [
        ['network.cell=gru', '1', '2'],
        ['network.cell=rnn', '1', '2'],
      ],
    );
    const again = await sync('all', results);
    assert.deepEqual([again.counts.same, again.points], [4, 0]);

    // Two more runs, of which one is synced alone: nothing that is there is made anew.
    const more = await sweep(spec, results, { load: { set: ['seeds=3'] } });
    assert.equal(more.runs.filter(({ state }) => state === 'new').length, 2);
    const one = more.runs.find(({ state }) => state === 'new')!.folder;
    assert.equal((await sync(one, results)).counts.new, 1);
    assert.equal((await sync('all', results)).counts.new, 1);
    const [after, ...rest] = await treeOf('swept');
    assert.deepEqual(rest, []);
    assert.equal(after!.top.info.run_id, tree!.top.info.run_id);
    assert.deepEqual(
      after!.cells.map(({ run, seeds }) => [run.info.run_id, ...seeds]),
      tree!.cells.map(({ run }) => [run.info.run_id, '1', '2', '3']),
    );
    const points = (await pointsOnServer(server.address, after!.top)).map(([key, , step, value]) => [
      key,
      step,
      value,
    ]);
    assert.deepEqual(
      points,
      [1, 2, 3, 4, 5, 6].map((k) => ['runs/finished', k, k]),
    );
  });

  it('follows a sweep at the server that its spec names, and a sync of all completes its parents', async () => {
    const at = join(folder, 'tracked');
    const results = join(at, 'out');
    const tracking = { uri: server.address, experiment: 'tracked by spec' };
    const spec = writeSpec(at, { name: 'tracked', seeds: 2, sweep: cells, tracking });
    const named = process.env.MLFLOW_TRACKING_URI;
    delete process.env.MLFLOW_TRACKING_URI;
    try {
      const { failure, lines } = await sweep(spec, results, { follow: followInMlflow(() => undefined) });
      assert.equal(failure, null, lines.join(''));
    } finally {
      if (named !== undefined) process.env.MLFLOW_TRACKING_URI = named;
    }
    const [tree, ...others] = await treeOf('tracked by spec');
    assert.deepEqual(others, []);
    assert.deepEqual(
      tree!.cells.map(({ name, seeds }) => [name, ...seeds]),
      [
        ['network.cell=gru', '1', '2'],
        ['network.cell=rnn', '1', '2'],
      ],
    );
    const client = createClient(
      createTransport({ ...localSettings(server.address), experiment: 'tracked by spec' }),
    );
    const folders = findRuns('all', results, () => false);
    const { counts } = await syncFolders(client, folders, { restore: false }).finally(client.close);
    assert.equal(counts.new + counts.replaced, 0, JSON.stringify(counts));
    const [whole, ...more] = await treeOf('tracked by spec');
    assert.deepEqual(more, []);
    assert.equal(whole!.top.info.run_id, tree!.top.info.run_id);
    assert.equal(whole!.top.info.status, 'FINISHED');
    assert.match(tags(whole!.top)['mlflow.note.content']!, /network\.cell=rnn/);
  });

  it('puts the seeds of a spec below one parent with their means', async () => {
    const results = join(folder, 'seeds');
    const folders = [1, 2, 3].map((seed) => copyRun(real, results, { seed, experiment: 'seeds' }));
    await sync('all', results);
    for (const path of folders) await assertOnServer(server.address, path);
    await assertNothingElse(server.address, 'seeds', 3, 1);
    const parent = (await allRuns(server.address, 'seeds')).find((r) =>
      tags(r)['sessionlab.key']!.startsWith('cell/'),
    )!;
    const points = (await pointsOnServer(server.address, parent)).filter(([key]) => key === 'mean/accuracy');
    const accuracy = (seed: number) => 0.75 + seed / 1000;
    assert.deepEqual(
      points.map(([, , step, value]) => [step, value]),
      [
        [1, accuracy(1)],
        [2, (accuracy(1) + accuracy(2)) / 2],
        [3, (accuracy(1) + accuracy(2) + accuracy(3)) / 3],
      ],
    );
    assert.equal(params(parent).seed, undefined);
    assert.equal(params(parent)['network.cell'], 'gru');
  });

  it('makes a parent anew, and moves its children, when an older run turns up', async () => {
    const results = join(folder, 'older');
    copyRun(real, results, { seed: 5, experiment: 'older' });
    await sync('all', results);
    const older = copyRun(real, results, { seed: 1, experiment: 'older', later: -60_000 });
    await sync('all', results);
    await assertNothingElse(server.address, 'older', 2, 1);
    await assertOnServer(server.address, older);
    await assertOnServer(server.address, join(older, '..', '5'));
  });

  it('replaces a run whose journal is another than the one that was sent', async () => {
    const results = join(folder, 'rewritten');
    const path = copyRun(real, results, { seed: 1, experiment: 'rewritten', steps: 20 });
    await sync('all', results);
    const journal = readFileSync(join(path, 'journal.jsonl'), 'utf8');
    writeFileSync(join(path, 'journal.jsonl'), journal.replace('"loss":0.25', '"loss":0.5'));
    const { counts } = await sync('all', results);
    assert.equal(counts.replaced, 1);
    await assertOnServer(server.address, path);
    await assertNothingElse(server.address, 'rewritten', 1, 1);
  });

  it('leaves a run that somebody deleted, and brings it back when asked to', async () => {
    const results = join(folder, 'deleted');
    const path = copyRun(real, results, { seed: 1, experiment: 'deleted' });
    await sync('all', results);
    const run = (await allRuns(server.address, 'deleted')).find(
      (r) => tags(r)['mlflow.parentRunId'] !== undefined,
    )!;
    await ask(server.address, '/runs/delete', { run_id: run.info.run_id });
    assert.equal((await sync('all', results)).counts.deleted, 1);
    await assertNothingElse(server.address, 'deleted', 0, 1);
    assert.equal((await sync('all', results, { restore: true })).counts.same, 1);
    await assertOnServer(server.address, path);
  });

  it('says that somebody deleted an experiment, and brings it back when asked to', async () => {
    const results = join(folder, 'gone');
    const path = copyRun(real, results, { seed: 1, experiment: 'gone' });
    await sync('all', results);
    const { experiment } = await ask(server.address, '/experiments/get-by-name?experiment_name=gone');
    await ask(server.address, '/experiments/delete', { experiment_id: experiment.experiment_id });
    await assert.rejects(sync('all', results), /somebody deleted the experiment "gone"; .*--restore/);
    await sync('all', results, { restore: true });
    await assertOnServer(server.address, path);
  });

  it('keeps a note that somebody edited, and mends tags that somebody changed', async () => {
    const results = join(folder, 'edited');
    const path = copyRun(real, results, { seed: 1, experiment: 'edited' });
    await sync('all', results);
    const run = (await allRuns(server.address, 'edited')).find(
      (r) => tags(r)['mlflow.parentRunId'] !== undefined,
    )!;
    const id = run.info.run_id;
    const note = 'Confusion matrix: look at this one!';
    await ask(server.address, '/runs/set-tag', { run_id: id, key: 'mlflow.note.content', value: note });
    await ask(server.address, '/runs/set-tag', { run_id: id, key: 'result hash', value: 'nonsense' });
    await ask(server.address, '/runs/delete-tag', { run_id: id, key: 'sessionlab.synced' });
    const notes: string[] = [];
    await sync('all', results, { onRun: (_, outcome) => notes.push(...outcome.notes) });
    assert.deepEqual(notes, ['its note was edited by hand and stays as it is']);
    await assertOnServer(server.address, path);
    const again = (await ask(server.address, `/runs/get?run_id=${id}`)).run;
    assert.equal(tags(again)['mlflow.note.content'], note);
  });

  it('keeps one of two runs that two requests made', async () => {
    const results = join(folder, 'twice');
    const path = copyRun(real, results, { seed: 1, experiment: 'twice' });
    await sync('all', results);
    const run = (await allRuns(server.address, 'twice')).find(
      (r) => tags(r)['mlflow.parentRunId'] !== undefined,
    )!;
    const key = tags(run)['sessionlab.key'];
    await ask(server.address, '/runs/create', {
      experiment_id: run.info.experiment_id,
      start_time: run.info.start_time,
      tags: [{ key: 'sessionlab.key', value: key }],
    });
    await sync('all', results);
    await assertOnServer(server.address, path);
    await assertNothingElse(server.address, 'twice', 1, 1);
  });

  it('syncs what a killed run has left, as killed', async () => {
    const results = join(folder, 'killed');
    const path = copyRun(real, results, { seed: 1, experiment: 'killed' });
    // No process has this number: it is above what systems give.
    const partial = `${path}.partial-99999999`;
    cpSync(path, partial, { recursive: true });
    rmSync(path, { recursive: true });
    const whole = readFileSync(join(partial, 'journal.jsonl'), 'utf8').split('\n').slice(0, 4).join('\n');
    writeFileSync(join(partial, 'journal.jsonl'), whole);
    await sync('all', results);
    const run = (await allRuns(server.address, 'killed')).find(
      (r) => tags(r)['mlflow.parentRunId'] !== undefined,
    )!;
    assert.equal(run.info.status, 'KILLED');
    // The fourth line is cut off.
    assert.deepEqual(
      (await pointsOnServer(server.address, run)).map(([key, , step]) => `${key} ${step}`),
      [
        'train/accuracy 1',
        'train/accuracy 2',
        'train/gradientNorm 1',
        'train/gradientNorm 2',
        'train/learningRate 1',
        'train/learningRate 2',
        'train/loss 1',
        'train/loss 2',
      ],
    );
  });

  it('follows a run while it goes on, and has everything when it ends', async () => {
    const results = join(folder, 'live');
    const final = copyRun(real, results, { seed: 1, experiment: 'live', steps: 300 });
    const lines = readFileSync(join(final, 'journal.jsonl'), 'utf8').split('\n').slice(0, -1);
    const partial = `${final}.partial-${process.pid}`;
    cpSync(final, partial, { recursive: true });
    rmSync(final, { recursive: true });
    rmSync(join(partial, 'journal.jsonl'));
    const said: string[] = [];
    const settings = localSettings(server.address);
    const follower = followRun({
      settings,
      folder: partial,
      final,
      spec: null,
      sweep: null,
      say: (line) => said.push(line),
      interval: 50,
    });
    let halfway = 0;
    for (const [i, line] of lines.entries()) {
      appendFileSync(join(partial, 'journal.jsonl'), `${line}\n`);
      if (i % 10 === 0) await new Promise((done) => setTimeout(done, 15));
      if (i === 200) {
        await new Promise((done) => setTimeout(done, 1500));
        const run = (await allRuns(server.address, 'live')).find(
          (r) => tags(r)['mlflow.parentRunId'] !== undefined,
        )!;
        assert.equal(run.info.status, 'RUNNING');
        halfway = (await pointsOnServer(server.address, run)).length;
      }
    }
    cpSync(partial, final, { recursive: true });
    rmSync(partial, { recursive: true });
    await follower.end({ kind: 'finished', folder: final }, 60_000);
    assert.equal(halfway, 4 * 200);
    assert.deepEqual(said, []);
    await assertOnServer(server.address, final);
    await assertNothingElse(server.address, 'live', 1, 1);
    assert.equal((await sync('all', results)).counts.same, 1);
  });

  it('marks a run that failed, with all its points, before its folder is gone', async () => {
    const partial = join(folder, 'failing', 'abc', '1.partial-1');
    const source = copyRun(real, join(folder, 'failing-source'), { seed: 1, experiment: 'failing' });
    cpSync(source, partial, { recursive: true });
    const settings = localSettings(server.address);
    const follower = followRun({
      settings,
      folder: partial,
      final: join(folder, 'none'),
      spec: null,
      sweep: null,
      say: assert.fail,
      interval: 50,
    });
    await follower.end({ kind: 'failed' }, 60_000);
    const run = (await allRuns(server.address, 'failing')).find(
      (r) => tags(r)['mlflow.parentRunId'] !== undefined,
    )!;
    assert.equal(run.info.status, 'FAILED');
    assert.deepEqual(await pointsOnServer(server.address, run), pointsOfJournal(partial, false));
  });

  it('never harms a run when there is no server: it says so once, and what to do', async () => {
    const partial = join(folder, 'alone', 'abc', '1.partial-1');
    const final = copyRun(real, join(folder, 'alone-final'), { seed: 1, experiment: 'alone' });
    cpSync(final, partial, { recursive: true });
    rmSync(join(partial, 'journal.jsonl'));
    const journal = createJournal(join(partial, 'journal.jsonl'));
    const said: string[] = [];
    const options = {
      folder: partial,
      final: join(folder, 'none'),
      spec: null,
      sweep: null,
      interval: 20,
    };
    const follower = followRun({
      ...options,
      settings: localSettings('http://127.0.0.1:9'),
      say: (line) => said.push(line),
    });
    journal.append({
      type: 'begin',
      experiment: 'alone',
      specHash: 'ab',
      seed: 1,
      epochs: 1,
      stepsPerEpoch: 1,
    });
    await new Promise((done) => setTimeout(done, 300));
    const began = performance.now();
    await follower.end({ kind: 'finished', folder: final }, 1000);
    journal.close();
    assert.ok(performance.now() - began < 5000);
    assert.equal(said.length, 2);
    assert.match(said[0]!, /connection refused.*the run goes on, its journal keeps everything/);
    assert.match(said[1]!, /; nothing is lost: `sessionlab mlflow sync` sends the rest$/);
  });
});
