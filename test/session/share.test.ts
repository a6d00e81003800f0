import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chronologicalSides, holdBack, lastShare } from '../../src/session/index.ts';
import fc from '../support/fast-check.ts';

describe('a share of the training sessions', () => {
  const split = (count: number, validation = 0) => holdBack(chronologicalSides(count, 0.8), validation);

  it('is the last of them in time, and leaves the others alone', () => {
    const whole = split(100, 0.25);
    const half = lastShare(whole, 0.5);
    // 80 of 100 are there for training, the last 20 of them validate.
    assert.deepEqual(
      [...half.train],
      Array.from({ length: 30 }, (_, i) => 30 + i),
    );
    assert.deepEqual(half.validation, whole.validation);
    assert.deepEqual(half.test, whole.test);
  });

  it('is never empty, and all of them where it is 1', () => {
    assert.deepEqual([...lastShare(split(10), 0.001).train], [7]);
    assert.deepEqual(lastShare(split(10), 1), split(10));
  });

  it('is part of every greater one', () => {
    const share = fc.double({ min: 0.001, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 5000 }), share, share, (count, a, b) => {
        const [small, great] = [Math.min(a, b), Math.max(a, b)].map((s) => lastShare(split(count), s).train);
        assert.ok(small!.length >= 1 && small!.length <= great!.length);
        assert.deepEqual(small, great!.subarray(great!.length - small!.length));
      }),
    );
  });
});
