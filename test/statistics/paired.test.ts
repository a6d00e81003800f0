import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pairedDifference } from '../../src/statistics/index.ts';
import fc from '../support/fast-check.ts';

const close = (actual: number | null, expected: number, within = 1e-4) =>
  assert.ok(actual !== null && Math.abs(actual - expected) <= within, `${actual}, expected ${expected}`);

describe('the mean of paired differences', () => {
  it('has the interval of Student’s paired t test', () => {
    // W. S. Gosset, "The probable error of a mean" (1908): hours of sleep gained by ten patients, drug 2 − drug 1.
    const { n, mean, low, high, p } = pairedDifference([1.2, 2.4, 1.3, 1.3, 0, 1.0, 1.8, 0.8, 4.6, 1.4]);
    assert.equal(n, 10);
    close(mean, 1.58);
    // R: t.test(extra ~ group, paired = TRUE) gives 0.7001142 … 2.4598858.
    close(low, 0.7001);
    close(high, 2.4599);
    // All differences are ≥ 0: only all signs, and those of the 0, are as far out: 4 of 1024.
    assert.equal(p, 4 / 1024);
  });

  it('has no interval of one pair, whose sign says nothing', () =>
    assert.deepEqual(pairedDifference([0.5]), { n: 1, mean: 0.5, low: null, high: null, p: 1 }));

  it('has an interval of no width, and no doubt, where all are the same', () => {
    const { low, high, p } = pairedDifference(Array(10).fill(0.25));
    close(low, 0.25, 1e-12);
    close(high, 0.25, 1e-12);
    assert.equal(p, 2 / 1024);
  });

  it('narrows with more pairs, beyond the table, too', () => {
    let before = Number.POSITIVE_INFINITY;
    for (const n of [2, 5, 10, 30, 31, 32, 41, 42, 61, 62, 121, 122, 500]) {
      const { low, high } = pairedDifference(Array.from({ length: n }, (_, i) => (i % 2) - 0.5 + 1 / n));
      assert.ok(high! - low! < before, `${n}`);
      before = high! - low!;
    }
  });

  it('has a p of more pairs than can be tried, too: of drawn signs, near the exact one, never 0, the same again', () => {
    // Of 20 differences of 1, four with the other sign: P(|2B − 20| ≥ 12), B binomial: 2 · 6196 / 2²⁰.
    const list = Array.from({ length: 20 }, (_, i) => (i < 4 ? -1 : 1));
    const { p } = pairedDifference(list);
    close(p, (2 * 6196) / 2 ** 20, 0.002);
    assert.equal(pairedDifference(list).p, p);
    assert.equal(pairedDifference(Array(40).fill(1)).p, 1 / 65_536);
  });

  it('turns round with the signs', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 8 }), (list) => {
        const [one, other] = [pairedDifference(list), pairedDifference(list.map((x) => 0 - x))];
        close(one.mean, 0 - other.mean, 1e-12);
        assert.equal(one.p, other.p);
        assert.ok(one.p! > 0 && one.p! <= 1);
        if (one.low !== null) close(one.low, 0 - other.high!, 1e-9);
      }),
    );
  });

  it('is of something', () => assert.throws(() => pairedDifference([]), RangeError));
});
