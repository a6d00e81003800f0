import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stream } from '../../src/random/index.ts';
import { calibrationOf, conformalP, leastP } from '../../src/score/conformal.ts';
import fc from '../support/fast-check.ts';

describe('conformal p', () => {
  it('counts the normal sessions that score as high, and the session itself', () => {
    const calibration = calibrationOf([0.5, 0.1, 0.1, 0.9], 'validation');
    assert.deepEqual(
      [0, 0.1, 0.2, 0.5, 0.9, 0.95].map((score) => conformalP(calibration, score) * 5),
      [5, 5, 3, 3, 2, 1],
    );
    assert.equal(leastP(calibration), 0.2);
  });

  it('is what counting one by one says, whatever the scores', () => {
    const score = fc.integer({ min: 0, max: 20 }).map((n) => n / 20);
    fc.assert(
      fc.property(fc.array(score, { minLength: 1 }), score, (normal, own) => {
        const asHigh = normal.filter((s) => s >= own).length;
        assert.equal(conformalP(calibrationOf(normal, 'test'), own), (1 + asHigh) / (normal.length + 1));
      }),
    );
  });

  it('is at most α for at most a share α of sessions that are like the normal ones', () => {
    const source = stream(1, 'conformal');
    const trials = 20_000;
    const calibrations = 200;
    for (const alpha of [0.01, 0.05, 0.2]) {
      let alarms = 0;
      for (let c = 0; c < calibrations; c++) {
        const calibration = calibrationOf(
          Array.from({ length: 99 }, () => source.uniform()),
          'test',
        );
        for (let t = 0; t < trials / calibrations; t++)
          if (conformalP(calibration, source.uniform()) <= alpha) alarms++;
      }
      // Exact: ⌊α (n + 1)⌋ / (n + 1) = α; three standard deviations of the mean over calibrations.
      assert.ok(
        Math.abs(alarms / trials - alpha) < 3 * Math.sqrt((alpha * (1 - alpha)) / 100 / calibrations) + 0.002,
      );
    }
  });
});
