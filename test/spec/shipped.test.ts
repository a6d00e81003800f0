import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, describe, it } from 'node:test';
import { locateSpec, locateSpecs } from '../../src/spec/index.ts';
import { sessionlab } from '../support/command.ts';

const cwd = mkdtempSync(join(tmpdir(), 'sessionlab-shipped-'));
after(() => rmSync(cwd, { recursive: true, force: true }));

describe('a spec that comes with sessionlab', () => {
  it('is found by its name, by its path, and with others by a pattern; a file of the user comes first', () => {
    const quickstart = locateSpec('quickstart');
    assert.match(quickstart, /[\\/]experiments[\\/]quickstart\.json$/);
    assert.equal(resolve(locateSpec('experiments/ablations/attention.json')), locateSpec('attention'));
    const all = locateSpecs(['experiments/tasks/*.json']);
    assert.deepEqual(
      all.map((path) => path.replace(/^.*[\\/]/, '')),
      ['task-attacks.json', 'task-kinds.json', 'task-unseen-families.json'],
    );
    const own = join(cwd, 'own.json');
    writeFileSync(own, '{}');
    assert.equal(locateSpec(own), own);
    assert.equal(locateSpec('no-such-spec'), 'no-such-spec');
  });

  it('is named to every command that takes one, from any folder', async () => {
    const ended = async (...args: readonly string[]) => {
      const { status, stdout, stderr } = await sessionlab(args, { cwd });
      assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
      return stdout;
    };
    assert.match(await ended('validate', 'quickstart'), /valid, hash dae833d0397a/);
    assert.match(await ended('status', 'quickstart'), /0 of 1 runs? done/);
    assert.match(await ended('status', 'attention'), /0 of 48 runs done/);
  });

  it('that is misspelt is suggested', async () => {
    const { status, stderr } = await sessionlab(['sweep', 'quickstrat'], { cwd });
    assert.equal(stderr, 'quickstrat: no such file, must be an experiment; did you mean quickstart?\n');
    assert.equal(status, 2);
  });
});
