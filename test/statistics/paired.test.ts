import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pairedDifference, signFlip, signFlipInterval, studentInterval } from '../../src/statistics/index.ts';
import fc from '../support/fast-check.ts';

const close = (actual: number | null, expected: number, within = 1e-4) =>
  assert.ok(actual !== null && Math.abs(actual - expected) <= within, `${actual}, expected ${expected}`);

describe('the mean of paired differences', () => {
  // W. S. Gosset, "The probable error of a mean" (1908): hours of sleep gained by ten patients, drug 2 − drug 1.
  const sleep = [1.2, 2.4, 1.3, 1.3, 0, 1.0, 1.8, 0.8, 4.6, 1.4];

  it('has the interval of Student’s paired t test', () => {
    const { mean, low, high, p } = studentInterval(sleep);
    close(mean, 1.58);
    // R: t.test(extra ~ group, paired = TRUE) gives 0.7001142 … 2.4598858 and p = 0.002833.
    close(low, 0.7001);
    close(high, 2.4599);
    close(p, 0.002833, 1e-6);
    const { n, mean: same, p: flipped } = pairedDifference(sleep);
    assert.deepEqual([n, same], [10, mean]);
    // All differences are ≥ 0: only all signs, and those of the 0, are as far out: 4 of 1024.
    assert.equal(flipped, 4 / 1024);
  });

  it('is Fisher’s of Darwin’s maize: 1,726 of 32,768', () => {
    // R. A. Fisher, The Design of Experiments (1935), §21: heights of crossed less self-fertilised plants, in eighths of
    // an inch; 863 of the sums with other signs are as great or greater, and as many as small or smaller.
    const maize = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48];
    const { p, low, high, method } = pairedDifference(maize);
    assert.equal(p, 1726 / 32_768);
    assert.equal(signFlip(maize, 'greater'), 863 / 32_768);
    assert.equal(method, 'sign-flip');
    // p is just above 5%: so 0 is just within the interval, which Student's t (0.03 … 41.8, p 0.0497) has outside.
    assert.ok(low! < 0 && low! > -1 && high! > 40 && high! < 43, `${low} … ${high}`);
    const student = studentInterval(maize);
    close(student.low, 0.031193318392979563, 1e-9);
    close(student.high, 41.83547334827369, 1e-8);
    close(student.p, 0.049702944021800866, 1e-10);
  });

  it('has an interval of all means that its test does not refuse', () => {
    const numbers = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 6, maxLength: 10 });
    fc.assert(
      fc.property(numbers, (list) => {
        const { low, high } = signFlipInterval(list)!;
        const p = (mean: number) => signFlip(list.map((x) => x - mean));
        const width = 1e-6 + high - low;
        for (const within of [low + 1e-7 * width, high - 1e-7 * width])
          if (high - low > 1e-6) assert.ok(p(within) > 0.05, `${p(within)}`);
        for (const without of [low - 1e-3 * width, high + 1e-3 * width])
          assert.ok(p(without) <= 0.05, `${p(without)}`);
      }),
    );
  });

  it('has Student’s interval of five pairs, whose signs refuse nothing, and says so', () => {
    const five = pairedDifference([1, 2, 3, 4, 5]);
    assert.equal(five.method, 'student');
    assert.equal(five.p, 2 / 32);
    assert.equal(signFlipInterval([1, 2, 3, 4, 5]), null);
    assert.equal(pairedDifference([1, 2, 3, 4, 5, 6]).method, 'sign-flip');
  });

  it('never contradicts its own interval', () => {
    // Drawn signs, too: their interval is of the very same draws.
    for (const n of [6, 10, 16, 17, 25, 40])
      for (let shift = 0; shift < 12; shift++) {
        const list = Array.from({ length: n }, (_, i) => ((i * 7919 + shift * 31) % 23) - 11 + shift * 0.5);
        const { low, high, p } = pairedDifference(list);
        assert.equal(p <= 0.05, low! > 0 || high! < 0, `${n} ${shift}: ${p}, ${low} … ${high}`);
      }
  });

  it('has no interval of one pair, whose sign says nothing', () =>
    assert.deepEqual(pairedDifference([0.5]), {
      ...{ n: 1, mean: 0.5, deviation: null, low: null, high: null, method: null, p: 1 },
    }));

  it('has an interval of no width, and no doubt, where all are the same', () => {
    const { low, high, p } = pairedDifference(Array(10).fill(0.25));
    close(low, 0.25, 1e-12);
    close(high, 0.25, 1e-12);
    assert.equal(p, 2 / 1024);
  });

  it('narrows with more pairs', () => {
    let before = Number.POSITIVE_INFINITY;
    for (const n of [2, 5, 10, 30, 31, 32, 41, 42, 61, 62, 121, 122, 500]) {
      const { low, high } = studentInterval(Array.from({ length: n }, (_, i) => (i % 2) - 0.5 + 1 / n));
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
