/** Softmax cross-entropy over the classes. A few numbers a session, so plain TypeScript in f64, shared by all engines. */
import { exp, ln } from '../numeric/index.ts';

/** probabilities[b] = softmax(logits[b]) for the first `rows`, [rows, classes]. */
export function softmax(
  rows: number,
  classes: number,
  logits: Float32Array,
  probabilities: Float32Array,
): void {
  for (let b = 0; b < rows; b++) {
    const at = b * classes;
    let top = logits[at]!;
    for (let c = 1; c < classes; c++) if (logits[at + c]! > top) top = logits[at + c]!;
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += exp(logits[at + c]! - top);
    for (let c = 0; c < classes; c++) probabilities[at + c] = exp(logits[at + c]! - top) / sum;
  }
}

/**
 * Mean cross-entropy −w ln p(label) in nats, how many sessions' most probable class is their label (the first of equals),
 * and its gradient w (p − y) / rows, where w is the weight of the label's class (1 without weights).
 */
export function crossEntropy(
  rows: number,
  classes: number,
  logits: Float32Array,
  labels: Uint8Array,
  gradient: Float32Array,
  classWeights: readonly number[] | null = null,
): { readonly loss: number; readonly correct: number } {
  let loss = 0;
  let correct = 0;
  for (let b = 0; b < rows; b++) {
    const at = b * classes;
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[at + c]! > logits[at + best]!) best = c;
    const top = logits[at + best]!;
    const label = labels[b]!;
    if (best === label) correct++;
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += exp(logits[at + c]! - top);
    const weight = classWeights === null ? 1 : classWeights[label]!;
    loss += weight * (ln(sum) - (logits[at + label]! - top));
    for (let c = 0; c < classes; c++)
      gradient[at + c] = (weight * (exp(logits[at + c]! - top) / sum - (c === label ? 1 : 0))) / rows;
  }
  return { loss: loss / rows, correct };
}
