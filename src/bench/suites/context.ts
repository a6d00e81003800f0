/** What suites are made with. */
import type { Fixture } from '../fixture.ts';

export interface SuiteContext {
  readonly fixture: Fixture;
  /** "All threads". */
  readonly threads: number;
  /** A smoke run: the smallest sizes. */
  readonly quick: boolean;
}

/** Sessions of the capture that most suites read. */
export const officeSessions = ({ quick }: SuiteContext): number => (quick ? 1000 : 4000);

/** Batch sizes, and how many batches make one call: about as many sessions for each. */
export const batchSizes = ({ quick }: SuiteContext): readonly (readonly [size: number, steps: number])[] =>
  quick
    ? [[20, 1]]
    : [
        [20, 25],
        [128, 4],
        [256, 2],
      ];

/** One thread, and all of them where there are more. */
export const measuredThreads = ({ threads }: SuiteContext): readonly number[] =>
  threads > 1 ? [1, threads] : [1];

/** `1 thread`, `2 threads`. */
export const threadsText = (n: number): string => `${n} thread${n === 1 ? '' : 's'}`;
