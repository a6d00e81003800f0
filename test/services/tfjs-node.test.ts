import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { spec } from '../run/sample.ts';

const folder = process.env.SESSIONLAB_TEST_TFJS_NODE ?? '';
const skip = folder === '' && 'there is no tfjs-node here';
const program = fileURLToPath(new URL('../../src/sessionlab.mjs', import.meta.url));
const gradients = fileURLToPath(new URL('../network/gradients.test.ts', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'sessionlab-tfjs-'));
after(() => rmSync(root, { recursive: true, force: true }));

function node(args: readonly string[]) {
  // A test that is told of a test around it reports to that, and not to us.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...env, SESSIONLAB_TFJS_NODE: folder },
    timeout: 600_000,
  });
}

describe('a real tfjs-node', { skip }, () => {
  it('is found by sessionlab doctor', () => {
    const { stdout } = node([program, 'doctor', '--threads', '1']);
    assert.match(stdout, /@tensorflow\/tfjs-node +4\.\d+\.\d+/);
  });

  it('has the gradients of our kernels, for every cell, attention, head and optimiser', () => {
    const { status, stdout } = node(['--import', 'tsx', '--test', gradients]);
    assert.equal(status, 0, stdout);
    assert.match(stdout, /^# pass [1-9]\d*\n# fail 0$/m);
  });

  it('trains the same network to the same loss within rounding, and says that its bits are its own', () => {
    const path = join(root, 'spec.json');
    writeFileSync(path, JSON.stringify(spec));
    const run = (engine: string) => {
      const { status, stdout, stderr } = node([
        ...[program, 'run', path, '--json', '--threads', '1', '--set', `engine=${engine}`],
        ...['--out', join(root, engine)],
      ]);
      assert.equal(status, 0, stderr);
      return { ...JSON.parse(stdout).runs[0], stderr };
    };
    const [native, tfjs] = [run('native'), run('tfjs')];
    assert.match(tfjs.engine.variant, /^tensorflow /);
    assert.equal(tfjs.engine.exact, false);
    assert.ok(tfjs.engine.notes.every((note: string) => !note.includes('plain JavaScript')));
    assert.match(tfjs.stderr, /not bit-exact/);
    assert.ok(Math.abs(tfjs.metrics.logLoss - native.metrics.logLoss) < 1e-4);
    assert.equal(tfjs.metrics.accuracy, native.metrics.accuracy);
  });
});
