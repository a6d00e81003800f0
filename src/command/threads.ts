/** `--threads`: how many threads compute. */
import { FaultError } from '../spec/index.ts';

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
