import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { claimResults, removeTemporary } from '../../src/disk/index.ts';
import { temporaryFolder } from '../run/sample.ts';

const DEAD = 4_194_303;
const DAYS = 2 * 24 * 3600;

/** Makes a file or a folder with a file, last changed so many seconds ago. */
function leave(path: string, ago: number, isFolder = false): void {
  if (isFolder) mkdirSync(path);
  writeFileSync(isFolder ? join(path, 'x') : path, '');
  const time = Date.now() / 1000 - ago;
  utimesSync(path, time, time);
}

describe('what killed processes leave', () => {
  it('is removed from a results folder when nobody can be at it any more, and nothing else is', async () => {
    const results = temporaryFolder();
    mkdirSync(join(results, '.known'));
    mkdirSync(join(results, 'datasets', '.cache'), { recursive: true });
    mkdirSync(join(results, 'small', '.locks'), { recursive: true });
    leave(join(results, 'small', '.locks', `.${DEAD}-0123abcd.partial`), DAYS);
    leave(join(results, 'datasets', '.cache', `.x.sessions.${DEAD}-0123abcd.partial`), DAYS);
    leave(join(results, `.${DEAD}-0123abcd.partial`), DAYS);
    leave(join(results, '.known', `.data.json.${DEAD}-0123abcd.partial`), DAYS);
    leave(join(results, 'datasets', `.${DEAD}-0123abcd.partial`), DAYS, true);
    // Of today, of a process that is there, and what only looks like it.
    leave(join(results, `.${DEAD}-0123abce.partial`), 60);
    leave(join(results, `.${process.pid}-0123abcf.partial`), DAYS);
    leave(join(results, `mine.${DEAD}-0123abcd.partial`), DAYS);
    await claimResults(results);
    assert.deepEqual(
      (readdirSync(results, { recursive: true }) as string[]).sort(),
      [
        `.${process.pid}-0123abcf.partial`,
        `.${DEAD}-0123abce.partial`,
        '.known',
        'datasets',
        'datasets/.cache',
        `mine.${DEAD}-0123abcd.partial`,
        'small',
        'small/.locks',
      ].sort(),
    );
  });

  it('is removed from the folder of temporary files', () => {
    const folder = temporaryFolder();
    leave(join(folder, `sessionlab-input-${DEAD}-aBcDeF`), DAYS, true);
    leave(join(folder, `sessionlab-input-${process.pid}-aBcDeF`), DAYS, true);
    leave(join(folder, `other-${DEAD}-aBcDeF`), DAYS, true);
    removeTemporary(folder, 'sessionlab-input-');
    assert.deepEqual(
      readdirSync(folder).sort(),
      [`other-${DEAD}-aBcDeF`, `sessionlab-input-${process.pid}-aBcDeF`].sort(),
    );
  });
});
