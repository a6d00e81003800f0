/** Divides sessions into training and test, by their place in time or by a draw. */

import { ExitCode, FaultError } from '../fault/index.ts';
import { permutation, stream } from '../random/index.ts';
import { plural } from '../text/index.ts';

/** Session indices of each part, ascending. */
export interface Split {
  readonly train: Uint32Array;
  /** Sessions between the two that do not train, but tell how training goes. */
  readonly validation: Uint32Array;
  readonly test: Uint32Array;
}

/** The two sides before anything is held back for validation. Session indices, ascending. */
export interface Sides {
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
export function chronologicalSides(count: number, train: number): Sides {
  const first = shareOf(count, train);
  return { train: range(0, first), test: range(first, count) };
}

/**
 * Trains on as many sessions as chronologicalSides, but drawn without regard to their time.
 *
 * @throws FaultError when a side would be empty
 */
export function randomSides(count: number, train: number, seed: number): Sides {
  const first = shareOf(count, train);
  const order = permutation(count, stream(seed, 'split'));
  return { train: order.slice(0, first).sort(), test: order.slice(first).sort() };
}

/**
 * Deals the sessions into folds whose sizes differ by one at most, and tests on one of them.
 *
 * @param fold 1 … folds
 * @throws FaultError when there are fewer sessions than folds
 */
export function foldSides(count: number, folds: number, fold: number, seed: number): Sides {
  if (count < folds)
    throw new FaultError(
      {
        place: 'protocol.folds',
        problem: `${folds} folds of ${plural(count, 'session')} leave some empty`,
        cure: 'use more sessions, or fewer folds',
      },
      ExitCode.data,
    );
  const order = permutation(count, stream(seed, 'split'));
  const own = (_: number, i: number): boolean => i % folds === fold - 1;
  return { train: order.filter((s, i) => !own(s, i)).sort(), test: order.filter(own).sort() };
}

/**
 * Trains on the first parts in time, and tests on a later one: an origin that rolls on, or a horizon that does.
 *
 * @param parts of sizes that differ by one at most
 * @param train how many of them train
 * @param test the one that tests, train + 1 … parts
 * @throws FaultError when there are fewer sessions than parts
 */
export function rollingSides(count: number, parts: number, train: number, test: number): Sides {
  if (count < parts)
    throw new FaultError(
      {
        place: 'protocol.parts',
        problem: `${parts} parts of ${plural(count, 'session')} leave some empty`,
        cure: 'use more sessions, or fewer parts',
      },
      ExitCode.data,
    );
  const border = (part: number): number => Math.round((part * count) / parts);
  return { train: range(0, border(train)), test: range(border(test - 1), border(test)) };
}

/**
 * Trains on a drawn share and tests on the last sessions in time, as many as are not drawn: the two overlap in about
 * train · n · (1 − train) sessions (the split leak of the article's code).
 *
 * @throws FaultError when a side would be empty
 */
export function overlappingSides(count: number, train: number, seed: number): Sides {
  const { train: drawn } = randomSides(count, train, seed);
  return { train: drawn, test: range(drawn.length, count) };
}

/**
 * Holds the last of the training sessions back for validation.
 *
 * @param share of the training sessions, rounded to the nearest number but at least one; 0 for none
 * @throws FaultError when none would be left to train on
 */
export function holdBack({ train, test }: Sides, share: number): Split {
  const held = share === 0 ? 0 : Math.max(1, Math.round(share * train.length));
  if (held >= train.length) throw nothingTrains(train.length, share);
  const first = train.length - held;
  return { train: train.slice(0, first), validation: train.slice(first), test };
}

/** ⌊share · count⌋, from 1 to count − 1. */
function shareOf(count: number, share: number): number {
  const product = share * count;
  const nearest = Math.round(product);
  const first = Math.abs(product - nearest) <= 1e-12 * count ? nearest : Math.floor(product);
  if (!(share > 0 && share < 1) || first < 1 || first >= count) throw emptySide(count, share, first);
  return first;
}

/** from … to − 1. */
function range(from: number, to: number): Uint32Array {
  return Uint32Array.from({ length: to - from }, (_, i) => from + i);
}

function nothingTrains(sessions: number, validation: number): FaultError {
  const count = plural(sessions, 'training session');
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
  const sessions = plural(count, 'session');
  const problem = `${train} of ${sessions} leaves ${first} to train on and ${count - first} to test on`;
  const cure =
    count < 2
      ? 'use captures with more sessions, or leave fewer out (sessions.minPackets, sessions.protocols)'
      : `use more sessions, or a train share from ${1 / count} to ${1 - 1 / count}`;
  return new FaultError({ place, problem, cure }, ExitCode.data);
}
