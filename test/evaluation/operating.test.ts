import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rocArea } from '../../src/evaluation/curve.ts';
import { corners, type OperatingPoint, operatingPoints } from '../../src/evaluation/index.ts';
import { fixedRates } from '../../src/evaluation/operating.ts';
import fc from '../support/fast-check.ts';

const point = (normalProbability: number, truePositives: number, falsePositives: number): OperatingPoint => ({
  normalProbability,
  truePositives,
  falsePositives,
});

/** Any curve: counts grow at every point, by one sort or both. */
const anyCurve = fc
  .array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })), { minLength: 1, maxLength: 40 })
  .map((steps) => {
    let [tp, fp] = [0, 0];
    return steps
      .filter(([dt, df]) => dt + df > 0)
      .map(([dt, df], k) => {
        tp += dt;
        fp += df;
        return point(k / 100, tp, fp);
      });
  });

describe('the corners of a ROC curve', () => {
  it('by hand: straight runs up, right and aslant keep their ends alone', () => {
    const up = [point(0.1, 1, 0), point(0.2, 2, 0), point(0.3, 3, 0)];
    const right = [point(0.4, 3, 1), point(0.5, 3, 2)];
    const aslant = [point(0.6, 4, 4), point(0.7, 5, 6)];
    assert.deepEqual(corners([...up, ...right, ...aslant]), [up[2], right[1], aslant[1]]);
    assert.deepEqual(corners([]), []);
  });

  it('lose nothing: every point lies on the line between two corners', () => {
    fc.assert(
      fc.property(anyCurve, (points) => {
        const kept = [point(0, 0, 0), ...corners(points)];
        for (const { truePositives: y, falsePositives: x } of points) {
          const onLine = kept.slice(1).some((b, i) => {
            const a = kept[i]!;
            const [dx, dy] = [b.falsePositives - a.falsePositives, b.truePositives - a.truePositives];
            const inside =
              x >= a.falsePositives && x <= b.falsePositives && y >= a.truePositives && y <= b.truePositives;
            return inside && dx * (y - a.truePositives) === dy * (x - a.falsePositives);
          });
          assert.ok(onLine, `${x}, ${y}`);
        }
      }),
    );
  });

  it('enclose the same area', () => {
    fc.assert(
      fc.property(anyCurve, (points) => {
        const [all, some] = [rocArea(points).value, rocArea(corners(points)).value];
        if (all === null) assert.equal(some, null);
        else assert.ok(Math.abs(all - some!) < 1e-12);
      }),
    );
  });
});

describe('the detection rate at a fixed false positive rate', () => {
  it('needs ten false positives to be expected, and says so where there are fewer normal sessions', () => {
    const points = [point(0.1, 40, 9), point(0.2, 60, 11), point(1, 100, 1000)];
    const [percent, promille, tiny] = fixedRates(points);
    assert.equal(percent!.point!.recall.numerator, 40);
    assert.deepEqual(promille, {
      threshold: 'oracle',
      oneIn: 1000,
      needed: 10_000,
      normal: 1000,
      point: null,
    });
    assert.deepEqual(tiny, {
      threshold: 'oracle',
      oneIn: 10_000,
      needed: 100_000,
      normal: 1000,
      point: null,
    });
    assert.equal(fixedRates([point(1, 100, 999)])[0]!.point, null);
  });

  it('by hand: the last point that is not above, with precision at other base rates', () => {
    const [percent] = fixedRates([
      point(0.1, 40, 9),
      point(0.2, 50, 10),
      point(0.3, 60, 11),
      point(1, 100, 1000),
    ]);
    const { normalProbability, recall, falsePositiveRate, precisionAt } = percent!.point!;
    assert.equal(normalProbability, 0.2);
    assert.deepEqual([recall.numerator, recall.denominator], [50, 100]);
    assert.deepEqual([falsePositiveRate.numerator, falsePositiveRate.denominator], [10, 1000]);
    // Of 1,000 sessions, 100 anomalous: 50 hits and 9 alarms.
    assert.ok(Math.abs(precisionAt[0]!.value! - 50 / 59) < 1e-12);
  });

  it('is 0 where the highest scores are those of more normal sessions', () => {
    const [percent] = fixedRates([point(0.1, 5, 11), point(1, 100, 1000)]);
    assert.equal(percent!.point!.normalProbability, null);
    assert.equal(percent!.point!.recall.value, 0);
    assert.equal(percent!.point!.falsePositiveRate.value, 0);
  });

  it('has no point without an anomalous session', () => {
    assert.equal(fixedRates([point(1, 0, 5000)])[0]!.point, null);
    assert.deepEqual(
      fixedRates([]).map(({ normal }) => normal),
      [0, 0, 0],
    );
  });

  it('has its threshold from normal validation sessions where there are any, whatever the rate on the test sessions then is', () => {
    const validation = [point(0.1, 0, 3), point(0.25, 0, 10), point(0.4, 0, 11), point(1, 0, 1000)];
    const test = [point(0.2, 40, 30), point(0.3, 50, 31), point(1, 100, 500)];
    const [percent, promille] = fixedRates(test, validation);
    assert.equal(percent!.threshold, 'validation');
    const { normalProbability, recall, falsePositiveRate } = percent!.point!;
    assert.deepEqual([normalProbability, recall.numerator, falsePositiveRate.numerator], [0.25, 40, 30]);
    assert.equal(falsePositiveRate.denominator, 500);
    assert.deepEqual([promille!.normal, promille!.point], [1000, null]);
    // The oracle of the same sessions would say nothing: too few of them are normal.
    assert.deepEqual([fixedRates(test)[0]!.threshold, fixedRates(test)[0]!.point], ['oracle', null]);
  });

  it('is what calling sessions by its threshold gives', () => {
    const anyScores = fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.boolean()), {
      minLength: 1500,
      maxLength: 2500,
    });
    fc.assert(
      fc.property(anyScores, (list) => {
        const labels = Uint8Array.from(list, ([score, is]) => (is && score < 40 ? 1 : 0));
        const probabilities = Float32Array.from(list.flatMap(([score]) => [score / 64, 1 - score / 64]));
        const points = operatingPoints({ labels, probabilities, classes: ['normal', 'x'] });
        for (const { point: at, oneIn } of fixedRates(points)) {
          if (at === null) continue;
          const limit = at.normalProbability ?? -1;
          const called = list.map((_, i) => probabilities[2 * i]! <= limit);
          const count = (label: number) => called.filter((c, i) => c && labels[i] === label).length;
          assert.deepEqual([count(1), count(0)], [at.recall.numerator, at.falsePositiveRate.numerator]);
          assert.ok(at.falsePositiveRate.value! <= 1 / oneIn);
        }
      }),
      { numRuns: 15 },
    );
  });
});
