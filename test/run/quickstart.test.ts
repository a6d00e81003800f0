import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { nativeVariants } from '../../src/engine/index.ts';
import { run, temporaryFolder } from './sample.ts';

const spec = fileURLToPath(new URL('../../experiments/quickstart.json', import.meta.url));
const skip = nativeVariants().length === 0 && 'without the native engine it takes half an hour';

/**
 * Golden: what the quickstart gave when its spec was written, on x86-64 with AVX-512. A change of it means that stored
 * results of users cannot be reproduced any more: explain it in the commit that changes it.
 */
const RESULT_HASH = '17b924bf4f473ad1387ef83801c88bf38303254e0114b1fcd19f432d31031458';

describe('the quickstart', () => {
  it('learns, and gives the same bits wherever it runs', { skip }, async () => {
    const { runs, facts } = await run(spec, temporaryFolder(), { threads: 3 });
    const [first] = runs;
    assert.equal(first!.resultHash, RESULT_HASH);
    assert.match(facts.join(''), new RegExp(`result hash +${RESULT_HASH}`));
    assert.equal(first!.metrics.accuracy, 1154 / 1200);
    const record = JSON.parse(readFileSync(join(first!.folder, 'run.json'), 'utf8'));
    assert.deepEqual([record.sessions.training, record.sessions.test], [4800, 1200]);
  });
});
