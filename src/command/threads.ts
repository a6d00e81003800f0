/** `--threads`, `--checkpoint`: how a command computes, which no result depends on. */
import { FaultError } from '../fault/index.ts';

const MOST_THREADS = 1024;

/** A number of threads. @throws FaultError */
export function parseThreads(text: string): number {
  const value = /^[0-9]+$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= MOST_THREADS) return value;
  throw new FaultError({
    place: '--threads',
    problem: `got ${JSON.stringify(text)}, must be a whole number from 1 to ${MOST_THREADS}`,
  });
}

export const CHECKPOINT_HELP =
  'write a checkpoint every so many steps and at every epoch (default: as often as takes less than 1% of the time)';

/** A number of steps. @throws FaultError */
export function parseSteps(text: string): number {
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  if (value >= 1) return value;
  throw new FaultError({
    place: '--checkpoint',
    problem: `got ${JSON.stringify(text)}, must be a whole number of steps ≥ 1`,
  });
}

const MOST_WORKERS = 256;

/** A number of workers. @throws FaultError */
export function parseWorkers(text: string): number {
  const value = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= MOST_WORKERS) return value;
  throw new FaultError({
    place: '--workers',
    problem: `got ${JSON.stringify(text)}, must be a whole number from 1 to ${MOST_WORKERS}`,
  });
}
