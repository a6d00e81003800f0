import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluate, evaluateMatrix } from '../../src/evaluation/index.ts';
import { formatEvaluation } from '../../src/report/index.ts';

const KINDS = ['normal', 'ip-direction-switch', 'port-direction-switch', 'destination-ip-swap'];

describe('the report of an evaluation', () => {
  it('says over which classes accuracy is where no session is of one', () => {
    const matrix = [
      [5, 0, 0],
      [0, 3, 0],
      [0, 0, 0],
    ];
    const text = formatEvaluation(evaluateMatrix(matrix, KINDS.slice(0, 3)));
    assert.match(text, /^ {2}accuracy +of 2 of 3 kinds +100%/m);
    assert.match(text, /^ {2}No test session is port-direction-switch: nothing is said of it$/m);
  });

  it("of the article's confusion matrix reads so", () => {
    const text = formatEvaluation(
      evaluateMatrix(
        [
          [92455, 46],
          [1608, 8346],
        ],
        ['normal', 'attack'],
      ),
    );
    assert.equal(
      text,
      `Confusion matrix (rows: actual, columns: predicted)
          normal  attack    total
  normal  92,455      46   92,501
  attack   1,608   8,346    9,954
  total   94,063   8,392  102,455

Rates (positive: anomalous, of whichever kind)
                                          value  95% interval
  accuracy              (TP+TN)/all      98.39%  98.31% … 98.46%  100,801 of 102,455
  recall                TP/(TP+FN)        83.8%  83.1% … 84.6%    8,346 of 9,954
  false positive rate   FP/(FP+TN)       0.050%  0.037% … 0.066%  46 of 92,501
  false discovery rate  FP/(FP+TP)        0.55%  0.41% … 0.73%    46 of 8,392
  precision             TP/(TP+FP)       99.45%  99.27% … 99.59%  8,346 of 8,392
  F1                    2TP/(2TP+FP+FN)   0.910  0.905 … 0.914    16,692 of 18,346
  MCC                                     0.905  0.901 … 0.909
  Intervals: rates: Wilson; F1: Wilson of TP/(TP+FP+FN); MCC: delta method

Precision at other base rates, with the same recall and false positive rate
  anomalous sessions  precision  95% interval
                 10%     99.47%  99.29% … 99.60%
                  1%     94.45%  92.74% … 95.78%
                0.1%      62.8%  55.9% … 69.2%

Each kind against the rest
                                                                  called
          sessions  precision   recall      F1     FPR    FDR  anomalous
  normal    92,501     98.29%  99.950%  0.9911   16.2%  1.71%     0.050%
  attack     9,954     99.45%    83.8%   0.910  0.050%  0.55%      83.8%
`,
    );
  });

  it('of four kinds fits in 100 columns, without control characters or trailing blanks', () => {
    const matrix = [
      [1400000, 8, 7, 3],
      [2, 450000, 2, 0],
      [3, 3, 330000, 2],
      [0, 1, 2, 460000],
    ];
    for (const line of formatEvaluation(evaluateMatrix(matrix, KINDS)).split('\n')) {
      assert.ok(line.length <= 100, line);
      assert.ok(!line.includes('\x1b'), line);
      assert.equal(line, line.trimEnd());
    }
  });

  it('of more kinds than fit side by side has the matrix in blocks', () => {
    const classes = Array.from({ length: 20 }, (_, i) => (i === 0 ? 'normal' : `some-made-up-kind-${i}`));
    const matrix = classes.map((_, i) => classes.map((_, j) => (i === j ? 1000 : j)));
    const lines = formatEvaluation(evaluateMatrix(matrix, classes)).split('\n');
    for (const line of lines) assert.ok(line.length <= 100, line);
    assert.ok(lines.filter((line) => /^ {2}normal /.test(line)).length > 2);
  });

  it('has – with the denominator where a rate is undefined, never NaN or 0', () => {
    const text = formatEvaluation(
      evaluateMatrix(
        [
          [7, 0],
          [0, 0],
        ],
        ['normal', 'swap'],
      ),
    );
    assert.match(text, /recall +TP\/\(TP\+FN\) +– +0 of 0/);
    assert.match(text, /precision +TP\/\(TP\+FP\) +– +0 of 0/);
    assert.match(text, /false positive rate +FP\/\(FP\+TN\) +0% +0% … 35\.4% +0 of 7/);
    assert.match(text, /0\.1% +– +undefined: there is no anomalous session/);
    assert.match(text, /MCC +– +0\/0: only one class/);
    assert.doesNotMatch(text, /NaN|null|undefined%|Infinity/);
  });

  it('has the ranking where there are probabilities, and says how its interval was made', () => {
    const labels = Uint8Array.of(0, 0, 1, 1);
    const probabilities = Float32Array.of(0.9, 0.1, 0.4, 0.6, 0.6, 0.4, 0.1, 0.9);
    const text = formatEvaluation(evaluate({ labels, probabilities, classes: ['normal', 'swap'] }));
    assert.match(text, /ROC AUC +0\.750 /);
    assert.match(text, /average precision +0\.833 /);
    assert.match(text, /AUC: DeLong variance/);
  });
});
