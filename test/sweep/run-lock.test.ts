import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { lockRun, unlockRun } from '../../src/sweep/run-lock.ts';
import { temporaryFolder } from '../run/sample.ts';

const root = temporaryFolder();

describe('the folder of locks', () => {
  it('may be tidied up by one while others put their locks there', async () => {
    const folder = join(root, 'experiment');
    const work = async (worker: number) => {
      for (let seed = 0; seed < 40; seed++) {
        const lock = await lockRun(folder, { specHash: String(worker).padStart(64, '0'), seed });
        assert.ok(!('heldBy' in lock));
        unlockRun(folder, lock, true);
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, worker) => work(worker)));
    assert.equal(existsSync(join(folder, '.locks')), false);
  });
});
