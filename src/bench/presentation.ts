/** Sessions as training presents them, epoch after epoch: each loaded, morphed and encoded. */
import { permutation, stream } from '../random/index.ts';
import type { Batch } from '../token/index.ts';
import { createPresenter } from '../training/index.ts';
import { articleAnomalies, articleShape } from './article.ts';
import type { FixtureSessions } from './fixture.ts';

const SEED = 1;

/** Writes `size` sessions to a batch, beginning with number `from` of the first epoch. */
export type Present = (batch: Batch, from: number, size: number) => Batch;

/** Presents the training sessions in the order of the epochs. */
export function presentation({ sessions, train, contacts }: FixtureSessions): Present {
  const presenter = createPresenter({
    sessions,
    contacts,
    anomalies: articleAnomalies,
    tokens: { bytes: articleShape.maxTokens - 1, hide: [] },
    maxPackets: articleShape.maxPackets,
    task: 'kind',
  });
  const orders: Uint32Array[] = [];
  return (batch, from, size) => {
    batch.size = size;
    for (let row = 0; row < size; row++) {
      const epoch = 1 + Math.floor((from + row) / train.length);
      orders[epoch] ??= permutation(train.length, stream(SEED, 'order', epoch));
      const session = train[orders[epoch][(from + row) % train.length]!]!;
      presenter.present(session, stream(SEED, 'anomaly', epoch, session), batch, row);
    }
    return batch;
  };
}
