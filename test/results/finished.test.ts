import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import { keep, leftovers, readFinished } from '../../src/results/finished.ts';
import { leastRecord, writeRun } from './sample.ts';

const root = mkdtempSync(join(tmpdir(), 'sessionlab-finished-'));
after(() => rmSync(root, { recursive: true, force: true }));
let folders = 0;

/** A folder with these run folders in it, each with this result hash. */
function folder(runs: Readonly<Record<string, string>>): string {
  const path = join(root, String(folders++));
  mkdirSync(path);
  for (const [name, resultHash] of Object.entries(runs)) {
    writeRun(join(path, name), leastRecord({ resultHash }));
  }
  return path;
}

const hashOf = (at: string, name: string) => readFinished(join(at, name))?.resultHash;

describe('a run that is finished', () => {
  it('takes its place where there was none', async () => {
    const at = folder({ partial: 'abc' });
    assert.deepEqual(await keep(join(at, 'partial'), join(at, '1'), 'abc'), {
      state: 'new',
      folder: join(at, '1'),
    });
    assert.deepEqual(readdirSync(at), ['1']);
    assert.equal(hashOf(at, '1'), 'abc');
  });

  it('leaves the one that was there with the same result hash', async () => {
    const at = folder({ 1: 'abc', partial: 'abc' });
    writeFileSync(join(at, '1', 'mark'), '');
    const kept = await keep(join(at, 'partial'), join(at, '1'), 'abc');
    assert.deepEqual(kept, {
      state: 'same',
      folder: join(at, '1'),
      before: { resultHash: 'abc', source: 's', numeric: '', metrics: {} },
    });
    assert.deepEqual(readdirSync(join(at, '1')), ['mark', 'run.json']);
  });

  it('lies beside the one that was there with another, and neither is lost', async () => {
    const at = folder({ 1: 'abc', partial: 'def' });
    const kept = await keep(join(at, 'partial'), join(at, '1'), 'def');
    assert.deepEqual(kept, {
      state: 'differs',
      folder: join(at, '1.differs-def'),
      before: { resultHash: 'abc', source: 's', numeric: '', metrics: {} },
    });
    assert.deepEqual(readdirSync(at), ['1', '1.differs-def']);
    assert.equal(hashOf(at, '1'), 'abc');
    assert.equal(hashOf(at, '1.differs-def'), 'def');
  });

  it('may differ in the same way again', async () => {
    const at = folder({ 1: 'abc', '1.differs-def': 'def', partial: 'def' });
    assert.equal((await keep(join(at, 'partial'), join(at, '1'), 'def')).state, 'differs');
    assert.equal(hashOf(at, '1.differs-def'), 'def');
  });

  it('is nothing in an empty folder or none', () => {
    const at = folder({});
    assert.equal(readFinished(at), undefined);
    assert.equal(readFinished(join(at, 'none')), undefined);
  });

  it('is not taken for one when it is something else, which is never replaced', () => {
    const at = folder({ 1: 'abc' });
    writeFileSync(join(at, '1', 'run.json'), '{"resultHash":');
    mkdirSync(join(at, '2'));
    writeFileSync(join(at, '2', 'thesis.tex'), '');
    writeFileSync(join(at, '3'), '');
    for (const [name, problem] of [
      ['1', /is in the place of the run, but its run\.json is damaged: it is no JSON; move it away/],
      ['2', /but its run\.json cannot be read \(ENOENT\); move it away/],
      ['3', /but its run\.json cannot be read \(ENOTDIR\)/],
    ] as const)
      assert.throws(
        () => readFinished(join(at, name)),
        (error) => error instanceof FaultError && problem.test(error.message),
      );
    assert.equal(readFileSync(join(at, '1', 'run.json'), 'utf8'), '{"resultHash":');
  });
});

describe('what is left of a run that was killed', () => {
  it('is found beside its place', () => {
    const at = folder({ '1.partial-17': 'a', '11.partial-17': 'a', 1: 'a' });
    assert.deepEqual(leftovers(join(at, '1')), [join(at, '1.partial-17')]);
    assert.deepEqual(leftovers(join(at, 'none', '1')), []);
  });
});
