/** What the network makes of presented sessions. */
import { setImmediate } from 'node:timers/promises';
import type { Model } from '../network/index.ts';
import { createBatch } from '../token/index.ts';
import type { PresentedSessions } from './presented.ts';

export interface PredictOptions {
  readonly model: Model;
  /** N of them. */
  readonly presented: PresentedSessions;
  /** Called after every batch with the sessions done so far; what it throws ends the prediction. */
  readonly progress?: (done: number) => void;
}

/** N sessions, C classes, in the order of the sessions. */
export interface Predicted {
  /** [N]: actual class. */
  readonly labels: Uint8Array;
  /** [N]: what was done to the session, an index of the kinds' names. */
  readonly kinds: Uint8Array;
  /** [N, C] */
  readonly probabilities: Float32Array;
}

/** Predicts the class of every session, in batches of the model's capacity. */
export async function predict({ model, presented, progress }: PredictOptions): Promise<Predicted> {
  const { labels, kinds, maxPackets, maxTokens } = presented;
  const N = labels.length;
  const C = presented.classes.length;
  const probabilities = new Float32Array(N * C);
  const batch = createBatch(Math.min(model.capacity, N), maxPackets, maxTokens);
  for (let from = 0; from < N; from += batch.size) {
    const to = Math.min(N, from + model.capacity);
    batch.size = to - from;
    for (let i = from; i < to; i++) presented.load(i, batch, i - from);
    model.predict(batch, probabilities.subarray(from * C, to * C));
    await setImmediate();
    progress?.(to);
  }
  return { labels, kinds, probabilities };
}
