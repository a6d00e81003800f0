import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sessionlab } from '../support/command.ts';
import { copyRun, realRun } from '../tracking/material.ts';

describe('sessionlab mlflow', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sessionlab-command-'));
  const results = join(folder, 'results');
  before(async () => {
    const real = await realRun(folder);
    for (const seed of [1, 2]) copyRun(real, results, { seed, experiment: 'office' });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  function mlflow(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const plain = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith('MLFLOW')),
    );
    return sessionlab(['mlflow', ...args], { cwd: folder, env: { ...plain, ...env } });
  }

  it('says what to do without a server', async () => {
    const { status, stderr, stdout } = await mlflow(['sync']);
    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /^MLFLOW_TRACKING_URI: is not set, and there is no --uri; .*sessionlab mlflow ui.*sessionlab mlflow export.*\n$/,
    );
  });

  it('says that nobody answers, in one line, with exit code 4', async () => {
    const { status, stderr } = await mlflow(['sync'], {
      MLFLOW_TRACKING_URI: 'http://127.0.0.1:9',
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: '0',
    });
    assert.equal(status, 4);
    assert.match(
      stderr,
      /^http:\/\/127\.0\.0\.1:9: nobody answers there \(connection refused\); is the server running\?.*\n$/,
    );
  });

  it('suggests the name that was meant', async () => {
    const { status, stderr } = await mlflow(['export', 'x', '--run', 'offce']);
    assert.equal(status, 2);
    assert.match(stderr, /did you mean "office"\?/);
    assert.ok(!existsSync(join(folder, 'x')));
  });

  it('exports without a server and without Python', async () => {
    const { status, stdout } = await mlflow(['export', 'tree'], { PATH: '' });
    assert.deepEqual([status, /^2 runs, [\d,]+ points: tree\n$/.test(stdout)], [0, true]);
    assert.ok(existsSync(join(folder, 'tree')));
    const again = await mlflow(['export', 'tree']);
    assert.equal(again.status, 2);
    assert.match(again.stderr, /tree: there is something in this folder; name another one/);
  });

  it('says how to get MLflow where there is no Python', async () => {
    const { status, stderr } = await mlflow(['ui'], { PATH: '' });
    assert.equal(status, 4);
    assert.match(
      stderr,
      /python: there is none on this machine; install Python 3\.10 or later, or uv; .*MLFLOW_TRACKING_URI.*sessionlab mlflow export/,
    );
  });

  it('refuses a port that is none', async () => {
    const { status, stderr } = await mlflow(['ui', '--port', '70000']);
    assert.equal(status, 2);
    assert.match(stderr, /--port: got "70000", must be a whole number from 1 to 65535/);
  });

  it('has examples in every help', async () => {
    for (const args of [['--help'], ['sync', '--help'], ['ui', '--help'], ['export', '--help']]) {
      const { status, stdout } = await mlflow(args);
      assert.equal(status, 0);
      assert.match(stdout, /Examples:\n {2}\$ sessionlab mlflow /);
      assert.ok(stdout.split('\n').every((line) => line.length <= 120));
    }
  });
});
