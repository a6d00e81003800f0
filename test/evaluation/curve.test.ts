import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { averagePrecision, operatingPoints, rocArea } from '../../src/evaluation/curve.ts';
import { logLoss } from '../../src/evaluation/loss.ts';
import { lnShort } from '../../src/numeric/index.ts';
import { wilsonWithVariance } from '../../src/statistics/interval.ts';
import fc from '../support/fast-check.ts';

/** Binary predictions from labels and P(normal). */
function binary(rows: readonly (readonly [label: number, normal: number])[]) {
  return {
    labels: Uint8Array.from(rows, ([label]) => label),
    probabilities: Float32Array.from(rows.flatMap(([, normal]) => [normal, 1 - normal])),
    classes: ['normal', 'anomalous'],
  };
}

/** Labels with scores of few levels, so that there are many ties. */
const rows = fc.constantFrom(1, 3, 10, 1e6).chain((levels) =>
  fc.array(
    fc
      .tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: levels }))
      .map(([l, k]) => [l, k / levels] as const),
    { maxLength: 50 },
  ),
);

/** 1 when the first outranks the second as anomalous, ½ for a tie. */
const outranks = (a: number, b: number) =>
  Math.fround(a) < Math.fround(b) ? 1 : Math.fround(a) === Math.fround(b) ? 0.5 : 0;

describe('the area under the ROC curve', () => {
  it('is the share of pairs that are ranked right, ties one half', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const positives = list.filter(([l]) => l === 1);
        const negatives = list.filter(([l]) => l === 0);
        let pairs = 0;
        for (const [, a] of positives) for (const [, b] of negatives) pairs += outranks(a, b);
        const area = rocArea(operatingPoints(binary(list))).value;
        const all = positives.length * negatives.length;
        assert.equal(area, all === 0 ? null : pairs / all);
      }),
    );
  });

  it("has DeLong's variance, computed here pair by pair", () => {
    fc.assert(
      fc.property(rows, (list) => {
        const x = list.filter(([l]) => l === 1).map(([, p]) => p);
        const y = list.filter(([l]) => l === 0).map(([, p]) => p);
        const [m, n] = [x.length, y.length];
        if (m < 2 || n < 2) return;
        const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
        const ofPositives = x.map((a) => mean(y.map((b) => outranks(a, b))));
        const ofNegatives = y.map((b) => mean(x.map((a) => outranks(a, b))));
        const area = mean(ofPositives);
        const s = (values: readonly number[]) =>
          values.reduce((sum, v) => sum + (v - area) ** 2, 0) / (values.length - 1);
        const variance = s(ofPositives) / m + s(ofNegatives) / n;
        const least = Math.min(m, n);
        const expected = wilsonWithVariance(area, Math.min(variance, (area * (1 - area)) / least), least);
        const got = rocArea(operatingPoints(binary(list)));
        assert.ok(Math.abs(got.low! - expected.low!) < 1e-9);
        assert.ok(Math.abs(got.high! - expected.high!) < 1e-9);
      }),
    );
  });

  it('of a perfect ranking is 1 with an interval that is not a point', () => {
    const e = rocArea(operatingPoints(binary([...Array(20).fill([0, 0.9]), ...Array(20).fill([1, 0.1])])));
    assert.equal(e.value, 1);
    assert.ok(e.low! < 0.9 && e.high === 1);
  });

  it('of one score for all is one half', () => {
    assert.equal(
      rocArea(
        operatingPoints(
          binary([
            [0, 0.5],
            [1, 0.5],
            [1, 0.5],
          ]),
        ),
      ).value,
      0.5,
    );
  });

  it('tells scores apart that differ only in the 24th bit of P(normal)', () => {
    // As 1 − P(normal) in single precision both would be 1.
    const e = rocArea(
      operatingPoints(
        binary([
          [1, 1e-20],
          [0, 2e-20],
        ]),
      ),
    );
    assert.equal(e.value, 1);
  });
});

describe('average precision', () => {
  it('is the sum of recall steps times precision, by hand', () => {
    // Ranked: hit, miss, hit, hit: (1/1 + 2/3 + 3/4) / 3.
    const e = averagePrecision(
      operatingPoints(
        binary([
          [1, 0.1],
          [0, 0.2],
          [1, 0.3],
          [1, 0.4],
        ]),
      ),
    );
    assert.ok(Math.abs(e.value! - (1 + 2 / 3 + 3 / 4) / 3) < 1e-15);
  });

  it('is undefined where ROC AUC is: with sessions of one sort alone', () => {
    for (const label of [0, 1] as const) {
      const points = operatingPoints(
        binary([
          [label, 0.1],
          [label, 0.7],
        ]),
      );
      assert.equal(averagePrecision(points).value, null);
      assert.equal(rocArea(points).value, null);
    }
  });

  it('takes sessions with equal scores as one step, whatever their order', () => {
    const e = averagePrecision(
      operatingPoints(
        binary([
          [0, 0.2],
          [1, 0.2],
          [1, 0.2],
          [0, 0.9],
        ]),
      ),
    );
    assert.ok(Math.abs(e.value! - 2 / 3) < 1e-15);
  });

  it('of one score for all is the share of anomalous sessions', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), (m, n) => {
        const list = [
          ...Array<[number, number]>(m).fill([1, 0.5]),
          ...Array<[number, number]>(n).fill([0, 0.5]),
        ];
        assert.ok(Math.abs(averagePrecision(operatingPoints(binary(list))).value! - m / (m + n)) < 1e-12);
      }),
    );
  });

  it('agrees with a threshold at every session', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const m = list.filter(([l]) => l === 1).length;
        let sum = 0;
        for (const [label, p] of list) {
          if (label === 0) continue;
          const called = list.filter(([, q]) => Math.fround(q) <= Math.fround(p));
          sum += called.filter(([l]) => l === 1).length / called.length;
        }
        const got = averagePrecision(operatingPoints(binary(list))).value;
        if (m === 0 || m === list.length) assert.equal(got, null);
        else assert.ok(Math.abs(got! - sum / m) < 1e-12);
      }),
    );
  });
});

describe('log loss', () => {
  it('is the mean of −ln P(actual class)', () => {
    const e = logLoss(
      binary([
        [0, 0.5],
        [1, 0.75],
        [0, 1],
      ]),
    );
    assert.ok(Math.abs(e.value! - (Math.log(2) + Math.log(4)) / 3) < 1e-7);
  });

  it('of a session that was ruled out is large but finite', () => {
    assert.equal(logLoss(binary([[1, 1]])).value?.toFixed(2), '103.28');
  });

  it('uses a logarithm that is exact to 4e-16', () => {
    fc.assert(
      fc.property(fc.double({ min: 2 ** -149, max: 1, noNaN: true }), (x) => {
        const error = Math.abs(lnShort(x) - Math.log(x));
        assert.ok(error <= 4e-16 * Math.max(1, -Math.log(x)), `ln ${x}: off by ${error}`);
      }),
    );
    assert.equal(lnShort(1), 0);
  });
});
