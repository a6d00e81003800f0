import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import { loadSpec } from '../../src/spec/index.ts';
import { run, spec, temporaryFolder, writeSpec } from './sample.ts';

const folder = temporaryFolder();
let count = 0;
const quickly = { evaluation: { baselines: false }, attention: { sessions: 0 }, seeds: [1, 2] };

/** Two seeds of the small spec: what became of each. */
async function two(changes: object) {
  const place = join(folder, String(++count));
  const { runs, failure } = await run(writeSpec(place, { ...quickly, ...changes }), join(place, 'out'));
  assert.equal(failure, null);
  return runs.map((one) => {
    const rows = readFileSync(join(one.folder, 'predictions.csv'), 'utf8').trimEnd().split('\n').slice(1);
    const cells = rows.map((row) => row.split(','));
    return {
      ...one,
      weights: readFileSync(join(one.folder, 'weights.safetensors')).subarray(-600).toString('hex'),
      sessions: cells.map(([session, start]) => `${session} ${start}`).join(),
      kinds: cells.map((row) => row[6]).join(),
      record: JSON.parse(readFileSync(join(one.folder, 'run.json'), 'utf8')),
      spec: JSON.parse(readFileSync(join(one.folder, 'spec.json'), 'utf8')),
    };
  });
}

/** Which of weights, sessions and kinds differ between two runs. */
const differing = ([a, b]: Awaited<ReturnType<typeof two>>) =>
  (['weights', 'sessions', 'kinds'] as const).filter((what) => a![what] !== b![what]);

describe('a seed', () => {
  const plain = two({});

  it('decides about weights, order and morphs, and about no session', async () =>
    assert.deepEqual(differing(await plain), ['weights', 'kinds']));

  for (const what of ['weights', 'order', 'training-morphs'] as const)
    it(`that varies ${what} alone changes what is learnt, and not what is tested`, async () => {
      const runs = await two({ vary: [what] });
      assert.deepEqual(differing(runs), ['weights']);
      // What does not vary is that of seed 1.
      assert.equal(runs[0]!.resultHash, (await plain)[0]!.resultHash);
    });

  it('that varies test morphs alone changes what is tested, and not what is learnt', async () => {
    const runs = await two({ vary: ['test-morphs'] });
    assert.deepEqual(differing(runs), ['kinds']);
    assert.equal(runs[1]!.kinds, (await plain)[1]!.kinds);
  });

  it('that varies the split draws other sessions for training; that of seed 1 stands in the protocol', async () => {
    const protocol = { kind: 'random', train: 0.8, seed: 5 };
    const runs = await two({ vary: ['split'], protocol });
    assert.ok(differing(runs).includes('sessions'), 'other sessions');
    const fixed = await two({ protocol });
    assert.equal(runs[0]!.sessions, fixed[0]!.sessions);
    assert.equal(fixed[0]!.sessions, fixed[1]!.sessions);
  });

  it('that varies the data makes another network each time, in one cell', async () => {
    const [one, other] = await two({ vary: ['data', 'weights'] });
    assert.notEqual(one!.record.data.synthetic.path, other!.record.data.synthetic.path);
    assert.notEqual(one!.sessions, other!.sessions);
    assert.equal(one!.record.specHash, other!.record.specHash);
    for (const { dataset, vary } of [one!.spec, other!.spec]) {
      assert.equal(dataset.synthetic.seed, spec.dataset.synthetic.seed);
      assert.deepEqual(vary, ['data', 'weights']);
    }
    // The run of a seed alone is the same.
    const [again] = await two({ vary: ['weights', 'data'], seeds: [2] });
    assert.equal(again!.resultHash, other!.resultHash);
  });
});

describe('what varies', () => {
  const hashOf = async (changes: object) =>
    (await loadSpec(writeSpec(join(folder, String(++count)), changes))).hash;

  it('is in the hash, but where it says what its absence says, in whatever order', async () => {
    const plain = await hashOf({});
    assert.equal(await hashOf({ vary: ['test-morphs', 'order', 'weights', 'training-morphs'] }), plain);
    assert.notEqual(await hashOf({ vary: ['weights'] }), plain);
    assert.equal(await hashOf({ vary: ['weights', 'order'] }), await hashOf({ vary: ['order', 'weights'] }));
    assert.equal(await hashOf({ hypotheses: [{ metric: 'recall', cell: 'x', expect: 'less' }] }), plain);
  });

  for (const [changes, message] of [
    [{ vary: ['splits'] }, /\/vary\/0: got "splits", .*did you mean "split"\?/],
    [{ vary: ['split'] }, /\/vary: names "split", but the protocol "chronological" draws nothing/],
    [{ evaluation: { draws: { each: 0 } } }, /\/evaluation\/draws/],
    [
      { evaluation: { draws: 'each', redraw: true } },
      /\/evaluation\/draws: must not be with evaluation.redraw/,
    ],
    [
      { hypotheses: [{ metric: 'recall', cell: 'a', expect: 'equivalent' }] },
      /\/hypotheses\/0\/margin: missing, must be there for "equivalent"/,
    ],
    [
      { hypotheses: [{ metric: 'recal', cell: 'a', expect: 'less' }] },
      /\/hypotheses\/0\/metric: got "recal", .*did you mean "recall"\?/,
    ],
    [
      { hypotheses: [{ metric: 'recall', cell: 'a', against: 'a', expect: 'less' }] },
      /\/hypotheses\/0\/against: got "a", must be another cell/,
    ],
  ] as const)
    it(`that cannot be is refused: ${message.source}`, async () => {
      await assert.rejects(hashOf(changes), (error) => {
        assert.ok(error instanceof FaultError, String(error));
        assert.match(error.message, message);
        return true;
      });
    });
});
