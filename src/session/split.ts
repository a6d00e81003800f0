/** Splits sessions into training and test. */
import { ExitCode, FaultError } from '../spec/index.ts';
import type { SessionTable } from './table.ts';

/** Session indices of each part, ascending. */
export interface Split {
  readonly train: Uint32Array;
  /** Sessions between the two that do not train, but tell how training goes. */
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
}

/**
 * Trains on the past and tests on the future: the first ⌊train · n⌋ sessions by the time of their first packet, and
 * the rest.
 *
 * @param train share of the sessions, 0 < train < 1; the product is taken as the decimal number that was written
 *   (0.29 · 100 = 29, though its nearest double is less)
 * @param validation share of those first sessions that validates: the last of them, rounded to the nearest number but
 *   at least one; 0 for none
 * @throws FaultError when a side would be empty
 */
export function chronologicalSplit(
  sessions: Pick<SessionTable, 'count'>,
  train: number,
  validation = 0,
): Split {
  const { count } = sessions;
  const product = train * count;
  const nearest = Math.round(product);
  const first = Math.abs(product - nearest) <= 1e-12 * count ? nearest : Math.floor(product);
  if (!(train > 0 && train < 1) || first < 1 || first >= count) throw emptySide(count, train, first);
  const held = validation === 0 ? 0 : Math.max(1, Math.round(validation * first));
  if (held >= first) throw nothingTrains(first, validation);
  return {
    train: range(0, first - held),
    validation: range(first - held, first),
    test: range(first, count),
  };
}

/** from … to − 1. */
function range(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, i) => from + i);
}

function nothingTrains(sessions: number, validation: number): FaultError {
  const count = sessions === 1 ? '1 training session' : `${sessions} training sessions`;
  return new FaultError(
    {
      place: 'training.validation',
      problem: `${validation} of ${count} leaves none to train on`,
      cure: 'use more sessions, or a smaller share',
    },
    ExitCode.data,
  );
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
