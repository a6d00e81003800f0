/** Confusion matrices: rows are the actual class, columns the predicted one, both in the order of the classes. */
import { ExitCode, FaultError } from '../fault/index.ts';
import type { Clustering } from '../statistics/index.ts';

/** [C, C]: sessions of actual class i that were predicted as class j. */
export type ConfusionMatrix = readonly (readonly number[])[];

/** What was predicted for a test set. N sessions, C classes; class 0 is "normal". */
export interface Predictions {
  /** [N]: actual class of each session. */
  readonly labels: Uint8Array;
  /** [N, C]: probability of each class. */
  readonly probabilities: Float32Array;
  readonly classes: readonly string[];
  /** Which sessions belong together; without it they are taken as independent of each other. */
  readonly clusterings?: readonly Clustering[];
}

/**
 * Refuses predictions that would give a wrong number without a word.
 *
 * @throws RangeError when the shapes do not fit; FaultError when a probability is not a number from 0 to 1.
 */
export function checkPredictions({ labels, probabilities, classes }: Predictions): void {
  const C = classes.length;
  if (C < 2) throw new RangeError(`classes: got ${C}, expected at least 2 (normal and one more)`);
  if (probabilities.length !== labels.length * C) {
    throw new RangeError(
      `probabilities: got ${probabilities.length}, expected ${labels.length} sessions × ${C} classes = ${labels.length * C}`,
    );
  }
  for (let i = 0; i < labels.length; i++) {
    if (labels[i]! >= C)
      throw new RangeError(`label of test session ${i}: got ${labels[i]}, expected below ${C}`);
  }
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i]!;
    if (p >= 0 && p <= 1.000001) continue; // a softmax in f32 may add up to an ulp more than 1
    throw new FaultError(
      {
        place: `test session ${Math.floor(i / C)}`,
        problem: `probability of "${classes[i % C]}" is ${p}, expected a number from 0 to 1`,
        cure: 'the training has diverged: lower training.optimizer.learningRate or set training.clipNorm',
      },
      ExitCode.usage,
    );
  }
}

/** [N]: the most probable class of each session; of equals the first. */
export function mostProbable(probabilities: Float32Array, classes: number): Uint8Array {
  const predicted = new Uint8Array(probabilities.length / classes);
  for (let i = 0; i < predicted.length; i++) {
    const row = i * classes;
    let best = 0;
    for (let c = 1; c < classes; c++) if (probabilities[row + c]! > probabilities[row + best]!) best = c;
    predicted[i] = best;
  }
  return predicted;
}

/** Counts actual against predicted classes. */
export function confusionMatrix(labels: Uint8Array, predicted: Uint8Array, classes: number): number[][] {
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i++) matrix[labels[i]!]![predicted[i]!]!++;
  return matrix;
}

/** Row sums (actual), column sums (predicted), the diagonal (right) and the sum of all. */
export function totals(matrix: ConfusionMatrix): {
  actual: number[];
  predicted: number[];
  right: number;
  all: number;
} {
  const actual = matrix.map((row) => row.reduce((a, b) => a + b, 0));
  const predicted = matrix.map((_, j) => matrix.reduce((sum, row) => sum + row[j]!, 0));
  const right = matrix.reduce((sum, row, i) => sum + row[i]!, 0);
  return { actual, predicted, right, all: actual.reduce((a, b) => a + b, 0) };
}

/** [2, 2]: normal (class 0) against everything else. */
export function anomalousMatrix(matrix: ConfusionMatrix): [[number, number], [number, number]] {
  const { actual, predicted, all } = totals(matrix);
  const trueNegatives = matrix[0]![0]!;
  const falsePositives = actual[0]! - trueNegatives;
  const falseNegatives = predicted[0]! - trueNegatives;
  return [
    [trueNegatives, falsePositives],
    [falseNegatives, all - trueNegatives - falsePositives - falseNegatives],
  ];
}

/** [N]: 1 for the sessions that a threshold of P(normal), inclusive, calls anomalous; null calls none. */
export function calledBy(
  { normalProbability }: { readonly normalProbability: number | null },
  { labels, probabilities, classes }: Predictions,
): Uint8Array {
  if (normalProbability === null) return new Uint8Array(labels.length);
  return labels.map((_, i) => (probabilities[i * classes.length]! <= normalProbability ? 1 : 0));
}
