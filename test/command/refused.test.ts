import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryFolder, writeSpec } from '../run/sample.ts';
import { sessionlab } from '../support/command.ts';

const root = temporaryFolder();
const short = { training: { epochs: 1, batch: 16 }, attention: { sessions: 0 } };
const spec = writeSpec(join(root, 'run'), short);
const sweep = writeSpec(join(root, 'sweep'), { ...short, sweep: { 'network.cell': ['gru', 'rnn'] } });
const told = (args: readonly string[]) => sessionlab(args, { cwd: root });

/** A results folder in which something else is in the place of what we would make. */
function resultsWith(name: string, make: (path: string) => void): string {
  const out = join(root, `out ${name.replaceAll('/', ' ')}`);
  mkdirSync(join(out, name, '..'), { recursive: true });
  make(join(out, name));
  return out;
}

describe('what a user or a machine did', () => {
  it('is never called a defect: paths that lead nowhere', async () => {
    mkdirSync(join(root, 'folder'));
    symlinkSync('loop', join(root, 'loop'));
    const long = 'x'.repeat(300);
    const at = (path: string) => [
      ['run', path],
      ['inspect', path],
      ['run', spec, '--out', path],
      ['compare', 'all', '--results', path],
      ['status', sweep, '--out', path],
      ['evaluate', path],
    ];
    for (const path of ['loop', long, join(spec, 'below'), 'a\0b'])
      for (const args of at(path)) {
        const { status, stderr, stdout } = await told(args);
        assert.doesNotMatch(stderr + stdout, /defect|\bat .*\.ts:/, args.join(' '));
        assert.ok([2, 3, 4].includes(status) || args[0] === 'status', `${args.join(' ')}: ${status}`);
      }
  });

  it('is never called a defect: other things in the places of ours', async () => {
    const file = (path: string) => writeFileSync(path, '[]');
    const folder = (path: string) => mkdirSync(path);
    const locks = (text: string) => (path: string) => writeFileSync(path, text);
    for (const [name, make] of [
      ['small', file],
      ['small/.locks', file],
      ['small/.failed', file],
      ['small/.failed/0123456789ab-1.json', folder],
      ['small/.known', file],
      ['.known', file],
      ['small/.locks/a-1', folder],
      ['small/.locks/b-1', locks('null')],
      ['small/.locks/c-1', locks('{"nonce":7}')],
    ] as const) {
      const out = resultsWith(name, make);
      for (const command of ['status', 'cancel']) {
        const { status, stderr } = await told([command, sweep, '--out', out]);
        assert.doesNotMatch(stderr, /defect/, `${command}: ${name}`);
        assert.ok(status === 0 || status === 4, `${command}: ${name}: ${status}`);
      }
    }
    for (const name of ['small', 'small/.locks']) {
      const { status, stderr } = await told([
        'run',
        spec,
        '--out',
        join(root, `out ${name.replace('/', ' ')}`),
      ]);
      assert.equal(status, 4, stderr);
      assert.doesNotMatch(stderr, /defect/);
    }
  });

  it('may be to call an experiment like a folder of ours, and to keep results where manifests are', async () => {
    const named = await told(['run', spec, '--out', 'names', '--set', 'name=datasets']);
    assert.equal(named.status, 0, named.stderr);
    const compared = await told(['compare', 'datasets', '--results', 'names']);
    assert.equal(compared.status, 0, compared.stderr);
    const before = await told(['data', 'list', '--json']);
    assert.equal((await told(['run', spec, '--out', '.'])).status, 0);
    const after = await told(['data', 'list', '--json']);
    assert.equal(after.status, 0, after.stderr);
    assert.deepEqual(JSON.parse(after.stdout), JSON.parse(before.stdout));
  });
});
