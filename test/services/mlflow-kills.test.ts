import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stream } from '../../src/random/index.ts';
import { findRuns } from '../../src/results/index.ts';
import { type MlflowServer, startMlflow } from '../../src/services/index.ts';
import { isWorkedOn } from '../../src/sweep/index.ts';
import { copyRun, realRun } from '../tracking/material.ts';
import { type CuttingProxy, cuttingProxy } from './cutting-proxy.ts';
import { assertKilledOnServer, assertNothingElse, assertOnServer, python, withoutMlflow } from './server.ts';

/** SESSIONLAB_KILLS=100 for the long form, SESSIONLAB_SEED=7 for other times of the kills. */
const KILLS = Number(process.env.SESSIONLAB_KILLS ?? 8);
const SEED = Number(process.env.SESSIONLAB_SEED ?? 1);

const child = fileURLToPath(new URL('sync-child.ts', import.meta.url));

type Kill = 'client' | 'server' | 'network' | 'answer';
const KINDS: readonly Kill[] = ['client', 'network', 'answer', 'client', 'server'];
const LIVE_KINDS: readonly Kill[] = ['client', 'server', 'network', 'answer'];

describe(`${KILLS} random kills with a real MLflow server`, { skip: withoutMlflow }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-kills-'));
  const random = stream(SEED, 'kills');
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  let server: MlflowServer;
  let proxy: CuttingProxy;
  let real: string;
  const options = { python, folder: join(folder, 'server') };
  before(async () => {
    [server, real] = await Promise.all([startMlflow(options), realRun(folder)]);
    proxy = await cuttingProxy(server.port);
  });
  after(async () => {
    proxy?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = (...args: readonly string[]): { process: ChildProcess; ended: Promise<void> } => {
    const started = spawn(process.execPath, ['--import', 'tsx', child, ...args], { stdio: 'ignore' });
    return { process: started, ended: new Promise((done) => started.on('exit', () => done())) };
  };

  /** Lets something bad happen while a child works; false when it was done before. */
  async function disturb(work: ReturnType<typeof start>, kind: Kill, delay: number): Promise<boolean> {
    let over = false;
    void work.ended.then(() => {
      over = true;
    });
    await Promise.race([work.ended, new Promise((done) => setTimeout(done, delay))]);
    if (over) return false;
    if (kind === 'client') work.process.kill('SIGKILL');
    if (kind === 'network') proxy.cut(between(0, 1500));
    if (kind === 'answer') proxy.swallowAnswer(Math.floor(between(0, 40)));
    if (kind === 'server') {
      await server.stop('SIGKILL');
      server = await startMlflow({ ...options, port: server.port });
    }
    await work.ended;
    return true;
  }

  it(`leaves each run once and whole, whatever is killed (seed ${SEED})`, {
    timeout: 60 * 60_000,
  }, async (t) => {
    const counts: Record<string, number> = {};
    const results = join(folder, 'results');
    for (let kills = 0, round = 1; kills < KILLS; round++) {
      assert.ok(round < 20 * KILLS, 'kills come too late again and again');
      const seed = round;
      // Every third run is one that goes on and is followed.
      const live = round % 3 === 0;
      const source = copyRun(real, join(folder, live ? 'sources' : 'results'), {
        seed,
        experiment: 'kills',
        steps: 600,
      });
      const final = join(results, ...source.split(/[\\/]/).slice(-3));
      for (let attempt = 0; attempt < 3 && kills < KILLS; attempt++) {
        const follow = live && attempt === 0;
        const work = follow
          ? start('follow', proxy.address, source, final)
          : start('sync', proxy.address, results);
        const kind = follow ? LIVE_KINDS[(round / 3 - 1) % LIVE_KINDS.length]! : KINDS[kills % KINDS.length]!;
        // From the first request to the last: the program itself takes half a second to start.
        if (await disturb(work, kind, between(500, follow ? 3500 : 2200))) {
          kills++;
          counts[kind] = (counts[kind] ?? 0) + 1;
        }
      }
      if (live) rmSync(source, { recursive: true });
    }
    const last = start('sync', proxy.address, results);
    await last.ended;
    assert.equal(last.process.exitCode, 0);
    const all = findRuns('all', results, isWorkedOn);
    // A run whose process was killed has left a journal, which may hold nothing yet.
    const killed = all.filter(
      ({ path, state }) =>
        state === 'killed' && readFileSync(join(path, 'journal.jsonl'), 'utf8').includes('\n'),
    );
    const finished = all.filter(({ state }) => state === 'finished');
    t.diagnostic(`${JSON.stringify(counts)}, ${finished.length} finished runs, ${killed.length} killed ones`);
    for (const { path } of finished) await assertOnServer(server.address, path);
    for (const { path } of killed) await assertKilledOnServer(server.address, path);
    await assertNothingElse(server.address, 'kills', finished.length + killed.length, 1);
  });
});
