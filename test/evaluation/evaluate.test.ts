import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Evaluation, evaluate, evaluateMatrix } from '../../src/evaluation/index.ts';
import fc from '../support/fast-check.ts';

/** Day 3 of ISCX IDS 2012, best model, as the Deep Session Learning article prints it. */
const ARTICLE = [
  [92455, 46],
  [1608, 8346],
];

const percent = (x: number | null, digits: number) => `${(100 * x!).toFixed(digits)}%`;

/** Random predictions of up to 60 sessions; few distinct probabilities, so that ties are frequent. */
const predictions = fc
  .record({ classes: fc.integer({ min: 2, max: 4 }), levels: fc.constantFrom(2, 5, 1000) })
  .chain(({ classes, levels }) =>
    fc
      .array(
        fc.tuple(
          fc.integer({ min: 0, max: classes - 1 }),
          fc.array(fc.integer({ min: 0, max: levels }), { minLength: classes, maxLength: classes }),
        ),
        { maxLength: 60 },
      )
      .map((rows) => ({
        labels: Uint8Array.from(rows, ([label]) => label),
        probabilities: Float32Array.from(
          rows.flatMap(([, weights]) => {
            const sum = weights.reduce((a, b) => a + b, 0);
            return weights.map((w) => (sum === 0 ? 1 / classes : w / sum));
          }),
        ),
        classes: ['normal', 'swap', 'switch', 'noise'].slice(0, classes),
      })),
  );

describe("the article's confusion matrix", () => {
  const e = evaluateMatrix(ARTICLE, ['normal', 'attack']);
  const a = e.anomalous;

  it('has the rates that the article means, under their right names', () => {
    assert.equal(percent(a.recall.value, 1), '83.8%');
    assert.equal(percent(a.falsePositiveRate.value, 3), '0.050%');
    assert.equal(percent(a.falseDiscoveryRate.value, 2), '0.55%');
    assert.equal(percent(a.precision.value, 2), '99.45%');
    assert.equal(a.f1.value?.toFixed(3), '0.910');
    assert.equal(percent(a.accuracy.value, 2), '98.39%');
    assert.equal(a.mcc.value?.toFixed(3), '0.905');
  });

  it('has the right denominators', () => {
    assert.deepEqual([a.recall.numerator, a.recall.denominator], [8346, 9954]);
    assert.deepEqual([a.falsePositiveRate.numerator, a.falsePositiveRate.denominator], [46, 92501]);
    assert.deepEqual([a.falseDiscoveryRate.numerator, a.falseDiscoveryRate.denominator], [46, 8392]);
    assert.deepEqual([a.accuracy.numerator, a.accuracy.denominator], [100801, 102455]);
  });

  it('has a precision of 62.8% when one session in a thousand is an attack', () => {
    assert.deepEqual(
      a.precisionAt.map((p) => p.baseRate),
      [0.1, 0.01, 0.001],
    );
    assert.equal(percent(a.precisionAt[2]!.value, 1), '62.8%');
  });

  it('has at the base rate of the test set the precision of the test set', () => {
    const share = 9954 / 102455;
    const odds = (a.recall.value! * share) / (a.falsePositiveRate.value! * (1 - share));
    assert.ok(Math.abs(odds / (1 + odds) - a.precision.value!) < 1e-12);
  });

  it('has no ranking, because a matrix has no probabilities', () => {
    assert.equal(e.ranking, null);
  });
});

describe('a session', () => {
  it('is predicted to be of its most probable class, of equals the first', () => {
    const e = evaluate({
      labels: Uint8Array.of(0, 1, 2),
      probabilities: Float32Array.of(0.2, 0.5, 0.3, 0.4, 0.4, 0.2, 0.1, 0.1, 0.8),
      classes: ['normal', 'swap', 'switch'],
    });
    assert.deepEqual(e.matrix, [
      [0, 1, 0],
      [1, 0, 0],
      [0, 0, 1],
    ]);
  });

  it('counts as recognised as anomalous when it was given the wrong kind of anomaly', () => {
    const e = evaluateMatrix(
      [
        [4, 0, 0],
        [1, 2, 3],
        [0, 0, 0],
      ],
      ['normal', 'swap', 'switch'],
    );
    assert.equal(e.anomalous.truePositives, 5);
    assert.equal(e.anomalous.falseNegatives, 1);
    assert.equal(e.kinds[1]!.calledAnomalous.value, 5 / 6);
    assert.equal(e.kinds[1]!.recall.value, 2 / 6);
    assert.equal(e.accuracy.value, 6 / 10);
  });
});

describe('rates of each kind', () => {
  it('are those of the kind against all others', () => {
    // By hand: class b has TP 5, FN 2 + 1, FP 1 + 3, TN 10 + 0 + 2 + 6.
    const e = evaluateMatrix(
      [
        [10, 1, 0],
        [2, 5, 1],
        [2, 3, 6],
      ],
      ['normal', 'b', 'c'],
    );
    const b = e.kinds[1]!;
    assert.equal(b.actual, 8);
    assert.equal(b.predicted, 9);
    assert.equal(b.precision.value, 5 / 9);
    assert.equal(b.recall.value, 5 / 8);
    assert.equal(b.f1.value, 10 / 17);
    assert.deepEqual([b.falsePositiveRate.numerator, b.falsePositiveRate.denominator], [4, 22]);
    assert.deepEqual([b.falseDiscoveryRate.numerator, b.falseDiscoveryRate.denominator], [4, 9]);
  });
});

describe('a rate without a denominator', () => {
  const onlyNormal = evaluateMatrix(
    [
      [7, 0],
      [0, 0],
    ],
    ['normal', 'swap'],
  );

  it('is null with an interval of nulls, and keeps its denominator', () => {
    const none = { value: null, low: null, high: null, numerator: 0, denominator: 0 };
    assert.deepEqual(onlyNormal.anomalous.recall, none);
    assert.deepEqual(onlyNormal.anomalous.precision, none);
    assert.deepEqual(onlyNormal.anomalous.f1, none);
    assert.equal(onlyNormal.anomalous.falsePositiveRate.value, 0);
  });

  it('leaves the numbers that are made of it null as well', () => {
    assert.equal(onlyNormal.mcc.value, null);
    for (const p of onlyNormal.anomalous.precisionAt) assert.equal(p.value, null);
  });

  it('holds for a test set of no sessions', () => {
    const e = evaluate({
      labels: new Uint8Array(0),
      probabilities: new Float32Array(0),
      classes: ['normal', 'swap'],
    });
    assert.equal(e.accuracy.value, null);
    assert.equal(e.ranking?.rocAuc.value, null);
    assert.equal(e.ranking?.averagePrecision.value, null);
    assert.equal(e.ranking?.logLoss.value, null);
  });
});

describe('an evaluation', () => {
  const everyNumber = (e: unknown): number[] =>
    typeof e === 'number'
      ? [e]
      : typeof e === 'object' && e !== null
        ? Object.values(e).flatMap(everyNumber)
        : [];

  it('holds no NaN and no infinity, and survives JSON', () => {
    fc.assert(
      fc.property(predictions, (p) => {
        const e = evaluate(p);
        assert.ok(everyNumber(e).every(Number.isFinite));
        assert.deepEqual(JSON.parse(JSON.stringify(e)), e);
      }),
    );
  });

  it('has every value within its interval', () => {
    const estimates = (e: Evaluation) => [
      e.accuracy,
      e.mcc,
      ...Object.values(e.anomalous).filter((v) => typeof v === 'object' && 'low' in v),
      ...e.anomalous.precisionAt,
      ...e.kinds.flatMap((k) => Object.values(k).filter((v) => typeof v === 'object')),
      ...[e.ranking!.rocAuc, e.ranking!.averagePrecision, e.ranking!.logLoss],
      ...(e.ranking!.calibration === null ? [] : [e.ranking!.calibration.brier]),
    ];
    fc.assert(
      fc.property(predictions, (p) => {
        for (const x of estimates(evaluate(p))) {
          if (x.value === null || x.low === null) continue;
          assert.ok(x.low <= x.value + 1e-12 && x.value <= x.high! + 1e-12, JSON.stringify(x));
        }
      }),
    );
  });

  it('has keys in the same order for the same classes', () => {
    const keys = (e: unknown): unknown =>
      typeof e === 'object' && e !== null ? Object.entries(e).map(([k, v]) => [k, keys(v)]) : null;
    const classes = ['normal', 'swap'];
    const empty = evaluate({ labels: new Uint8Array(0), probabilities: new Float32Array(0), classes });
    const some = evaluate({
      labels: Uint8Array.of(0, 1),
      probabilities: Float32Array.of(1, 0, 0, 1),
      classes,
    });
    // Calibration has as many bins as there are scores.
    const same = ({ ranking, ...rest }: Evaluation) => [keys(rest), Object.keys(ranking!)];
    assert.deepEqual(same(empty), same(some));
  });

  it('does not depend on the order of the sessions', () => {
    fc.assert(
      fc.property(predictions, (p) => {
        const C = p.classes.length;
        const rows = Array.from(p.labels, (_, i) => [...p.probabilities.subarray(i * C, (i + 1) * C)]);
        const reversed = {
          labels: p.labels.toReversed(),
          probabilities: Float32Array.from(rows.reverse().flat()),
          classes: p.classes,
        };
        const { ranking: a, ...rest } = evaluate(p);
        const { ranking: b, ...others } = evaluate(reversed);
        assert.deepEqual(others, rest);
        assert.deepEqual(b?.rocAuc, a?.rocAuc);
        assert.deepEqual(b?.averagePrecision, a?.averagePrecision);
      }),
    );
  });
});

describe('predictions that cannot be evaluated', () => {
  const classes = ['normal', 'swap'];

  it('of a diverged network are refused with what to do', () => {
    const bad = { labels: Uint8Array.of(0, 1), probabilities: Float32Array.of(1, 0, Number.NaN, 1), classes };
    assert.throws(() => evaluate(bad), /test session 1: probability of "normal" is NaN.*learningRate/);
  });

  it('of the wrong shape are refused with both numbers', () => {
    const bad = { labels: Uint8Array.of(0, 1), probabilities: Float32Array.of(1, 0), classes };
    assert.throws(() => evaluate(bad), /got 2, expected 2 sessions × 2 classes = 4/);
    assert.throws(() => evaluateMatrix([[1, 2]], classes), /got 1 rows of 2, expected 2 × 2/);
  });

  it('with a class that does not exist are refused', () => {
    const bad = { labels: Uint8Array.of(2), probabilities: Float32Array.of(1, 0), classes };
    assert.throws(() => evaluate(bad), /label of test session 0: got 2, expected below 2/);
  });

  it('and a matrix with a broken count is refused', () => {
    assert.throws(
      () =>
        evaluateMatrix(
          [
            [1, -2],
            [0, 0],
          ],
          classes,
        ),
      /got the count -2/,
    );
    assert.throws(
      () =>
        evaluateMatrix(
          [
            [1, 0.5],
            [0, 0],
          ],
          classes,
        ),
      /got the count 0.5/,
    );
  });
});
