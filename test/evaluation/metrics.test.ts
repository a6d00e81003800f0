import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  evaluate,
  evaluateMatrix,
  findingMetrics,
  meanMetrics,
  metricsOf,
} from '../../src/evaluation/index.ts';

describe('the metrics of a run', () => {
  it('are the headline numbers of its evaluation', () => {
    // The matrix that the article prints for ISCX IDS 2012.
    const evaluation = evaluateMatrix(
      [
        [92_455, 46],
        [1_608, 8_346],
      ],
      ['normal', 'attack'],
    );
    const metrics = metricsOf(evaluation);
    assert.equal(metrics.recall, 8_346 / 9_954);
    assert.equal(metrics.falsePositiveRate, 46 / 92_501);
    assert.equal(metrics.falseDiscoveryRate, 46 / 8_392);
    assert.equal(metrics.accuracy, (92_455 + 8_346) / 102_455);
    assert.equal(metrics.mcc!.toFixed(3), '0.905');
    assert.equal(metrics.rocAuc, null);
  });

  it('tell calibration, and the detection rate where there are normal sessions enough for it', () => {
    // A thousand normal sessions with P(normal) = 1, ten anomalies, half of them with P(normal) = 0.
    const labels = Uint8Array.from({ length: 1010 }, (_, i) => (i < 1000 ? 0 : 1));
    const normal = Array.from(labels, (_, i) => (i < 1005 ? 1 : 0));
    const probabilities = Float32Array.from(normal.flatMap((p) => [p, 1 - p]));
    const metrics = metricsOf(evaluate({ labels, probabilities, classes: ['normal', 'x'] }));
    assert.equal(metrics['oracleRecallAtFpr0.01'], 1 / 2);
    assert.equal(metrics['oracleRecallAtFpr0.001'], null);
    assert.equal(metrics.brierScore, 5 / 1010);
    assert.ok(Math.abs(metrics.expectedCalibrationError! - 5 / 1010) < 1e-12);
  });

  it('name no threshold where none was chosen, and no baseline where none was tried', () => {
    const findings = {
      applications: [],
      pairs: [],
      threshold: null,
      atFalsePositiveRate: null,
      baselines: null,
      best: null,
    };
    assert.deepEqual(findingMetrics(findings), {});
  });

  it('have a mean where every run has a number', () => {
    const runs = [
      { accuracy: 0.5, f1: 1 },
      { accuracy: 0.75, f1: null },
    ];
    assert.deepEqual(meanMetrics(runs), { accuracy: 0.625, f1: null });
    assert.deepEqual(meanMetrics([]), {});
  });
});
