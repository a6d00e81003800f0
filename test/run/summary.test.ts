import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluateMatrix } from '../../src/evaluation/index.ts';
import { meanMetrics, metricsOf } from '../../src/run/summary.ts';

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

  it('have a mean where every run has a number', () => {
    const runs = [
      { accuracy: 0.5, f1: 1 },
      { accuracy: 0.75, f1: null },
    ];
    assert.deepEqual(meanMetrics(runs), { accuracy: 0.625, f1: null });
    assert.deepEqual(meanMetrics([]), {});
  });
});
