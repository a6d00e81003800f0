import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { baselineTable, chooseBest } from '../../src/baseline/index.ts';
import { ratesByGroup } from '../../src/evaluation/group.ts';
import {
  applyThreshold,
  chooseThreshold,
  detectionByKind,
  evaluate,
  fixedRates,
  mostProbable,
  operatingPoints,
} from '../../src/evaluation/index.ts';
import { formatEvaluation, formatFindings } from '../../src/report/index.ts';

/** Eight sessions of three kinds. */
const classes = ['normal', 'swap', 'scan'];
const labels = Uint8Array.of(0, 0, 0, 0, 1, 1, 2, 2);
const normal = [0.9, 0.8, 0.75, 0.4, 0.1, 0.55, 0.2, 0.95];
const predictions = {
  labels,
  classes,
  probabilities: Float32Array.from(normal.flatMap((p) => [p, (2 / 3) * (1 - p), (1 / 3) * (1 - p)])),
};
const evaluation = evaluate(predictions);
const called = mostProbable(predictions.probabilities, 3);
const network = { anomalous: evaluation.anomalous, detection: detectionByKind(labels, called, classes) };
const nothing = { applications: [], pairs: [], threshold: null, atFalsePositiveRate: null };
const none = { ...nothing, baselines: null, best: null };

describe('the report of findings', () => {
  it('says that no threshold was chosen, and nothing of what is not there', () => {
    assert.equal(
      formatFindings(network, none),
      `Threshold: none was chosen, as there are no validation sessions of both sorts (training.validation);
  sessions are anomalous whose most probable class is not "normal"
`,
    );
  });

  it('puts the chosen threshold beside the most probable class', () => {
    const chosen = chooseThreshold(operatingPoints(predictions), 'f1')!;
    const threshold = applyThreshold(chosen, predictions, labels, classes);
    assert.equal(
      formatFindings(network, { ...none, threshold }),
      `Threshold for the highest F1, chosen on 8 validation sessions
  there: recall 75.0%, FPR 25.0%; on the test sessions:
                       recall  95% interval      FPR  95% interval   precision     F1    MCC
  P(normal) ≤ 0.550     75.0%  30.1% … 95.44%  25.0%  4.56% … 69.9%      75.0%  0.750  0.500
  most probable class   50.0%  15.0% … 85.0%      0%  0% … 49.0%          100%  0.667  0.577
`,
    );
  });

  it('has a line for each part of the test set', () => {
    const groups = ratesByGroup(labels, called, [0, 0, 1, 1, 0, 0, 0, 0], ['dns 53/udp', 'other tcp']);
    const text = formatFindings(network, { ...none, applications: groups, pairs: groups });
    assert.match(
      text,
      /By application[^\n]*\n[^\n]*sessions[^\n]*\n {2}dns 53\/udp +6 +50\.0% [^\n]* 2\/4 +0% [^\n]* 0\/2\n/,
    );
    assert.match(text, /By what training knows[^\n]*\n[^\n]*\n[^\n]*\n {2}other tcp +2 +– +0% [^\n]* 0\/2\n/);
  });

  it('has a line for each baseline, and for each kind what finds it best', () => {
    const baselines = baselineTable(
      {
        kinds: labels,
        baselines: [
          {
            ...{ name: 'new-pair', says: '', ranks: false, scores: new Float32Array(8) },
            called: Uint8Array.of(0, 0, 0, 0, 1, 1, 0, 0),
          },
          {
            ...{ name: 'majority', says: '', ranks: false, scores: new Float32Array(8) },
            called: new Uint8Array(8).fill(1),
          },
        ],
      },
      classes,
      { called },
    );
    const text = formatFindings(network, { ...nothing, baselines, best: chooseBest(baselines, null) });
    assert.match(text, /\n {2}the network +50\.0% /);
    assert.match(text, /\n {2}new-pair +50\.0% +15\.0% … 85\.0% +0% .* 100% +0\.667 +0\.577\n/);
    assert.match(
      text,
      /\n {2}\* an oracle's choice among 1 rules and 1 others: the best on these very test sessions\n/,
    );
    assert.match(text, / best rule .* best learnt /);
    assert.match(text, /\n {2}swap +50\.0% +100% +new-pair\* +0% +–\n/);
    assert.match(text, /\n {2}all +50\.0% +50\.0% +new-pair\* +0% +–\n/);
    // One of each only: McNemar’s exact p is 1.
    assert.match(text, /\n {2}new-pair +0\.00 +−\S+ … \+\S+ +1\.000 +0\.00 /);
    for (const line of text.split('\n')) assert.ok(line.length <= 100 && line === line.trimEnd(), line);
  });
});

describe('the report of scores', () => {
  it('says how many normal sessions a fixed false positive rate takes', () => {
    assert.match(
      formatEvaluation(evaluation),
      /fixed false positive rates: oracle thresholds from the test curve\n/,
    );
    const validated = formatFindings(network, {
      ...none,
      atFalsePositiveRate: fixedRates(operatingPoints(predictions), operatingPoints(predictions)),
    });
    assert.match(validated, /fixed false positive rates: thresholds from the normal validation sessions\n/);
    assert.match(validated, / 1\.00% +– +needs 1,000 normal validation sessions, has 4\n/);
    assert.match(formatEvaluation(evaluation), / 1\.00% +– +needs 1,000 normal sessions, has 4\n/);
    const many = {
      classes: ['normal', 'x'],
      labels: Uint8Array.from({ length: 1100 }, (_, i) => (i < 1000 ? 0 : 1)),
      probabilities: Float32Array.from(
        Array.from({ length: 1100 }, (_, i) =>
          i < 4 ? 0.1 : i < 1000 ? 0.9 : i < 1090 ? 0.2 : 0.95,
        ).flatMap((p) => [p, 1 - p]),
      ),
    };
    const text = formatEvaluation(evaluate(many));
    assert.match(text, / 1\.00% +90\.00% +82\.6% … 94\.48% +4 of 1,000 +96\.15% +69\.4% +18\.4%\n/);
    assert.match(text, / 0\.10% +– +needs 10,000 normal sessions, has 1,000\n/);
  });

  it('shows calibration bin by bin, and a Brier score that adds up', () => {
    const text = formatEvaluation(evaluation);
    assert.match(text, /\n {2}score 1 − P\(normal\) .*\n +0\.0500 +… +0\.0500 +1 +0\.0500 +100% /);
    const [, score] = /Brier score (\d\.\d{4})/.exec(text)!;
    const terms = /= reliability (\S+) − resolution (\S+) \+ uncertainty (\S+)/
      .exec(text)!
      .slice(1)
      .map(Number);
    assert.ok(Math.abs(terms[0]! - terms[1]! + terms[2]! - Number(score)) < 2e-4);
  });
});
