import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cosinePi } from '../../src/numeric/index.ts';
import { learningRateAt, type Schedule } from '../../src/training/index.ts';
import fc from '../support/fast-check.ts';

const length = { epochs: 4, stepsPerEpoch: 5 };
/** The rates of all 20 steps. */
const rates = (schedule: Schedule, base = 1) =>
  Array.from({ length: 20 }, (_, i) => learningRateAt(schedule, base, i + 1, length));

describe('the learning rate', () => {
  it('stays what it is, by default', () => {
    assert.deepEqual(rates({ kind: 'constant', warmUp: 0 }, 0.001), new Array(20).fill(0.001));
  });

  it('warms up in equal steps, over whole epochs and parts of them', () => {
    const warm = rates({ kind: 'constant', warmUp: 1 });
    assert.deepEqual(warm.slice(0, 6), [1 / 5, 2 / 5, 3 / 5, 4 / 5, 1, 1]);
    assert.deepEqual(rates({ kind: 'constant', warmUp: 0.4 }).slice(0, 3), [1 / 2, 1, 1]);
  });

  it('falls along half a cosine from the first step after the warm-up to the last', () => {
    const all = rates({ kind: 'cosine', final: 0.2, warmUp: 1 });
    assert.equal(all[5], 1);
    assert.ok(Math.abs(all[12]! - 0.6) < 1e-12, 'half way, the mean of both');
    assert.ok(Math.abs(all[19]! - 0.2) < 1e-12);
    for (let i = 6; i < 20; i++) assert.ok(all[i]! < all[i - 1]!);
  });

  it('falls by a factor every so many epochs', () => {
    const all = rates({ kind: 'step', every: 2, factor: 0.1, warmUp: 0 });
    assert.deepEqual(all, [...new Array(10).fill(1), ...new Array(10).fill(0.1)]);
  });

  it('is never above the base nor below 0', () =>
    fc.assert(
      fc.property(
        fc.constantFrom<Schedule>(
          { kind: 'cosine', final: 0, warmUp: 0.3 },
          { kind: 'step', every: 1, factor: 0.5, warmUp: 2 },
        ),
        fc.integer({ min: 1, max: 20 }),
        fc.double({ min: 1e-6, max: 1, noNaN: true }),
        (schedule, step, base) => {
          const rate = learningRateAt(schedule, base, step, length);
          assert.ok(rate >= -1e-16 && rate <= base, `${rate}`);
        },
      ),
      {
        numRuns: 1000,
        examples: [[{ kind: 'step', every: 1, factor: 0.5, warmUp: 2 }, 10, 0.0001060203141984602]],
      },
    ));

  it('needs no cosine of the machine: ours is within 1e-15 of it', () => {
    for (let i = 0; i <= 1000; i++)
      assert.ok(Math.abs(cosinePi(i / 1000) - Math.cos((Math.PI * i) / 1000)) < 1e-15, `${i}`);
    assert.deepEqual([cosinePi(0), cosinePi(1)], [1, -1]);
  });
});
