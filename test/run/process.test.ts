import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { sessionlab } from '../support/command.ts';
import { filesBelow, temporaryFolder, writeSpec } from './sample.ts';

const root = temporaryFolder();
const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const windows = process.platform === 'win32';

interface Child {
  readonly process: ChildProcess;
  readonly printed: { out: string; err: string };
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
  /** Waits until this is in what was printed on standard error. */
  sees(text: string): Promise<void>;
}

/** @param shell a command line with "$@" for the one of the program, when it needs surroundings */
function start(args: readonly string[], shell?: string): Child {
  const command = [process.execPath, '--import', 'tsx', main, 'run', '--full', ...args];
  const [file, ...rest] = shell === undefined ? command : ['sh', '-c', shell, 'sh', ...command];
  const child = spawn(file!, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
  const printed = { out: '', err: '' };
  child.stdout!.on('data', (bytes) => {
    printed.out += bytes;
  });
  child.stderr!.on('data', (bytes) => {
    printed.err += bytes;
  });
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  return {
    process: child,
    printed,
    ended,
    async sees(text) {
      for (let waited = 0; !printed.err.includes(text); waited += 10) {
        assert.ok(waited < 20_000 && child.exitCode === null, `never saw "${text}" in:\n${printed.err}`);
        await sleep(10);
      }
    },
  };
}

const runsIn = (out: string) => filesBelow(out).filter((file) => !file.startsWith('datasets/'));

describe('the command run', () => {
  it('prints one JSON object on standard output with --json, and everything else on standard error', async () => {
    const at = join(root, 'json');
    const spec = writeSpec(at, { seeds: [1, 2] });
    const { status, stdout, stderr } = await sessionlab(['run', spec, '--out', join(at, 'out'), '--json']);
    assert.equal(status, 0, stderr);
    const { experiment, runs, mean, faults, data } = JSON.parse(stdout);
    assert.equal(stdout.split('\n').length, 2);
    assert.equal(experiment, 'small');
    assert.deepEqual(
      runs.map(({ seed, state }: { seed: number; state: string }) => [seed, state]),
      [
        [1, 'new'],
        [2, 'new'],
      ],
    );
    assert.ok(existsSync(join(runs[1].folder, 'run.json')));
    assert.equal(mean.accuracy, (runs[0].metrics.accuracy + runs[1].metrics.accuracy) / 2);
    assert.deepEqual([data.sessions, data.training, data.test, faults], [60, 48, 12, []]);
    assert.match(stderr, /Rates of 12 test sessions/);
    assert.match(stderr, /All seeds\n.*accuracy/);
  });

  it('changes the spec, takes a seed, and refuses threads that are none', async () => {
    const at = join(root, 'options');
    const spec = writeSpec(at);
    const command = ['run', spec, '--out', join(at, 'out')];
    const some = await sessionlab([...command, '--seed', '7', '--set', 'training.epochs=1', '--json']);
    assert.equal(some.status, 0, some.stderr);
    assert.equal(JSON.parse(some.stdout).runs[0].seed, 7);
    const none = await sessionlab([...command, '--threads', '0']);
    assert.equal(none.status, 2);
    assert.equal(none.stderr, '--threads: got "0", must be a whole number from 1 to 1024\n');
  });

  it('ends with a line and an exit code for what is wrong, and no stack trace', async () => {
    const at = join(root, 'wrong');
    const { printed, ended } = start([
      writeSpec(at),
      '--out',
      join(at, 'out'),
      '--capture',
      join(at, 'no.pcap'),
    ]);
    assert.equal(await ended, 3);
    assert.match(printed.err, /^[^\n]*no\.pcap: no such file or folder; check the path\n$/);
    assert.equal(existsSync(join(at, 'out')), false);
  });
});

/** Of a run. */
const FILES = 12;

describe('a run that is interrupted', { skip: windows && 'there are no signals on Windows' }, () => {
  const long = { training: { epochs: 100_000, batch: 16 } };

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`by ${signal} stops at a whole step, with one line and code 130, and leaves a checkpoint`, async () => {
      const at = join(root, signal);
      const child = start([writeSpec(at, long), '--out', join(at, 'out')]);
      await child.sees('epoch      2/');
      child.process.kill(signal);
      assert.equal(await child.ended, 130, child.printed.err);
      assert.match(
        child.printed.err,
        /\nstopping after this step; again stops at once …\n(epoch .*\n)?interrupted: stopped in seed 1; the same command goes on from there\n$/,
      );
      const left = runsIn(join(at, 'out')).map((file) => file.replace(/^.*\//, ''));
      assert.deepEqual(left, ['.checkpoint', 'journal.jsonl']);
    });
  }

  it('keeps the seeds that are finished', async () => {
    const at = join(root, 'finished');
    const short = writeSpec(at, { training: { epochs: 1, batch: 16 } });
    const first = await sessionlab(['run', short, '--out', join(at, 'out')]);
    assert.equal(first.status, 0, first.stderr);
    assert.equal(runsIn(join(at, 'out')).length, FILES);
    const child = start([writeSpec(at, { ...long, seeds: [1, 2] }), '--out', join(at, 'out')]);
    await child.sees('epoch      2/');
    child.process.kill('SIGINT');
    assert.equal(await child.ended, 130);
    const whole = runsIn(join(at, 'out')).filter((file) => !file.includes('partial'));
    assert.equal(whole.length, FILES);
  });

  it('counts a signal that arrives twice at once as one, as npm passes it on', async () => {
    const at = join(root, 'twice');
    const child = start([writeSpec(at, long), '--out', join(at, 'out')]);
    await child.sees('epoch      2/');
    child.process.kill('SIGINT');
    child.process.kill('SIGTERM');
    assert.equal(await child.ended, 130);
    assert.match(child.printed.err, /interrupted: stopped in seed 1; the same command goes on from there\n$/);
  });

  it('stops at once when it is asked again, and even then leaves nothing half-written', async () => {
    const at = join(root, 'again');
    const dataset = { synthetic: { sessions: 400_000, workstations: 40 } };
    const child = start([writeSpec(at, { dataset }), '--out', join(at, 'out')]);
    const making = join(at, 'out', 'datasets');
    for (let waited = 0; filesBelow(making).length === 0; waited += 10) {
      assert.ok(waited < 20_000 && child.process.exitCode === null, child.printed.err);
      await sleep(10);
    }
    child.process.kill('SIGINT');
    await child.sees('again stops at once');
    await sleep(600);
    const asked = performance.now();
    child.process.kill('SIGINT');
    assert.equal(await child.ended, 130);
    assert.ok(performance.now() - asked < 5000, 'the capture would take much longer');
    assert.equal(child.printed.err, 'stopping after this step; again stops at once …\n');
    assert.deepEqual(filesBelow(join(at, 'out')), []);
  });

  it('goes on with what is left when whoever reads its output went away', async () => {
    const at = join(root, 'pipe');
    const args = [writeSpec(at), '--out', join(at, 'out'), '--set', 'seeds=[1,2,3,4,5,6]'];
    const child = start(args);
    child.process.stdout!.destroy();
    await child.ended;
    assert.equal((await sessionlab(['run', ...args])).status, 0);
    assert.equal(runsIn(join(at, 'out')).length, 6 * FILES);
    assert.ok(runsIn(join(at, 'out')).every((file) => !file.includes('partial')));
  });
});

describe('a run on a disk that takes no more', { skip: windows && 'needs ulimit' }, () => {
  const at = join(root, 'full');
  const spec = writeSpec(at, { attention: { sessions: 8 } });
  const out = join(at, 'out');

  it('is none yet: this one only makes the capture', async () => {
    const { status, stderr } = await sessionlab(['run', spec, '--out', out, '--seed', '9']);
    assert.equal(status, 0, stderr);
  });

  for (const [blocks, file] of [
    [1, '(checkpoint|locks)'],
    [60, 'checkpoint'],
  ] as const) {
    it(`of ${blocks} blocks ends with a line and code 4, and goes on when there is room again`, async () => {
      // With this limit the system makes no file larger: as far as the process can tell, the disk is full.
      const { ended, printed } = start([spec, '--out', out], `ulimit -f ${blocks}; exec "$@"`);
      assert.equal(await ended, 4, printed.err);
      const last = printed.err.trimEnd().split('\n').at(-1)!;
      assert.match(
        last,
        new RegExp(`${file}.*: cannot be written: .* \\(EFBIG\\); raise the limit \\(ulimit -f\\), or`),
      );
      const whole = runsIn(out).filter((path) => !path.includes('.partial-'));
      assert.ok(whole.every((path) => /^small\/[0-9a-f]{12}\/9\/[a-z.]+$/.test(path)));
    });
  }
});
