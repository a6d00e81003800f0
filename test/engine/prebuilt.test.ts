import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { addonPath, prebuiltFolder, takePrebuilt } from '../../src/engine/native/build.mjs';

const folder = mkdtempSync(join(tmpdir(), 'sessionlab-prebuilt-'));
after(() => rmSync(folder, { recursive: true }));
const skip = !existsSync(addonPath) && 'the native engine is not built';

describe('a prebuilt engine', () => {
  it('is taken where it is of these sources and whole, and not otherwise', { skip }, () => {
    const pack = fileURLToPath(new URL('../../src/engine/native/pack.mjs', import.meta.url));
    execFileSync(process.execPath, [pack, folder]);
    const own = prebuiltFolder(folder);
    const { stamp, compiler } = JSON.parse(readFileSync(join(dirname(addonPath), 'stamp.json'), 'utf8'));
    const into = join(folder, 'build');
    assert.equal(takePrebuilt('of other sources', own, into), undefined);
    assert.equal(takePrebuilt(stamp, join(folder, 'nowhere'), into), undefined);
    assert.equal(existsSync(into), false);
    assert.equal(takePrebuilt(stamp, own, into), compiler);
    assert.deepEqual(readFileSync(join(into, 'sessionlab.node')), readFileSync(addonPath));
    assert.equal(JSON.parse(readFileSync(join(into, 'stamp.json'), 'utf8')).stamp, stamp);
    rmSync(into, { recursive: true });
    appendFileSync(join(own, 'sessionlab.node'), 'damaged');
    assert.equal(takePrebuilt(stamp, own, into), undefined);
    assert.equal(existsSync(join(into, 'sessionlab.node')), false);
  });
});
