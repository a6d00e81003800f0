import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sessionlab } from '../support/command.ts';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const task = at('experiments/tasks/task-kinds.json');
const python = process.env.SESSIONLAB_TEST_PYTHON ?? '';
const peers = at('results/bench/python-env/bin/python');

/** The environment of the peers' contest may have been made for another of them. */
const hasTorch = (): boolean => existsSync(peers) && spawnSync(peers, ['-c', 'import torch']).status === 0;

const skip = process.env.SESSIONLAB_TEST_PYTHON === undefined && 'npm run test:services has a Python';

describe('programs of others, on a task', { skip }, () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sessionlab-task-'));
    const to = ['--to', join(folder, 'kinds'), '--results', join(folder, 'results')];
    assert.equal((await sessionlab(['export', task, ...to])).stderr, '');
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function areaOf(interpreter: string, example: string, ...more: readonly string[]): Promise<number> {
    const args = [at(`docs/examples/${example}`), join(folder, 'kinds'), ...more];
    writeFileSync(join(folder, `${example}.csv`), execFileSync(interpreter, args, { maxBuffer: 1 << 28 }));
    const table = join(folder, `${example}.csv`);
    const ended = await sessionlab([
      'tasks',
      'score',
      task,
      table,
      '--json',
      '--results',
      join(folder, 'results'),
    ]);
    assert.equal(ended.stderr, '');
    return JSON.parse(ended.stdout)[0].evaluation.ranking.rocAuc.value;
  }

  it(
    'a random forest of scikit-learn reads the arrays, and its predictions are scored',
    {
      skip: python === '' && 'there is no Python with scikit-learn here',
    },
    async () => assert.ok((await areaOf(python, 'task_sklearn.py')) > 0.7),
  );

  it(
    'a network of PyTorch reads the arrays, and its predictions are scored',
    {
      skip: !hasTorch() && 'there is no PyTorch here: npm run bench:peers installs it',
    },
    async () => assert.ok((await areaOf(peers, 'task_pytorch.py', '2')) > 0.7),
  );
});
