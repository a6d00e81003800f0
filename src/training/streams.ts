/** The names of the streams that presenting draws from. They are part of every result: a change of one changes all. */
import { type Stream, stream } from '../random/index.ts';

/** The order of the training sessions in an epoch, counted from 1. */
export const orderStream = (seed: number, epoch: number): Stream => stream(seed, 'order', epoch);

/** What becomes of a training session in an epoch. */
export const trainingStream = (seed: number, epoch: number, session: number): Stream =>
  stream(seed, 'anomaly', epoch, session);

/** Which fields of a training session are hidden in an epoch. */
export const tokenDropoutStream = (seed: number, epoch: number, session: number): Stream =>
  stream(seed, 'token-dropout', epoch, session);

/** What becomes of a validation session: the same after every epoch. */
export const validationStream = (seed: number, session: number): Stream =>
  stream(seed, 'validation', session);

/** What becomes of a test session: the same whenever it is asked for. */
export const testStream = (seed: number, session: number): Stream => stream(seed, 'test', session);

/** What becomes of a test session that is presented as every kind. @param draw from 0 */
export const eachStream = (seed: number, session: number, kind: string, draw: number): Stream =>
  stream(seed, 'test', session, kind, draw);
