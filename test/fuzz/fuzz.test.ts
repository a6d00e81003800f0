/**
 * Reads captures, and everything else that a user writes, names or may have changed, damaged with knowledge of their
 * structure: nothing may crash or hang the readers or take memory without bound, and the counts of captures add up. Two
 * thousand captures and four hundred texts with the other tests; `npm run fuzz` does a hundred thousand of each,
 * `npm run fuzz -- 1000000 7` a million with the seed 7.
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
import { checkText } from './check-text.ts';
import { corpus } from './corpus.ts';
import { fuzzCase } from './mutate.ts';
import { textCase } from './mutate-text.ts';
import { validTexts } from './texts.ts';
import type { WorkerReport, WorkerTask } from './worker.ts';

const [count, chosen] = process.argv.slice(2).map(Number);
const LONG = process.env.npm_lifecycle_event === 'fuzz' ? 100_000 : undefined;
const CASES = { captures: count ?? LONG ?? 2000, texts: count ?? LONG ?? 400 };
const SEED = chosen ?? Number(process.env.SESSIONLAB_SEED ?? 1);
/** Seconds without a new case after which a reader counts as hanging: a case takes milliseconds. */
const HANGING = 60;
/** Bytes of memory that the whole process may have, whatever the captures say. */
const MOST_MEMORY = 700e6;

type What = WorkerTask['what'];
const CASE = { captures: fuzzCase, texts: textCase } as const;

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
  it(`are read or refused, and every record is accounted for: ${CASES.captures} cases, seed ${SEED}`, async () => {
    const { cases, refused, records, assembled, sessions } = await readAll('captures');
    assert.ok(refused < 0.5 * cases && refused > 0.01 * cases);
    assert.ok(records > cases && sessions > assembled / 2);
  });
});

describe('specs, labels, manifests, runs and names that were damaged', () => {
  it('are the same for the same number and seed', () => {
    for (const number of [0, 1, 77]) assert.deepEqual(textCase(SEED, number), textCase(SEED, number));
    assert.notDeepEqual(textCase(SEED, 1).history, textCase(SEED + 1, 1).history);
  });

  it('are right before', async () => {
    for (const text of validTexts())
      assert.ok(await checkText(join(folder, 'right'), { ...text, history: [] }), text.name);
  });

  it(`are read or refused with a place and a problem: ${CASES.texts} cases, seed ${SEED}`, async () => {
    const { cases, refused } = await readAll('texts');
    assert.ok(refused < 0.9 * cases && refused > 0.3 * cases, `${refused} of ${cases} were refused`);
  });
});

/** Reads all cases in a few processes. @throws AssertionError for what went wrong */
async function readAll(what: What): Promise<Omit<WorkerReport, 'failures' | 'memory'>> {
  const threads = CASES[what] < 1000 ? 1 : Math.min(4, availableParallelism());
  const reports = await Promise.all(Array.from({ length: threads }, (_, i) => campaign(what, i, threads)));
  const sum = (key: 'cases' | 'refused' | 'records' | 'assembled' | 'sessions') =>
    reports.reduce((total, report) => total + report[key], 0);
  const [cases, refused, records] = [sum('cases'), sum('refused'), sum('records')];
  const [assembled, sessions] = [sum('assembled'), sum('sessions')];
  const memory = Math.max(...reports.map((report) => report.memory));
  if (CASES[what] > 2000) {
    const made = what === 'captures' ? `, ${records} records; of ${assembled}, ${sessions} sessions` : '';
    console.log(
      `${cases} ${what}: ${refused} refused${made}; ${Math.round(memory / 1e6)} MB of memory at most`,
    );
  }
  const failures = reports.flatMap((report) => report.failures);
  assert.deepEqual(
    failures.map(({ number, history, problem }) => `case ${number} (${history.join(', ')}): ${problem}`),
    [],
  );
  assert.equal(cases, CASES[what]);
  assert.ok(memory < MOST_MEMORY, `${memory} bytes of memory`);
  return { cases, refused, records, assembled, sessions };
}

/** Every so manieth case, in a process that can be ended when it hangs. */
function campaign(what: What, from: number, step: number): Promise<WorkerReport> {
  const task: WorkerTask = {
    ...{ what, seed: SEED, from, to: CASES[what], step },
    folder: join(folder, `${what}-${from}`),
  };
  const worker = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)), [JSON.stringify(task)], {
    execArgv: ['--import', 'tsx', '--max-old-space-size=256'],
  });
  return new Promise((resolve, reject) => {
    let at = -1;
    let report: WorkerReport | undefined;
    const told = () =>
      at < 0 ? 'before the first case' : `case ${at} (${CASE[what](SEED, at).history.join(', ')})`;
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
