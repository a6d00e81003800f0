/** Log loss. */
import { lnShort } from '../numeric/index.ts';
import { clusteredMean, type Estimate, normalInterval, UNDEFINED } from '../statistics/index.ts';
import type { Predictions } from './matrix.ts';

/** The smallest f32 above 0 stands for a probability of 0, so that one miss costs 103 nats and not infinity. */
const LEAST = 2 ** -149;

/** Mean of −ln P(actual class) in nats; the interval is the normal one of a mean. Undefined without sessions. */
export function logLoss({ labels, probabilities, classes, clusterings = [] }: Predictions): Estimate {
  const C = classes.length;
  const N = labels.length;
  if (N === 0) return UNDEFINED;
  const losses = new Float64Array(N);
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < N; i++) {
    const loss = -lnShort(Math.min(1, Math.max(LEAST, probabilities[i * C + labels[i]!]!)));
    losses[i] = loss;
    sum += loss;
    squares += loss * loss;
  }
  const mean = sum / N;
  if (N === 1) return { value: mean, low: null, high: null };
  const interval = normalInterval(mean, Math.max(0, squares - sum * mean) / (N - 1) / N);
  return clusteredMean({ ...interval, low: Math.max(0, interval.low!) }, losses, clusterings, 0);
}
