import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { readJournal } from '../../src/results/index.ts';
import { codeFacts } from '../../src/results/provenance.ts';
import { loadSweep } from '../../src/spec/index.ts';
import { failures, noteFailure } from '../../src/sweep/failures.ts';
import { ownersIn } from '../../src/sweep/run-lock.ts';
import { artefacts, filesBelow, sweep, temporaryFolder, writeSpec } from '../run/sample.ts';
import { sessionlab } from '../support/command.ts';

const root = temporaryFolder();
const program = fileURLToPath(new URL('../../src/sessionlab.mjs', import.meta.url));
const windows = process.platform === 'win32';

interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<number | string | null>;
  readonly printed: { out: string; err: string };
}

function start(...args: readonly string[]): Started {
  const started = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { out: '', err: '' };
  started.stdout.on('data', (bytes) => {
    printed.out += bytes;
  });
  started.stderr.on('data', (bytes) => {
    printed.err += bytes;
  });
  return {
    process: started,
    printed,
    ended: once(started, 'close').then(([code, signal]) => code ?? signal),
  };
}

const cells = { 'network.packet.units': [3, 4], 'network.cell': ['gru', 'rnn'] };
/** Of the sweep, with its two seeds. */
const RUNS = 8;
const training = { epochs: 6, batch: 16 };
const spec = writeSpec(join(root, 'spec'), {
  ...{ seeds: 2, training, sweep: cells },
  evaluation: { baselines: false },
});
const isTold = (line: string) => /^\d+\/8 {2}/.test(line);
const whole = sweep(spec, join(root, 'alone'));

const runsIn = (out: string) =>
  Object.fromEntries(
    filesBelow(join(out, 'small'))
      .filter((file) => file.endsWith('/run.json') && !file.includes('partial'))
      .map((file) => [file, artefacts(join(out, 'small', file, '..'))]),
  );

async function assertWhole(out: string): Promise<void> {
  await whole;
  assert.deepEqual(runsIn(out), runsIn(join(root, 'alone')));
  assert.deepEqual(
    filesBelow(join(out, 'small')).filter((file) => !/^[0-9a-f]{12}\/\d+\/[a-z.]+$/.test(file)),
    [],
  );
  assert.deepEqual(
    existsSync(join(out, 'small', '.locks')) ? readdirSync(join(out, 'small', '.locks')) : [],
    [],
  );
}

const until = async (what: () => boolean): Promise<void> => {
  for (let waited = 0; !what(); waited += 50) {
    assert.ok(waited < 60_000, 'never happened');
    await sleep(50);
  }
};

describe('workers', { skip: windows && 'there are no signals on Windows' }, () => {
  it('do every run of a sweep once, to the same files as one process alone', async () => {
    const out = join(root, 'workers');
    const { failure, runs, lines } = await sweep(spec, out, { workers: 3 });
    assert.equal(failure, null, lines.join(''));
    assert.deepEqual(new Set(runs.map(({ state }) => state)), new Set(['new']));
    assert.equal(lines.filter(isTold).length, RUNS);
    await assertWhole(out);
  });

  it('of several commands that know nothing of each other do no run twice', async () => {
    const out = join(root, 'several');
    const all = [1, 2, 3].map(() => start('sweep', spec, '--out', out, '--threads', '1', '--json'));
    for (const { ended, printed } of all) assert.equal(await ended, 0, printed.err);
    const states = all.flatMap(({ printed }) =>
      (JSON.parse(printed.out).runs as { state: string }[]).map(({ state }) => state),
    );
    assert.equal(states.filter((state) => state === 'new').length, RUNS);
    assert.equal(states.filter((state) => state === 'kept').length, 2 * RUNS);
    await assertWhole(out);
  });

  it('that are killed with everything else are gone on for by the same command', async () => {
    const out = join(root, 'killed');
    const first = start('sweep', spec, '--out', out, '--workers', '2', '--threads', '1', '--checkpoint', '1');
    await until(() => filesBelow(out).some((file) => file.endsWith('.checkpoint')));
    const pids = workersOf(out);
    assert.ok(pids.length > 0);
    for (const pid of [first.process.pid!, ...pids]) process.kill(pid, 'SIGKILL');
    assert.equal(await first.ended, 'SIGKILL');
    const second = start('sweep', spec, '--out', out, '--threads', '1');
    assert.equal(await second.ended, 0, second.printed.err);
    await assertWhole(out);
    for (const file of filesBelow(out).filter((name) => name.endsWith('journal.jsonl')))
      assert.equal(readJournal(join(out, file)).lines.filter(({ type }) => type === 'begin').length, 1);
  });

  it('repeat each run once when they are asked to, and find the same', async () => {
    const out = join(root, 'again');
    assert.equal((await sweep(spec, out)).failure, null);
    const before = runsIn(out);
    const { failure, runs, lines } = await sweep(spec, out, { workers: 2, again: true });
    assert.equal(failure, null, lines.join(''));
    assert.deepEqual(new Set(runs.map(({ state }) => state)), new Set(['new']));
    const told = lines.filter(isTold);
    assert.equal(told.length, RUNS, lines.join(''));
    assert.ok(told.every((line) => !/differs/.test(line)));
    assert.deepEqual(runsIn(out), before);
  });

  it('have a successor when one is killed', async () => {
    const out = join(root, 'successor');
    const command = start(
      'sweep',
      spec,
      '--out',
      out,
      '--workers',
      '2',
      '--threads',
      '1',
      '--checkpoint',
      '1',
    );
    await until(() => workersOf(out).length > 0);
    process.kill(workersOf(out)[0]!, 'SIGKILL');
    assert.equal(await command.ended, 0, command.printed.err);
    assert.match(
      command.printed.err,
      /warning: worker \d was killed by SIGKILL; another goes on where it was/,
    );
    await assertWhole(out);
  });
});

/** Processes that hold a lock, and are alive. */
function workersOf(out: string): readonly number[] {
  return [...ownersIn(join(out, 'small')).values()].map(({ pid }) => pid);
}

describe('a sweep under way', { skip: windows && 'there are no signals on Windows' }, () => {
  const at = join(root, 'long');
  const long = writeSpec(at, {
    training: { epochs: 100_000, batch: 16 },
    sweep: { 'network.cell': ['gru', 'rnn'] },
  });
  const out = join(at, 'out');

  it('is seen by status, stopped by cancel after a checkpoint, and seen as open', async () => {
    const running = start('sweep', long, '--out', out, '--workers', '2', '--threads', '1');
    // The first heartbeat says how far it is.
    await until(() => filesBelow(out).some((file) => file.endsWith('.checkpoint')));
    const seen = await sessionlab(['status', long, '--out', out, '--json']);
    assert.equal(seen.status, 0, seen.stderr);
    const { counts, runs } = JSON.parse(seen.stdout);
    assert.equal(counts.done + counts.running + counts.failed + counts.open, 2);
    assert.ok(counts.running > 0);
    assert.equal(typeof runs.find(({ state }: { state: string }) => state === 'running').pid, 'number');
    const cell = ['--set', 'sweep={}', '--set', 'network.cell=gru'];
    const held = await sessionlab(['run', long, '--out', out, ...cell]);
    assert.equal(held.status, 4, held.stderr);
    assert.match(held.stderr, /process \d+ works on this run since .*; wait for it, or stop it/);
    const cancel = await sessionlab(['cancel', long, '--out', out]);
    assert.equal(cancel.status, 0, cancel.stderr);
    assert.match(cancel.stdout, /asked to stop/);
    assert.equal(await running.ended, 130, running.printed.err);
    assert.match(running.printed.err, /interrupted: stopped at .*the same command goes on from there/);
    const after = await sessionlab(['status', long, '--out', out]);
    assert.equal(after.stdout, '0 of 2 runs done, 0 under way, 0 failed, 2 open\n');
  });

  it('is stopped by cancel where it is that of a spec without a sweep, too', async () => {
    const alone = writeSpec(join(at, 'alone'), { training: { epochs: 100_000, batch: 16 } });
    const running = start('run', alone, '--out', out, '--threads', '1');
    await until(() => workersOf(out).length > 0);
    const cancel = await sessionlab(['cancel', alone, '--out', out]);
    assert.match(cancel.stdout, /1 run is asked to stop/);
    assert.equal(await running.ended, 130, running.printed.err);
    assert.match(
      running.printed.err,
      /interrupted: stopped in seed 1; the same command goes on from there\n$/,
    );
  });

  it('hears Ctrl-C, and its workers with it', async () => {
    const running = start('sweep', long, '--out', out, '--workers', '2', '--threads', '1');
    await until(() => workersOf(out).length > 0);
    running.process.kill('SIGINT');
    assert.equal(await running.ended, 130, running.printed.err);
    assert.deepEqual(workersOf(out), []);
  });
});

describe('a run that failed', () => {
  it('is not tried again but by retry, and that does nothing else', async () => {
    const at = join(root, 'failed');
    const out = join(at, 'out');
    const bad = writeSpec(at, {
      training: { epochs: 1, batch: 16, optimizer: { kind: 'sgd', learningRate: 0.1 }, clipNorm: null },
      network: { packet: { units: 3 }, session: { units: 3 }, head: [3], activation: 'relu' },
      sweep: { 'training.optimizer.learningRate': [0.01, 100] },
    });
    // Whether a rate of 100 diverges is not the point: a note says that it did.
    const first = await sweep(bad, out, { dryRun: true });
    assert.deepEqual(
      first.runs.map(({ state }) => state),
      ['planned', 'planned'],
    );
    assert.ok(first.estimate !== null && first.estimate.runs === 2 && first.estimate.milliseconds > 0);
    const [, { cell, seed, folder }] = first.runs as [unknown, (typeof first.runs)[number]];
    const { numeric } = await codeFacts();
    const specHash = (await loadSweep(bad))[1]!.hash;
    assert.ok(folder.includes(specHash.slice(0, 12)));
    const faults = [{ place: 'training', problem: 'diverged' }];
    const failure = { cell, seed, faults, exitCode: 2 as const, numeric, time: '2026-01-01T00:00:00.000Z' };
    await noteFailure(join(out, 'small'), { specHash, seed }, failure);
    const second = await sweep(bad, out);
    assert.deepEqual(
      second.runs.map(({ state }) => state),
      ['new', 'failed'],
    );
    assert.equal(second.failure?.message, `${cell}, seed 1: training: diverged`);
    rmSync(second.runs[0]!.folder, { recursive: true });
    await noteFailure(join(out, 'small'), { specHash, seed: 2 }, { ...failure, seed: 2 });
    const load = { set: ['seeds=3'] };
    const third = await sweep(bad, out, { retry: true, workers: 2, load });
    assert.deepEqual(
      third.runs.map((run) => [run.seed, run.state]),
      [
        [1, 'new'],
        [2, 'new'],
      ],
      third.lines.join(''),
    );
    assert.equal(failures(join(out, 'small')).size, 0);
  });
});
