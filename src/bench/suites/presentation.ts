/** Sessions as training presents them: the first ones of an epoch, each loaded, morphed and encoded. */
import { permutation, stream } from '../../random/index.ts';
import type { Batch } from '../../token/index.ts';
import { createPresenter } from '../../training/index.ts';
import { articleAnomalies, articleShape } from '../article.ts';
import type { FixtureSessions } from '../fixture.ts';

const SEED = 1;

/** Writes `size` sessions of an epoch to a batch, beginning with the one at `from`. */
export type Present = (batch: Batch, from: number, size: number) => void;

/** Presents the training sessions in the order of the first epoch, from its beginning again after its end. */
export function presentation({ sessions, train, contacts }: FixtureSessions): Present {
  const presenter = createPresenter({
    sessions,
    contacts,
    anomalies: articleAnomalies,
    tokens: { bytes: articleShape.maxTokens - 1, hide: [] },
    maxPackets: articleShape.maxPackets,
    task: 'kind',
  });
  const order = permutation(train.length, stream(SEED, 'order', 1));
  return (batch, from, size) => {
    batch.size = size;
    for (let row = 0; row < size; row++) {
      const session = train[order[(from + row) % order.length]!]!;
      presenter.present(session, stream(SEED, 'anomaly', 1, session), batch, row);
    }
  };
}
