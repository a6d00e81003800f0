/** What comes of logits: probabilities, and what was right. A few numbers a session, in f64. */
import { exp } from '../numeric/index.ts';
import type { Batch } from '../token/index.ts';
import type { NetworkShape } from './shape.ts';

/** probabilities[b] = softmax(logits[b]) for the first `rows`, [rows, classes]. */
export function softmax(
  rows: number,
  classes: number,
  logits: Float32Array,
  probabilities: Float32Array,
): void {
  for (let b = 0; b < rows; b++) {
    const at = b * classes;
    const top = logits[at + greatest(classes, logits, at)]!;
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += exp(logits[at + c]! - top);
    for (let c = 0; c < classes; c++) probabilities[at + c] = exp(logits[at + c]! - top) / sum;
  }
}

/** Mean of the sessions' losses, and how many sessions' most probable class is their label (the first of equals). */
export function summarize(
  rows: number,
  classes: number,
  logits: Float32Array,
  losses: Float64Array,
  labels: Uint8Array,
): { readonly loss: number; readonly correct: number } {
  let loss = 0;
  let correct = 0;
  for (let b = 0; b < rows; b++) {
    loss += losses[b]!;
    if (greatest(classes, logits, b * classes) === labels[b]) correct++;
  }
  return { loss: loss / rows, correct };
}

/** Nats a token; 0 where there was none to learn from, null without a decoder. */
export function meanNats({ decoder }: NetworkShape, tokens: number, nats: number): number | null {
  if (decoder == null) return null;
  return tokens === 0 ? 0 : nats / tokens;
}

/** What a step found, with the decoder's loss; that of the network, where no class counts. */
export function withNats<T extends { readonly loss: number }>(
  found: T,
  nats: number,
  classWeights: readonly number[] | null,
): T & { readonly nats: number } {
  const alone = classWeights?.every((weight) => weight === 0) ?? false;
  return { ...found, loss: alone ? nats : found.loss, nats };
}

/** Nats a session that was learned from; 0 without any. */
export function meanDivergence({ size, labels }: Batch, divergences: Float64Array): number {
  let sum = 0;
  let sessions = 0;
  for (let b = 0; b < size; b++) {
    sum += divergences[b]!;
    if (labels[b] === 0) sessions++;
  }
  return sessions === 0 ? 0 : sum / sessions;
}

/** Place of the greatest of so many numbers, the first of equals. */
function greatest(count: number, values: Float32Array, at: number): number {
  let best = 0;
  for (let c = 1; c < count; c++) if (values[at + c]! > values[at + best]!) best = c;
  return best;
}
