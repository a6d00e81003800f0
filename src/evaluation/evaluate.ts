/** Everything that is said about a test set, as one plain object. */
import { type BaseRatePrecision, precisionAtBaseRates } from './base-rate.ts';
import { type Calibration, calibrate } from './calibration.ts';
import { matthews } from './correlation.ts';
import { averagePrecision, operatingPoints, rocArea } from './curve.ts';
import { type Estimate, type Rate, rate } from '../statistics/index.ts';
import { logLoss } from './loss.ts';
import {
  anomalousMatrix,
  type ConfusionMatrix,
  checkPredictions,
  confusionMatrix,
  mostProbable,
  type Predictions,
  totals,
} from './matrix.ts';
import { type FixedRate, fixedRates } from './operating.ts';

/** A test set, evaluated. JSON-able; the keys always come in this order. All intervals are 95%. */
export interface Evaluation {
  readonly sessions: number;
  /** Class 0 is "normal". */
  readonly classes: readonly string[];
  /** Rows actual, columns predicted. */
  readonly matrix: ConfusionMatrix;
  /** Sessions whose most probable class was right. */
  readonly accuracy: Rate;
  /** Matthews' coefficient over all classes (R_K). */
  readonly mcc: Estimate;
  /** Any class but "normal" is positive. */
  readonly anomalous: AnomalousRates;
  /** One a class, each against all others, in the order of the classes. */
  readonly kinds: readonly KindRates[];
  /** What needs probabilities; null when there is only a confusion matrix. */
  readonly ranking: Ranking | null;
}

/** Rates of the binary question "is it anomalous?", whatever the kind. */
export interface AnomalousRates {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
  /** (TP + TN) / all. */
  readonly accuracy: Rate;
  /** TP / (TP + FN). */
  readonly recall: Rate;
  /** FP / (FP + TN). */
  readonly falsePositiveRate: Rate;
  /** FP / (FP + TP). */
  readonly falseDiscoveryRate: Rate;
  /** TP / (TP + FP). */
  readonly precision: Rate;
  /** 2TP / (2TP + FP + FN). */
  readonly f1: Rate;
  readonly mcc: Estimate;
  /** Precision at the same recall and false positive rate, were anomalous sessions rarer or more frequent. */
  readonly precisionAt: readonly BaseRatePrecision[];
}

/** Rates of one class against all others. */
export interface KindRates {
  readonly name: string;
  /** Sessions that are, and that were predicted to be, of this class. */
  readonly actual: number;
  readonly predicted: number;
  readonly precision: Rate;
  readonly recall: Rate;
  readonly f1: Rate;
  readonly falsePositiveRate: Rate;
  readonly falseDiscoveryRate: Rate;
  /** Sessions of this class that were predicted to be anomalous, of whichever kind. */
  readonly calledAnomalous: Rate;
}

/** Threshold-free quality of the score 1 − P(normal), and of the probabilities. */
export interface Ranking {
  readonly rocAuc: Estimate;
  readonly averagePrecision: Estimate;
  /** Mean −ln P(actual class), nats. */
  readonly logLoss: Estimate;
  /** What is found at false positive rates of 1%, 0.1% and 0.01%, with an oracle's thresholds. */
  readonly atFalsePositiveRate: readonly FixedRate[];
  /** Whether 1 − P(normal) means what it says; null without sessions. */
  readonly calibration: Calibration | null;
}

/**
 * Evaluates predicted probabilities; a session's prediction is its most probable class (of equals the first).
 *
 * @throws RangeError when shapes do not fit; FaultError when a probability is not a number from 0 to 1.
 */
export function evaluate(predictions: Predictions): Evaluation {
  checkPredictions(predictions);
  const { labels, probabilities, classes } = predictions;
  const matrix = confusionMatrix(labels, mostProbable(probabilities, classes.length), classes.length);
  const points = operatingPoints(predictions);
  return {
    ...evaluateMatrix(matrix, classes),
    ranking: {
      rocAuc: rocArea(points),
      averagePrecision: averagePrecision(points),
      logLoss: logLoss(predictions),
      atFalsePositiveRate: fixedRates(points),
      calibration: calibrate(points),
    },
  };
}

/**
 * Evaluates a confusion matrix for which there are no probabilities.
 *
 * @throws RangeError when it is not [C, C] with C ≥ 2 classes or a count is not a whole number ≥ 0.
 */
export function evaluateMatrix(matrix: ConfusionMatrix, classes: readonly string[]): Evaluation {
  const C = classes.length;
  if (C < 2) throw new RangeError(`classes: got ${C}, expected at least 2 (normal and one more)`);
  if (matrix.length !== C || matrix.some((row) => row.length !== C)) {
    const shape = `${matrix.length} rows of ${matrix.map((row) => row.length).join(', ')}`;
    throw new RangeError(`confusion matrix: got ${shape}, expected ${C} × ${C}`);
  }
  for (const count of matrix.flat()) {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new RangeError(`confusion matrix: got the count ${count}, expected a whole number ≥ 0`);
    }
  }
  const { right, all } = totals(matrix);
  return {
    sessions: all,
    classes: [...classes],
    matrix: matrix.map((row) => [...row]),
    accuracy: rate(right, all),
    mcc: matthews(matrix),
    anomalous: anomalousRates(anomalousMatrix(matrix)),
    kinds: classes.map((name, k) => kindRates(matrix, k, name)),
    ranking: null,
  };
}

function anomalousRates(matrix: [[number, number], [number, number]]): AnomalousRates {
  const [[tn, fp], [fn, tp]] = matrix;
  const recall = rate(tp, tp + fn);
  const falsePositiveRate = rate(fp, fp + tn);
  return {
    truePositives: tp,
    falsePositives: fp,
    trueNegatives: tn,
    falseNegatives: fn,
    accuracy: rate(tp + tn, tp + tn + fp + fn),
    recall,
    falsePositiveRate,
    falseDiscoveryRate: rate(fp, fp + tp),
    precision: rate(tp, tp + fp),
    f1: f1(tp, fp, fn),
    mcc: matthews(matrix),
    precisionAt: precisionAtBaseRates(recall, falsePositiveRate),
  };
}

function kindRates(matrix: ConfusionMatrix, k: number, name: string): KindRates {
  const { actual, predicted, all } = totals(matrix);
  const tp = matrix[k]![k]!;
  const fp = predicted[k]! - tp;
  const fn = actual[k]! - tp;
  return {
    name,
    actual: actual[k]!,
    predicted: predicted[k]!,
    precision: rate(tp, tp + fp),
    recall: rate(tp, tp + fn),
    f1: f1(tp, fp, fn),
    falsePositiveRate: rate(fp, all - actual[k]!),
    falseDiscoveryRate: rate(fp, fp + tp),
    calledAnomalous: rate(actual[k]! - matrix[k]![0]!, actual[k]!),
  };
}

/**
 * F1 = 2TP / (2TP + FP + FN) = 2J / (1 + J) with J = TP / (TP + FP + FN). J is a proportion of the sessions that are or
 * were called positive, so that Wilson's interval of J, carried through, is one of F1.
 */
function f1(tp: number, fp: number, fn: number): Rate {
  const j = rate(tp, tp + fp + fn);
  const carry = (x: number | null) => (x === null ? null : (2 * x) / (1 + x));
  const numerator = 2 * tp;
  const denominator = 2 * tp + fp + fn;
  const value = denominator === 0 ? null : numerator / denominator;
  return { value, low: carry(j.low), high: carry(j.high), numerator, denominator };
}
