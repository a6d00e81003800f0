/**
 * Reads captures that were damaged with knowledge of their structure: none may crash or hang the readers, take memory
 * without bound, or have counts that do not add up. Two thousand cases with the other tests; `npm run fuzz` does a
 * hundred thousand, `npm run fuzz -- 1000000 7` a million with the seed 7.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../capture/build.ts';
import { check } from './check.ts';
import { corpus } from './corpus.ts';
import { fuzzCase } from './mutate.ts';
import type { WorkerReport, WorkerTask } from './worker.ts';

const [count, chosen] = process.argv.slice(2).map(Number);
const CASES = count ?? (process.env.npm_lifecycle_event === 'fuzz' ? 100_000 : 2000);
const SEED = chosen ?? 1;
/** Seconds without a new case after which a reader counts as hanging: a case takes milliseconds. */
const HANGING = 60;
/** Bytes of memory that the whole process may have, whatever the captures say. */
const MOST_MEMORY = 700e6;

const folder = temporaryFolder();

describe('the corpus', () => {
  it('is what its generator makes', () => {
    const files = new URL('./corpus/', import.meta.url);
    assert.deepEqual(
      readdirSync(files).sort(),
      corpus().map(([name]) => name),
    );
    for (const [name, bytes] of corpus()) {
      if (name.endsWith('.gz')) continue; // zlib may pack it otherwise
      assert.deepEqual(new Uint8Array(readFileSync(new URL(name, files))), bytes, name);
    }
  });

  it('is read, and nearly all of it makes sessions', async () => {
    let without = 0;
    for (const name of readdirSync(new URL('./corpus/', import.meta.url))) {
      const path = new URL(`./corpus/${name}`, import.meta.url).pathname;
      for (const tunnels of ['outer', 'inner'] as const) {
        const { records, sessions } = await check(path, { tunnels, maxPackets: 8, idleTimeout: null }, true);
        assert.ok(records !== null, name);
        if (sessions === 0) without++;
      }
    }
    assert.ok(without <= 8, `${without} without sessions`);
  });
});

describe('mutations', () => {
  it('are the same for the same number and seed', () => {
    for (const number of [0, 1, 77]) assert.deepEqual(fuzzCase(SEED, number), fuzzCase(SEED, number));
    assert.notDeepEqual(fuzzCase(SEED, 1).bytes, fuzzCase(SEED + 1, 1).bytes);
  });
});

describe('captures that were damaged', () => {
  it(`are read or refused, and every record is accounted for: ${CASES} cases, seed ${SEED}`, async () => {
    const threads = CASES < 1000 ? 1 : Math.min(4, availableParallelism());
    const reports = await Promise.all(Array.from({ length: threads }, (_, i) => campaign(i, threads)));
    const sum = (key: 'cases' | 'refused' | 'records' | 'assembled' | 'sessions') =>
      reports.reduce((total, report) => total + report[key], 0);
    const memory = Math.max(...reports.map((report) => report.memory));
    if (CASES > 2000)
      console.log(
        `${sum('cases')} cases: ${sum('refused')} refused, ${sum('records')} records; of ${sum('assembled')}, ${sum('sessions')} sessions; ${Math.round(memory / 1e6)} MB of memory at most`,
      );
    const failures = reports.flatMap((report) => report.failures);
    assert.deepEqual(
      failures.map(({ number, history, problem }) => `case ${number} (${history.join(', ')}): ${problem}`),
      [],
    );
    assert.equal(sum('cases'), CASES);
    assert.ok(sum('refused') < 0.5 * CASES && sum('refused') > 0.01 * CASES);
    assert.ok(sum('records') > CASES && sum('sessions') > sum('assembled') / 2);
    assert.ok(memory < MOST_MEMORY, `${memory} bytes of memory`);
  });
});

/** Every so manieth case, in a process that can be ended when it hangs. */
function campaign(from: number, step: number): Promise<WorkerReport> {
  const task: WorkerTask = { seed: SEED, from, to: CASES, step, path: join(folder, `${from}.pcap`) };
  const worker = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), [JSON.stringify(task)], {
    execArgv: ['--import', 'tsx', '--max-old-space-size=256'],
  });
  return new Promise((resolve, reject) => {
    let at = -1;
    let report: WorkerReport | undefined;
    const told = () =>
      at < 0 ? 'before the first case' : `case ${at} (${fuzzCase(SEED, at).history.join(', ')})`;
    const hangs = () => {
      worker.kill('SIGKILL');
      reject(new Error(`it hangs: ${told()}`));
    };
    let watch = setTimeout(hangs, HANGING * 1000);
    worker.on('message', (message: number | WorkerReport) => {
      if (typeof message !== 'number') {
        report = message;
        return;
      }
      at = message;
      clearTimeout(watch);
      watch = setTimeout(hangs, HANGING * 1000);
    });
    worker.on('exit', (code, signal) => {
      clearTimeout(watch);
      if (report !== undefined) resolve(report);
      else reject(new Error(`the process ended with ${code ?? signal}: ${told()}`));
    });
  });
}
