/** Splits sessions into training and test. */
import { ExitCode, FaultError } from '../spec/index.ts';
import type { SessionTable } from './table.ts';

/** Session indices of both sides, ascending. */
export interface Split {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/**
 * Trains on the past and tests on the future: the first ⌊train · n⌋ sessions by the time of their first packet, and
 * the rest.
 *
 * @param train share of the sessions, 0 < train < 1; the product is taken as the decimal number that was written
 *   (0.29 · 100 = 29, though its nearest double is less)
 * @throws FaultError when a side would be empty
 */
export function chronologicalSplit(sessions: Pick<SessionTable, 'count'>, train: number): Split {
  const { count } = sessions;
  const product = train * count;
  const nearest = Math.round(product);
  const first = Math.abs(product - nearest) <= 1e-12 * count ? nearest : Math.floor(product);
  if (!(train > 0 && train < 1) || first < 1 || first >= count) throw emptySide(count, train, first);
  return {
    train: Uint32Array.from({ length: first }, (_, index) => index),
    test: Uint32Array.from({ length: count - first }, (_, index) => first + index),
  };
}

function emptySide(count: number, train: number, first: number): FaultError {
  const place = 'protocol.train';
  if (!(train > 0 && train < 1))
    return new FaultError(
      { place, problem: `got ${train}, must be more than 0 and less than 1`, cure: 'use 0.8, for example' },
      ExitCode.usage,
    );
  const sessions = count === 1 ? '1 session' : `${count} sessions`;
  const problem = `${train} of ${sessions} leaves ${first} to train on and ${count - first} to test on`;
  const cure =
    count < 2
      ? 'use captures with more sessions, or leave fewer out (sessions.minPackets, sessions.protocols)'
      : `use more sessions, or a train share from ${1 / count} to ${1 - 1 / count}`;
  return new FaultError({ place, problem, cure }, ExitCode.data);
}
