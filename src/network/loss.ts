/**
 * Softmax cross-entropy over the classes. A few numbers a session, so plain TypeScript in f64, shared by all engines.
 *
 * exp and log are series of our own: `Math.exp` and `Math.log` differ between JavaScript engines.
 */

const { LN2 } = Math;

/** exp(x) for x ≤ 0; relative error below 1e-15; 0 below −700. */
export function exp64(x: number): number {
  if (!(x > -700)) return Number.isNaN(x) ? x : 0;
  const k = Math.round(x / LN2);
  const r = x - k * LN2;
  let sum = 1;
  for (let n = 14; n >= 1; n--) sum = 1 + (r / n) * sum;
  let power = 1;
  for (let i = k; i < 0; i++) power *= 0.5;
  return sum * power;
}

/** ln x for normal x > 0, by ln m = 2 atanh((m − 1) / (m + 1)) with m in [√½, √2); error below 1e-15. */
export function log64(x: number): number {
  let m = x;
  let k = 0;
  for (; m >= Math.SQRT2; k++) m *= 0.5;
  for (; m < Math.SQRT1_2; k--) m *= 2;
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum = 0;
  for (let n = 25; n >= 1; n -= 2) sum = sum * square + 1 / n;
  return k * LN2 + 2 * s * sum;
}

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
    for (let c = 0; c < classes; c++) sum += exp64(logits[at + c]! - top);
    for (let c = 0; c < classes; c++) probabilities[at + c] = exp64(logits[at + c]! - top) / sum;
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
    for (let c = 0; c < classes; c++) sum += exp64(logits[at + c]! - top);
    const weight = classWeights === null ? 1 : classWeights[label]!;
    loss += weight * (log64(sum) - (logits[at + label]! - top));
    for (let c = 0; c < classes; c++)
      gradient[at + c] = (weight * (exp64(logits[at + c]! - top) / sum - (c === label ? 1 : 0))) / rows;
  }
  return { loss: loss / rows, correct };
}
