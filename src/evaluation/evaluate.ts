/** Everything that is said about a test set, as one plain object. */

import { type Clustering, carried, type Estimate, type Rate } from '../statistics/index.ts';
import { clusteredArea } from './area.ts';
import { type BaseRatePrecision, precisionAtBaseRates } from './base-rate.ts';
import { type Calibration, calibrate } from './calibration.ts';
import { averagePrecision, operatingPoints } from './curve.ts';
import { logLoss } from './loss.ts';
import {
  type ConfusionMatrix,
  checkPredictions,
  confusionMatrix,
  mostProbable,
  type Predictions,
  totals,
} from './matrix.ts';
import { type FixedRate, fixedRates } from './operating.ts';
import { type Cells, matrixRater, type Rater, sessionRater } from './rater.ts';

/**
 * A test set, evaluated. JSON-able; the keys always come in this order. All intervals are 95%: where it is known which
 * sessions belong together, the widest of those that respect it (`clustered`).
 */
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
  const { labels, probabilities, classes, clusterings } = predictions;
  const points = operatingPoints(predictions);
  return {
    ...evaluateClasses(labels, mostProbable(probabilities, classes.length), classes, clusterings),
    ranking: {
      rocAuc: clusteredArea(points, predictions),
      averagePrecision: averagePrecision(points),
      logLoss: logLoss(predictions),
      atFalsePositiveRate: fixedRates(points, undefined, predictions),
      calibration: calibrate(points),
    },
  };
}

/** Evaluates predicted classes. @param labels [N] @param predicted [N] */
function evaluateClasses(
  labels: Uint8Array,
  predicted: Uint8Array,
  classes: readonly string[],
  clusterings: readonly Clustering[] = [],
): Evaluation {
  const matrix = confusionMatrix(labels, predicted, classes.length);
  const rater =
    clusterings.length === 0 ? matrixRater(matrix) : sessionRater(matrix, labels, predicted, clusterings);
  return rated(matrix, classes, rater);
}

/**
 * Rates of what is called anomalous.
 *
 * @param labels [N]: 0 is normal
 * @param called [N]: 0 is what was called normal
 */
export function evaluateCalls(
  labels: Uint8Array,
  called: Uint8Array,
  clusterings: readonly Clustering[] = [],
): AnomalousRates {
  const binary = (list: Uint8Array) => list.map((one) => Math.min(one, 1));
  return evaluateClasses(binary(labels), binary(called), ['normal', 'anomalous'], clusterings).anomalous;
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
  return rated(matrix, classes, matrixRater(matrix));
}

const any: Cells = () => true;

function rated(matrix: ConfusionMatrix, classes: readonly string[], rater: Rater): Evaluation {
  const { actual, predicted, all } = totals(matrix);
  const kindRates = (name: string, k: number): KindRates => ({
    name,
    actual: actual[k]!,
    predicted: predicted[k]!,
    ...against(
      rater,
      (i) => i === k,
      (_, j) => j === k,
    ),
    calledAnomalous: rater.rate(
      (i) => i === k,
      (_, j) => j !== 0,
    ),
  });
  return {
    sessions: all,
    classes: [...classes],
    matrix: matrix.map((row) => [...row]),
    accuracy: rater.rate(any, (i, j) => i === j),
    mcc: rater.matthews(false),
    anomalous: anomalousRates(rater),
    kinds: classes.map(kindRates),
    ranking: null,
  };
}

function anomalousRates(rater: Rater): AnomalousRates {
  const rates = against(
    rater,
    (i) => i !== 0,
    (_, j) => j !== 0,
  );
  const { recall, falsePositiveRate } = rates;
  const { numerator: truePositives, denominator: positives } = recall;
  const { numerator: falsePositives, denominator: negatives } = falsePositiveRate;
  return {
    truePositives,
    falsePositives,
    trueNegatives: negatives - falsePositives,
    falseNegatives: positives - truePositives,
    accuracy: rater.rate(any, (i, j) => (i === 0) === (j === 0)),
    recall,
    falsePositiveRate,
    falseDiscoveryRate: rates.falseDiscoveryRate,
    precision: rates.precision,
    f1: rates.f1,
    mcc: rater.matthews(true),
    precisionAt: precisionAtBaseRates(recall, falsePositiveRate),
  };
}

/** The rates of what is positive against all others. */
function against(rater: Rater, positive: Cells, called: Cells) {
  const not =
    (cells: Cells): Cells =>
    (i, j) =>
      !cells(i, j);
  return {
    precision: rater.rate(called, positive),
    recall: rater.rate(positive, called),
    f1: f1(rater, positive, called),
    falsePositiveRate: rater.rate(not(positive), called),
    falseDiscoveryRate: rater.rate(called, not(positive)),
  };
}

/**
 * F1 = 2TP / (2TP + FP + FN) = 2J / (1 + J) with J = TP / (TP + FP + FN). J is a proportion of the sessions that are or
 * were called positive, so that Wilson's interval of J, carried through, is one of F1.
 */
function f1(rater: Rater, positive: Cells, called: Cells): Rate {
  const j = rater.rate(
    (i, k) => positive(i, k) || called(i, k),
    (i, k) => positive(i, k) && called(i, k),
  );
  const carry = carried(j, (x) => (2 * x) / (1 + x));
  const numerator = 2 * j.numerator;
  const denominator = j.numerator + j.denominator;
  return { ...carry, value: denominator === 0 ? null : numerator / denominator, numerator, denominator };
}
