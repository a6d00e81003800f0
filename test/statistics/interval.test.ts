import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matthews } from '../../src/evaluation/correlation.ts';
import { rate, ratioInterval, wilsonWithVariance } from '../../src/statistics/interval.ts';
import fc from '../support/fast-check.ts';

const close = (a: number, b: number, tolerance = 1e-9) =>
  assert.ok(Math.abs(a - b) <= tolerance, `${a} against ${b}`);

describe("Wilson's interval", () => {
  it('is that of the published examples', () => {
    // R. G. Newcombe, 1998, Stat. Med. 17:857, table I, score method without continuity correction.
    const published = [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const;
    for (const [k, n, low, high] of published) {
      const r = rate(k, n);
      close(r.low!, low, 5e-5);
      close(r.high!, high, 5e-5);
    }
  });

  it('ends where the proportion is 1.96 standard errors of the end away', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (n, share) => {
          const k = Math.round(share * n);
          const { value, low, high } = rate(k, n);
          for (const end of [low!, high!]) {
            if (end === 0 || end === 1) continue;
            close(Math.abs(value! - end) / Math.sqrt((end * (1 - end)) / n), 1.959963984540054, 1e-6);
          }
        },
      ),
    );
  });

  it('of none and of all ends at 0 and at 1, and is not a point', () => {
    assert.equal(rate(0, 50).low, 0);
    assert.equal(rate(50, 50).high, 1);
    assert.ok(rate(0, 50).high! > 0.05);
    assert.ok(rate(50, 50).low! < 0.95);
  });
});

describe('the interval of a ratio', () => {
  it('ends where the interval of the difference a − λb ends at 0', () => {
    const count = fc.integer({ min: 1, max: 400 });
    fc.assert(
      fc.property(
        count,
        count,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (m, n, p, q) => {
          const a = rate(Math.round(p * m), m);
          const b = rate(Math.round(q * n), n);
          const { low, high } = ratioInterval(a, b)!;
          const square = (x: number) => x * x;
          const gap = (x: number, aEnd: number, bEnd: number) =>
            square(a.value! - x * b.value!) - square(a.value! - aEnd) - square(x * (bEnd - b.value!));
          close(gap(low, a.low!, b.high!), 0, 1e-9 * (1 + low * low));
          if (high < 1e6) close(gap(high, a.high!, b.low!), 0, 1e-9 * (1 + high * high));
          if (b.value! > 0)
            assert.ok(low <= a.value! / b.value! + 1e-12 && a.value! / b.value! <= high + 1e-9 * high);
        },
      ),
    );
  });

  it('is open upwards when the denominator may be 0', () => {
    assert.equal(ratioInterval(rate(9, 10), rate(0, 100))?.high, Number.POSITIVE_INFINITY);
  });
});

describe("Matthews' coefficient", () => {
  const cells = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 9, maxLength: 9 });
  const square = (flat: readonly number[], n: number) =>
    Array.from({ length: n }, (_, i) => flat.slice(i * n, (i + 1) * n));

  it('of two classes is (TP·TN − FP·FN) over the root of the product of the margins', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 4, maxLength: 4 }), (flat) => {
        const [tn, fp, fn, tp] = flat as [number, number, number, number];
        const margins = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
        close(matthews(square(flat, 2)).value!, (tp * tn - fp * fn) / Math.sqrt(margins));
      }),
    );
  });

  it('of many classes is the correlation of the class indicators', () => {
    fc.assert(
      fc.property(cells, (flat) => {
        const s = flat.reduce((a, b) => a + b, 0);
        const r = matthews(square(flat, 3)).value;
        if (r === null || s === 0) return;
        // Covariance of X (actual) and Y (predicted) summed over classes, session by session.
        const covariance = (f: (i: number, j: number) => number, g: (i: number, j: number) => number) => {
          let fg = 0;
          let sumF = 0;
          let sumG = 0;
          flat.forEach((count, cell) => {
            const i = Math.floor(cell / 3);
            const j = cell % 3;
            fg += count * f(i, j) * g(i, j);
            sumF += count * f(i, j);
            sumG += count * g(i, j);
          });
          return fg / s - (sumF / s) * (sumG / s);
        };
        const overClasses = (f: (k: number) => number) => f(0) + f(1) + f(2);
        const actual = (k: number) => (i: number) => (i === k ? 1 : 0);
        const predicted = (k: number) => (_: number, j: number) => (j === k ? 1 : 0);
        const xy = overClasses((k) => covariance(actual(k), predicted(k)));
        const xx = overClasses((k) => covariance(actual(k), actual(k)));
        const yy = overClasses((k) => covariance(predicted(k), predicted(k)));
        close(r, xy / Math.sqrt(xx * yy));
      }),
    );
  });

  it('has the variance that numerical differentiation gives', () => {
    const flat = [50, 3, 2, 4, 30, 1, 2, 5, 20];
    const s = flat.reduce((a, b) => a + b, 0);
    // R of cell probabilities that need not add up to 1.
    const value = (p: readonly number[]) => {
      const rows = square(p, 3);
      const t = rows.map((row) => row.reduce((a, b) => a + b, 0));
      const q = rows.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0));
      const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, v, i) => sum + v * y[i]!, 0);
      const right = rows.reduce((sum, row, i) => sum + row[i]!, 0);
      return (right - dot(t, q)) / Math.sqrt((1 - dot(t, t)) * (1 - dot(q, q)));
    };
    const share = flat.map((c) => c / s);
    const step = 1e-6;
    const gradient = share.map((_, c) => {
      const moved = (by: number) => value(share.map((p, i) => (i === c ? p + by : p)));
      return (moved(step) - moved(-step)) / (2 * step);
    });
    const mean = gradient.reduce((sum, g, c) => sum + share[c]! * g, 0);
    const variance = gradient.reduce((sum, g, c) => sum + share[c]! * (g - mean) ** 2, 0) / s;
    const r = matthews(square(flat, 3));
    const expected = wilsonWithVariance((1 + r.value!) / 2, variance / 4, 0);
    close(r.low!, 2 * expected.low! - 1, 1e-7);
    close(r.high!, 2 * expected.high! - 1, 1e-7);
  });

  it('is exactly 1 when everything is right, and not certain', () => {
    const r = matthews([
      [12345, 0, 0],
      [0, 777, 0],
      [0, 0, 31],
    ]);
    assert.equal(r.value, 1);
    assert.ok(r.low! < 0.9);
  });

  it('is undefined when everything is called the same', () => {
    assert.equal(
      matthews([
        [5, 0],
        [3, 0],
      ]).value,
      null,
    );
  });
});
