import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { distribution } from '../../src/bench/distribution.ts';
import { fitLine, fitPower, relativeRange } from '../../src/bench/growth.ts';
import fc from '../support/fast-check.ts';

describe('the distribution of samples', () => {
  it('has the quantiles of 0 … 100', () => {
    const values = Array.from({ length: 101 }, (_, i) => (i * 37) % 101);
    const { min, p5, p25, median, p75, p95, p99, max, samples } = distribution(values);
    assert.deepEqual(
      [min, p5, p25, median, p75, p95, p99, max, samples],
      [0, 5, 25, 50, 75, 95, 99, 100, 101],
    );
  });

  it('interpolates between two samples', () => {
    const { p25, median, p99 } = distribution([10, 20]);
    assert.deepEqual([p25, median, p99], [12.5, 15, 19.9]);
    for (const [values, expected] of [
      [
        [4, 1, 3],
        [1, 3, 4],
      ],
      [
        [4, 1, 2, 9],
        [1, 3, 9],
      ],
      [
        [4, 1, 3, 2],
        [1, 2.5, 4],
      ],
    ] as const) {
      const { min, median: middle, max } = distribution(values);
      assert.deepEqual([min, middle, max], expected);
    }
  });

  it('has no noise where one sample is all there is', () => {
    const { median, p95, noise } = distribution([4]);
    assert.deepEqual([median, p95, noise], [4, 4, 0]);
  });

  it('calls noise what differs between parts in time, not from call to call', () => {
    const flicker = Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? 9 : 11));
    assert.equal(distribution(flicker).noise, 0);
    // Ten parts with the medians 10, 11, … 19: middle 14.5, deviations ½, ½, 1½, 1½, … 4½, their middle 2½.
    const drift = Array.from({ length: 1000 }, (_, i) => 10 + Math.floor(i / 100));
    assert.equal(distribution(drift).noise, (1.4826 * 2.5) / 14.5);
  });

  it('keeps its order, whatever the samples', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60 }),
        (values) => {
          const d = distribution(values);
          const ascending = [d.min, d.p5, d.p25, d.median, d.p75, d.p95, d.p99, d.max];
          for (let i = 1; i < ascending.length; i++) assert.ok(ascending[i]! >= ascending[i - 1]! - 1e-9);
          assert.ok(d.noise >= 0);
        },
      ),
    );
  });

  it('refuses none, and what is no number', () => {
    assert.throws(() => distribution([]), /got 0 samples, expected one or more finite numbers/);
    assert.throws(() => distribution([1, Number.NaN]), RangeError);
  });
});

describe('growth', () => {
  it('finds the line that costs lie on', () => {
    const { fixed, slope, deviation } = fitLine([1, 2, 4, 8], [5, 7, 11, 19]);
    for (const [got, expected] of [
      [fixed, 3],
      [slope, 2],
      [deviation, 0],
    ] as const)
      assert.ok(Math.abs(got - expected) < 1e-9, `${got}, expected ${expected}`);
  });

  it('tells how far costs that grow with the square are from any line', () => {
    assert.ok(fitLine([1, 2, 4, 8], [1, 4, 16, 64]).deviation > 0.2);
  });

  it('finds the exponent of a power law, with an interval that is as wide as the costs are off it', () => {
    const points = (noise: (i: number) => number) =>
      [1, 2, 4, 8, 1, 2, 4, 8].map((size, i) => ({ size, cost: 3 * size ** 1.5 * noise(i) }));
    const exact = fitPower(points(() => 1));
    for (const x of Object.values(exact)) assert.ok(Math.abs(x - 1.5) < 1e-9, `${x}`);
    const noisy = fitPower(points((i) => (i < 4 ? 1 : i % 2 === 0 ? 1.1 : 0.9)));
    assert.ok(
      noisy.low < 1.5 && noisy.high > 1.5 && noisy.high - noisy.low > 0.05 && noisy.high - noisy.low < 0.4,
    );
    assert.throws(
      () =>
        fitPower([
          { size: 1, cost: 1 },
          { size: 2, cost: 2 },
        ]),
      RangeError,
    );
    assert.throws(() => fitPower([1, 2, 4].map((size) => ({ size, cost: 0 }))), RangeError);
  });

  it('refuses two points, or points of one size', () => {
    assert.throws(() => fitLine([1, 2], [1, 2]), RangeError);
    assert.throws(() => fitLine([3, 3, 3], [1, 2, 3]), RangeError);
  });

  it('says how much the largest is above the smallest', () => {
    assert.equal(relativeRange([2, 3, 2.5]), 0.5);
    assert.equal(relativeRange([4]), 0);
  });
});
