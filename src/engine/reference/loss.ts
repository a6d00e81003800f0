/** Softmax cross-entropy of a session, in f64. */
import { exp, ln } from '../../numeric/index.ts';

/**
 * −w ln softmax(logits)[label] in nats, where w is the weight of the label's class, and its gradient, divided by `among`.
 *
 * @param logits [C]
 * @param gradient [C]: written
 */
export function crossEntropy(
  logits: Float32Array,
  label: number,
  classWeights: readonly number[] | null,
  among: number,
  gradient: Float32Array,
): number {
  const top = logits.reduce((a, b) => (b > a ? b : a));
  let sum = 0;
  for (const logit of logits) sum += exp(logit - top);
  const weight = classWeights === null ? 1 : classWeights[label]!;
  logits.forEach((logit, c) => {
    gradient[c] = (weight * (exp(logit - top) / sum - (c === label ? 1 : 0))) / among;
  });
  return weight * (ln(sum) - (logits[label]! - top));
}
