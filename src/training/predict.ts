/** Test or validation sessions, each presented once: what the network makes of them. */
import { setImmediate } from 'node:timers/promises';
import type { Model } from '../network/index.ts';
import type { Stream } from '../random/index.ts';
import { type Batch, createBatch } from '../token/index.ts';
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
  const create = () => createBatch(Math.min(model.capacity, N), presenter.maxPackets, presenter.maxTokens);
  // While one is predicted, the other is made ready.
  let [batch, other] = [create(), create()];
  let presented = 0;
  const present = (into: Batch): void => {
    into.size = Math.min(N - presented, model.capacity);
    for (let row = 0; row < into.size; row++, presented++) {
      const session = sessions[presented]!;
      kinds[presented] = presenter.present(session, source(seed, session), into, row);
      labels[presented] = into.labels[row]!;
    }
  };
  for (let from = 0; from < N; from += batch.size) {
    if (from === presented) present(batch);
    else [batch, other] = [other, batch];
    const to = from + batch.size;
    model.predict(batch, probabilities.subarray(from * C, to * C), () => present(other));
    await setImmediate();
    progress?.(to);
  }
  return { labels, kinds, probabilities };
}
