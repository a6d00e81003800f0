/** Test or validation sessions, each presented once: what the network makes of them. */
import { setImmediate } from 'node:timers/promises';
import type { Model } from '../network/index.ts';
import type { Stream } from '../random/index.ts';
import { createBatch } from '../token/index.ts';
import type { Presenter } from './present.ts';
import { testStream } from './streams.ts';

export interface PredictOptions {
  readonly model: Model;
  readonly presenter: Presenter;
  /** Indices in the session table. N of them. */
  readonly sessions: Uint32Array;
  readonly seed: number;
  /** What becomes of a session; testStream by default. */
  readonly source?: (seed: number, session: number) => Stream;
  /** Called after every batch with the sessions done so far; what it throws ends the prediction. */
  readonly progress?: (done: number) => void;
}

/** N sessions, C classes, in the order of the sessions. */
export interface Predicted {
  /** [N]: actual class. */
  readonly labels: Uint8Array;
  /** [N]: what was done to the session, an index of the presenter's kinds. */
  readonly kinds: Uint8Array;
  /** [N, C] */
  readonly probabilities: Float32Array;
}

/**
 * Presents every session once and predicts its class, in batches of the model's capacity. A session is morphed in the
 * same way every time it is tested.
 */
export async function predict(options: PredictOptions): Promise<Predicted> {
  const { model, presenter, sessions, seed, progress, source = testStream } = options;
  const N = sessions.length;
  const C = presenter.classes.length;
  const labels = new Uint8Array(N);
  const kinds = new Uint8Array(N);
  const probabilities = new Float32Array(N * C);
  const batch = createBatch(Math.min(model.capacity, N), presenter.maxPackets, presenter.maxTokens);
  for (let from = 0; from < N; from += batch.size) {
    const to = Math.min(N, from + model.capacity);
    batch.size = to - from;
    for (let i = from; i < to; i++) {
      const session = sessions[i]!;
      kinds[i] = presenter.present(session, source(seed, session), batch, i - from);
      labels[i] = batch.labels[i - from]!;
    }
    model.predict(batch, probabilities.subarray(from * C, to * C));
    await setImmediate();
    progress?.(to);
  }
  return { labels, kinds, probabilities };
}
