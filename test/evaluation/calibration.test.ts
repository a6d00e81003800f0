import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { calibrate } from '../../src/evaluation/calibration.ts';
import { operatingPoints } from '../../src/evaluation/index.ts';
import fc from '../support/fast-check.ts';

/** Scores of "anomalous" in 64ths, which are exact, with what sessions were. */
type Scored = readonly (readonly [score: number, anomalous: 0 | 1])[];

const of = (list: Scored, bins?: number) =>
  calibrate(
    operatingPoints({
      labels: Uint8Array.from(list, ([, anomalous]) => anomalous),
      probabilities: Float32Array.from(list.flatMap(([score]) => [1 - score / 64, score / 64])),
      classes: ['normal', 'x'],
    }),
    bins,
  );

const anyScored = fc.array(
  fc.tuple(fc.integer({ min: 0, max: 64 }), fc.constantFrom(0 as const, 1 as const)),
  { minLength: 1, maxLength: 120 },
);

describe('calibration', () => {
  it('by hand: two bins of four', () => {
    // Scores ¼ ¼ ¼ ¼ with one anomalous of four, ½ ½ ¾ ¾ with three: only the second bin is off, by ⅛.
    const low: Scored = [
      [16, 0],
      [16, 1],
      [16, 0],
      [16, 0],
    ];
    const high: Scored = [
      [32, 1],
      [32, 0],
      [48, 1],
      [48, 1],
    ];
    const { reliability, ece, brier, reliabilityTerm, uncertaintyTerm, resolutionTerm } = of(
      [...high, ...low],
      2,
    )!;
    assert.deepEqual(
      reliability.map(({ sessions, from, meanScore, to, anomalous }) => [
        ...[sessions, from, meanScore, to, anomalous.numerator],
      ]),
      [
        [4, 1 / 4, 1 / 4, 1 / 4, 1],
        [4, 1 / 2, 5 / 8, 3 / 4, 3],
      ],
    );
    assert.equal(ece, (1 / 2) * (1 / 8));
    // (3 · 1/16 + 9/16 + 2 · 1/4 + 2 · 1/16) / 8
    assert.equal(brier.value, 11 / 8 / 8);
    assert.equal(reliabilityTerm, 1 / 2 / 64);
    assert.equal(uncertaintyTerm, 1 / 4);
    assert.equal(reliabilityTerm - resolutionTerm + uncertaintyTerm, brier.value);
  });

  it('is perfect where scores are 0 and 1 and right, and as bad as can be where they are wrong', () => {
    const right = of([
      [0, 0],
      [64, 1],
      [64, 1],
    ])!;
    assert.deepEqual([right.ece, right.brier.value, right.reliabilityTerm], [0, 0, 0]);
    const wrong = of([
      [0, 1],
      [64, 0],
      [64, 0],
    ])!;
    assert.deepEqual([wrong.ece, wrong.brier.value], [1, 1]);
  });

  it('is not there without sessions, and has no interval of one', () => {
    assert.equal(of([]), null);
    assert.deepEqual(of([[32, 1]])!.brier, { value: 1 / 4, low: null, high: null });
  });

  it('puts every session into one bin, equal scores into the same, and as many as there are into each', () => {
    fc.assert(
      fc.property(anyScored, fc.integer({ min: 1, max: 12 }), (list, bins) => {
        const { reliability } = of(list, bins)!;
        assert.ok(reliability.length >= 1 && reliability.length <= bins);
        assert.equal(
          reliability.reduce((sum, { sessions }) => sum + sessions, 0),
          list.length,
        );
        reliability.forEach(({ from, to, meanScore, sessions, anomalous }, b) => {
          assert.ok(from <= meanScore && meanScore <= to);
          if (b > 0) assert.ok(reliability[b - 1]!.to < from);
          const inside = list.filter(([score]) => score / 64 >= from && score / 64 <= to);
          assert.equal(inside.length, sessions);
          assert.equal(inside.filter(([, is]) => is === 1).length, anomalous.numerator);
          // No larger than its share but for the sessions that share its last score.
          const last = list.filter(([score]) => score / 64 === to).length;
          assert.ok(sessions - last < list.length / bins + 1);
        });
      }),
    );
  });

  it('has the Brier score of its definition, and the resolution of Stephenson et al.', () => {
    fc.assert(
      fc.property(anyScored, (list) => {
        const { reliability, brier, resolutionTerm, reliabilityTerm, uncertaintyTerm } = of(list)!;
        const N = list.length;
        const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;
        const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1e-12, `${a} ${b}`);
        near(brier.value!, mean(list.map(([score, is]) => (score / 64 - is) ** 2)));
        const share = mean(list.map(([, is]) => is));
        near(uncertaintyTerm, share * (1 - share));
        // RES − WBV + WBC, bin by bin.
        let resolution = 0;
        for (const { from, to, meanScore, sessions, anomalous } of reliability) {
          const inside = list.filter(([score]) => score / 64 >= from && score / 64 <= to);
          const spread = mean(inside.map(([score]) => (score / 64 - meanScore) ** 2));
          const together = mean(
            inside.map(([score, is]) => (score / 64 - meanScore) * (is - anomalous.value!)),
          );
          resolution += (sessions / N) * ((anomalous.value! - share) ** 2 - spread + 2 * together);
        }
        near(resolutionTerm, resolution);
        near(reliabilityTerm - resolutionTerm + uncertaintyTerm, brier.value!);
      }),
    );
  });
});
