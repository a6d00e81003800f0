import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort, type MlflowServer, startMlflow } from '../../src/services/index.ts';
import { allRuns, artifactHash, params, python, sha256, tags, withoutMlflow } from './server.ts';

const program = fileURLToPath(new URL('../../src/sessionlab.mjs', import.meta.url));

/** The metrics of a run as its page shows them. */
const values = (run: Awaited<ReturnType<typeof allRuns>>[number]) =>
  new Map((run.data.metrics ?? []).map(({ key, value }) => [key, value]));

describe('benchmarks in MLflow', { skip: withoutMlflow }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-bench-'));
  const file = (name: string) => join(folder, name);
  let server: MlflowServer;
  before(async () => {
    server = await startMlflow({ python, folder: file('server') });
  });
  after(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Not synchronously: connections that the server closes meanwhile would be taken for open ones. */
  async function sessionlab(args: readonly string[], uri: string) {
    const env = { ...process.env, MLFLOW_TRACKING_URI: uri, MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0' };
    const child = spawn(process.execPath, [program, ...args], { env });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const status = await new Promise<number | null>((done) => child.on('close', done));
    return { status, stdout, stderr };
  }
  const bench = (out: string, uri: string, ...more: readonly string[]) =>
    sessionlab(['bench', 'session', 'encode', '--quick', '--out', file(out), ...more], uri);

  it('are measured and kept where there is no server, which is said with how to send them', async () => {
    const unset = await bench('first.json', '', '--mlflow');
    assert.equal(unset.status, 0, unset.stderr);
    assert.match(
      unset.stderr,
      /MLFLOW_TRACKING_URI is not set; `sessionlab mlflow bench .*first\.json` sends/,
    );
    const gone = await bench('gone.json', `http://127.0.0.1:${await freePort()}`, '--mlflow');
    assert.equal(gone.status, 0, gone.stderr);
    assert.match(gone.stderr, /`sessionlab mlflow bench .*gone\.json` sends it later/);
    assert.doesNotMatch(gone.stderr, /^\s+at /m);
    const wrong = await bench('wrong.json', 'sqlite:///here', '--mlflow');
    assert.equal(wrong.status, 2);
    assert.throws(
      () => readFileSync(file('wrong.json')),
      'nothing is measured for an address that cannot be',
    );
  });

  it('are a run a suite with percentiles, machine, baseline and ratio', async () => {
    const { stderr } = await bench(
      'second.json',
      server.address,
      '--mlflow',
      '--baseline',
      file('first.json'),
    );
    assert.match(stderr, /mlflow: 2 runs at http/);
    const report = JSON.parse(readFileSync(file('second.json'), 'utf8'));
    const before = JSON.parse(readFileSync(file('first.json'), 'utf8'));
    const runs = await allRuns(server.address, 'sessionlab bench');
    assert.deepEqual(runs.map((run) => tags(run).suite).sort(), ['encode', 'session']);
    for (const run of runs) {
      const shown = values(run);
      const mine = report.measurements.filter((m: { suite: string }) => m.suite === tags(run).suite);
      assert.ok(mine.length > 0);
      for (const m of mine) {
        const key = (what: string) => `${m.name.replaceAll(',', '')}/${what}`;
        for (const name of ['min', 'p5', 'p25', 'median', 'p75', 'p95', 'p99', 'max'])
          assert.equal(shown.get(key(`${name} ${m.unit}`)), m[name], `${m.name}, ${name}`);
        const then = before.measurements.find((other: { name: string }) => other.name === m.name);
        assert.equal(shown.get(key('ratio')), m.median / then.median);
        const baseline = shown.get(key(`baseline ${m.unit}`))!;
        assert.ok(Math.abs(baseline / then.median - 1) < 1e-12);
      }
      assert.ok(tags(run).machine!.includes(report.machine.cpu));
      assert.match(tags(run).baseline!, /^first\.json, /);
      assert.equal(params(run).quick, 'true');
      assert.equal(run.info.status, 'FINISHED');
      assert.equal(run.info.start_time, Date.parse(report.date));
      assert.equal(
        await artifactHash(server.address, run.info.artifact_uri, 'second.json'),
        sha256(readFileSync(file('second.json'))),
      );
    }
  });

  it('are there once, however often and from wherever they are sent', async () => {
    const send = (...names: readonly string[]) =>
      sessionlab(['mlflow', 'bench', ...names.map(file)], server.address);
    assert.match((await send('second.json')).stdout, /^0 suites sent, 2 there already/);
    assert.match((await send('first.json', 'second.json')).stdout, /^2 suites sent, 2 there already/);
    assert.match((await send('first.json', 'second.json')).stdout, /^0 suites sent, 4 there already/);
    assert.equal((await allRuns(server.address, 'sessionlab bench')).length, 4);
  });

  it('that are none are refused with what was expected', async () => {
    writeFileSync(file('other.json'), '{"format": "other"}');
    const { status, stderr } = await sessionlab(['mlflow', 'bench', file('other.json')], server.address);
    assert.equal(status, 3);
    assert.match(stderr, /other\.json: \/format: got "other", expected "sessionlab-bench-1"/);
  });

  it('of the peers are a run with the ratio to the best of them', async () => {
    const { machine, code } = JSON.parse(readFileSync(file('first.json'), 'utf8'));
    const rates = (median: number) => ({ batch: 64, median, min: median / 2, max: 2 * median, windows: [] });
    const outcome = (id: string, median: number) => ({
      ...{ id, title: `the ${id}`, versions: {}, notes: [], calibration: [] },
      ...{ difference: { loss: 0, steps: 1 }, train: rates(median), infer: rates(3 * median) },
    });
    const report = {
      ...{ format: 'sessionlab peers 1', date: '2026-01-02T03:04:05.000Z', machine, code },
      ...{ threads: 2, rounds: 5, seconds: 4, loadBefore: null, left: [] },
      material: {
        description: 'synthetic',
        sessions: 9,
        meanPackets: 3,
        meanTokens: 20,
        work: [],
      },
      outcomes: [outcome('sessionlab', 300), outcome('slow', 100), outcome('quick', 200)],
    };
    writeFileSync(file('peers.json'), JSON.stringify(report));
    const { stdout, stderr } = await sessionlab(['mlflow', 'bench', file('peers.json')], server.address);
    assert.match(stdout, /^1 suite sent/, stderr);
    const [run] = await allRuns(server.address, 'sessionlab bench peers');
    const shown = values(run!);
    assert.equal(shown.get('train/ratio to the best peer'), 1.5);
    assert.equal(shown.get('infer/quick/median sessions per s'), 600);
    assert.equal(tags(run!)['best peer train'], 'the quick');
  });
});
