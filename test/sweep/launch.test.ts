import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import type { LoadOptions } from '../../src/spec/index.ts';
import { launchSweep, slurmSweep } from '../../src/sweep/launch.ts';
import { quote, taskScript } from '../../src/sweep/launch-script.ts';
import { isActive, parseQueue, wordsOf } from '../../src/sweep/slurm.ts';
import { temporaryFolder, writeSpec } from '../run/sample.ts';
import fc from '../support/fast-check.ts';

const root = temporaryFolder();
const bash = spawnSync('bash', ['--version']).status === 0;

const launch = (spec: string, out: string, load: LoadOptions = {}) =>
  launchSweep({
    spec,
    load,
    out,
    workers: 1,
    threads: 1,
    checkpointEvery: null,
    failFast: false,
    retry: false,
    dryRun: false,
  });

describe('the job script', { skip: !bash && 'there is no bash' }, () => {
  it('quotes any text so that the shell has it unchanged', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab \'"$`\\!*?~#&;|<>(){}[]=%\n\tü') });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (words) => {
        const { stdout } = spawnSync('bash', ['-c', `printf '%s\\0' ${words.map(quote).join(' ')}`]);
        assert.deepEqual(stdout.toString().split('\0').slice(0, -1), words);
      }),
      { numRuns: 30 },
    );
  });

  const task = (name: string, shell: string) => {
    const folder = join(root, name);
    mkdirSync(folder, { recursive: true });
    const script = taskScript({
      folder,
      directory: root,
      setup: ['export SAID=hello'],
      command: `bash -c ${quote(shell)} --`,
      arguments: ['a b'],
      failFast: false,
    });
    const env = { ...process.env, SLURM_ARRAY_JOB_ID: '7', SLURM_ARRAY_TASK_ID: '3' };
    const { status, stdout } = spawnSync('bash', ['-c', script], { env, encoding: 'utf8' });
    const words = readFileSync(join(folder, '7_3.events'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ').slice(0, 2).join(' '));
    return { status, stdout, words };
  };

  it('runs the lines before, passes arguments and the code on, and leaves word', () => {
    assert.deepEqual(task('plain', 'echo "$SAID $1"; exit 3'), {
      status: 3,
      stdout: 'hello a b\n',
      words: ['begin 0', 'end 3'],
    });
  });

  it('starts again what is killed, three times at most', () => {
    const killed = task('killed', 'kill -9 $$');
    assert.equal(killed.status, 137);
    assert.deepEqual(killed.words, ['begin 0', 'killed 137', 'killed 137', 'killed 137', 'end 137']);
  });

  it('does not start again what stopped because it was asked to', () => {
    assert.deepEqual(task('asked', 'exit 130').words, ['begin 0', 'end 130']);
  });
});

describe('the queue', () => {
  it('is read by its fields', () => {
    const tasks = parseQueue(
      '4|1|RUNNING|None|n1\n4|2|PENDING|Resources|\n3|1|OUT_OF_MEMORY|OutOfMemory|n2\n',
    );
    assert.deepEqual(tasks, [
      { id: '4_1', state: 'RUNNING', reason: '', node: 'n1' },
      { id: '4_2', state: 'PENDING', reason: 'Resources', node: '' },
      { id: '3_1', state: 'OUT_OF_MEMORY', reason: 'OutOfMemory', node: 'n2' },
    ]);
    assert.deepEqual(tasks.map(isActive), [true, true, false]);
  });

  it('has words that fit on a line', () => {
    const err =
      'sbatch: error: invalid partition specified: x\nsbatch: error: Batch job submission failed: y\n';
    assert.equal(wordsOf(err), 'invalid partition specified: x; Batch job submission failed: y');
  });
});

describe('a launch', () => {
  it('is the same sweep whatever is asked of the cluster, and another for other changes', () => {
    const name = (...set: readonly string[]) => slurmSweep('a.json', { set }, 'results', 'office').name;
    assert.equal(name('slurm.partition=cpu', 'task=kind'), name('task=kind'));
    assert.notEqual(name('task=kind'), name('task=anomalous'));
    assert.match(name(), /^sessionlab:office:[0-9a-f]{8}$/);
  });

  it('refuses an option that it sets itself, and leaves nothing behind', async () => {
    for (const option of ['--array=1-3', '-J', '--job-name=x', '--signal=TERM@5', '-ox']) {
      const spec = writeSpec(join(root, 'own'), { slurm: { options: ['--exclusive', option] } });
      const out = join(root, 'own', 'out');
      await assert.rejects(launch(spec, out), (error: unknown) => {
        assert.ok(error instanceof FaultError);
        assert.match(
          error.message,
          /spec\.json: \/slurm\/options: got "-.*", which the launcher itself sets; leave it out$/,
        );
        return true;
      });
      assert.equal(existsSync(out), false);
    }
  });

  it('writes no password into a script that others can read, nor into what it says', async () => {
    const spec = writeSpec(join(root, 'secret'), {});
    const out = join(root, 'secret', 'out');
    for (const set of [
      'tracking.uri=http://ann:SECRET@tracking.example',
      'tracking={"uri":"http://ann:SECRET@tracking.example"}',
      'tracking.uri=ftp://ann:SECRET@tracking.example',
    ])
      await assert.rejects(launch(spec, out, { set: [set] }), (error: unknown) => {
        assert.ok(error instanceof FaultError);
        assert.match(error.message, /^--set tracking/);
        assert.doesNotMatch(error.message, /SECRET/);
        return true;
      });
    assert.equal(existsSync(out), false);
  });

  it('tells what is wrong with what the cluster is asked for, all at once', async () => {
    const slurm = { time: 'never', memory: 'lots', tasks: 0, options: ['x'], partiton: 'cpu' };
    const spec = writeSpec(join(root, 'wrong'), { slurm });
    await assert.rejects(launch(spec, join(root, 'wrong', 'out')), (error: unknown) => {
      assert.ok(error instanceof FaultError);
      const text = error.faults
        .map(({ place, problem, cure }) => `${place}: ${problem}; ${cure ?? ''}`)
        .join('\n');
      assert.match(text, /\/slurm\/time: got "never", must be minutes, or a time such as "4:00:00"/);
      assert.match(text, /\/slurm\/memory: got "lots", must be an amount of memory such as "4G"/);
      assert.match(text, /\/slurm\/tasks: got 0/);
      assert.match(text, /\/slurm\/options\/0: got "x", must be an option of sbatch/);
      assert.match(text, /partiton.*did you mean "partition"/);
      return true;
    });
  });
});
