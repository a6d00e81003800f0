/** Hides header fields of training sessions at random, so that a network knows the token that hides them. */
import type { SessionBytes } from '../anomaly/index.ts';
import type { Stream } from '../random/index.ts';
import { type Batch, Token } from './batch.ts';
import { readStart } from './encode.ts';
import { createFieldPlaces } from './field-places.ts';
import { bytePlace, type TokenOptions } from './notebook.ts';

export interface TokenDropout {
  /**
   * Hides fields of a session in the row of the batch that it was encoded to: each with a probability that is drawn for
   * the session from [0, 2 · share), and in all its packets. What comes out depends on the session and the stream alone.
   */
  hide(session: SessionBytes, batch: Batch, row: number, source: Stream): void;
}

/**
 * @param share of the fields that are hidden on average, at most a half: then sessions have anything from none to all of
 *   them hidden, and a network meets every number of hidden fields equally often
 */
export function createTokenDropout(share: number, how: TokenOptions): TokenDropout {
  const places = createFieldPlaces();
  /** By field: the session in which it was drawn last, and what came out. */
  const drawnIn: number[] = [];
  const hidden: boolean[] = [];
  let sessions = 0;
  return {
    hide(session, batch, row, source) {
      const probability = 2 * share * source.uniform();
      const { maxPackets: P, maxTokens: T, tokens, lengths } = batch;
      sessions++;
      for (let p = 0; p < batch.packets[row]!; p++) {
        const at = (row * P + p) * T;
        const length = lengths[row * P + p]! - 1;
        const begin = readStart(how.from, session, p);
        const ofByte = places.of(session, p);
        for (let t = 0; t < length; t++) {
          const field = places.fieldOf[ofByte[begin + bytePlace(how, t, length)]!]!;
          if (drawnIn[field] !== sessions) {
            drawnIn[field] = sessions;
            hidden[field] = source.chance(probability);
          }
          if (hidden[field]) tokens[at + t] = Token.hidden;
        }
      }
    },
  };
}
