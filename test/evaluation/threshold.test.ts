import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  applyThreshold,
  chooseThreshold,
  type OperatingPoint,
  operatingPoints,
} from '../../src/evaluation/index.ts';
import { calledBy } from '../../src/evaluation/matrix.ts';
import fc from '../support/fast-check.ts';

const point = (normalProbability: number, truePositives: number, falsePositives: number): OperatingPoint => ({
  normalProbability,
  truePositives,
  falsePositives,
});

/** F1: 8/14, 14/18 = 0.78, 16/22 = 0.73, 20/30. */
const curve = [point(0.1, 4, 0), point(0.3, 7, 1), point(0.5, 8, 4), point(0.9, 10, 10)];

describe('a threshold chosen on validation sessions', () => {
  it('has the highest F1', () => {
    assert.deepEqual(chooseThreshold(curve, 'f1'), {
      rule: 'f1',
      normalProbability: 0.3,
      sessions: 20,
      recall: 0.7,
      falsePositiveRate: 0.1,
    });
  });

  it('finds as much as a false positive rate allows, and calls no more sessions for the same', () => {
    const limit = (falsePositiveRate: number) =>
      chooseThreshold(curve, { falsePositiveRate })!.normalProbability;
    assert.deepEqual([0, 0.09, 0.1, 0.39, 0.4, 0.999].map(limit), [0.1, 0.1, 0.3, 0.3, 0.5, 0.5]);
    const worst = [point(0.1, 0, 3), point(0.2, 2, 3)];
    assert.equal(chooseThreshold(worst, { falsePositiveRate: 0.5 })!.normalProbability, null);
    const plateau = [point(0.1, 5, 0), point(0.2, 5, 1), point(0.3, 6, 9)];
    assert.equal(chooseThreshold(plateau, { falsePositiveRate: 0.2 })!.normalProbability, 0.1);
  });

  it('is not chosen by sessions of one sort, or by none', () => {
    assert.equal(chooseThreshold([point(0.5, 3, 0)], 'f1'), null);
    assert.equal(chooseThreshold([point(0.5, 0, 3)], { falsePositiveRate: 0.1 }), null);
    assert.equal(chooseThreshold([], 'f1'), null);
  });

  const anySessions = fc.array(fc.tuple(fc.nat({ max: 20 }), fc.nat({ max: 2 })), {
    minLength: 2,
    maxLength: 60,
  });
  const predictionsOf = (list: readonly (readonly [number, number])[]) => ({
    labels: Uint8Array.from(list, ([, label]) => label),
    probabilities: Float32Array.from(list.flatMap(([p]) => [p / 20, (1 - p / 20) / 2, (1 - p / 20) / 2])),
    classes: ['normal', 'x', 'y'],
  });

  it('does on the same sessions what it did when it was chosen; no other has a higher F1', () => {
    fc.assert(
      fc.property(anySessions, (list) => {
        const predictions = predictionsOf(list);
        const points = operatingPoints(predictions);
        const threshold = chooseThreshold(points, 'f1');
        if (threshold === null) return;
        const tested = applyThreshold(threshold, predictions, predictions.labels, predictions.classes);
        assert.equal(tested.rates.recall.value, threshold.recall);
        assert.equal(tested.rates.falsePositiveRate.value, threshold.falsePositiveRate);
        for (const { normalProbability } of points) {
          const other = applyThreshold({ ...threshold, normalProbability }, predictions, predictions.labels, [
            'a',
            'b',
            'c',
          ]);
          assert.ok(other.rates.f1.value! <= tested.rates.f1.value!);
        }
        assert.equal(
          tested.detection.reduce((sum, { called }) => sum + called.numerator, 0),
          tested.rates.truePositives + tested.rates.falsePositives,
        );
      }),
    );
  });

  it('that calls nothing calls nothing', () => {
    const predictions = predictionsOf([
      [0, 1],
      [20, 0],
    ]);
    assert.deepEqual([...calledBy({ normalProbability: null }, predictions)], [0, 0]);
    assert.deepEqual([...calledBy({ normalProbability: 0 }, predictions)], [1, 0]);
  });
});
