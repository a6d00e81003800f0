/** A finished run in its place: what a new one is compared with, and how it gets there. */
import { readdirSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, publish } from '../disk/index.ts';
import type { Metrics } from '../evaluation/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { displayPath } from '../text/index.ts';
import { RUN_FILE } from './files.ts';
import { readRecord } from './record.ts';

/** What of a finished run others use. */
export interface FinishedRun {
  readonly resultHash: string;
  /** Of the code that made it, see CodeFacts. */
  readonly source: string;
  /** As there; '' of older runs, which are those of no code. */
  readonly numeric: string;
  readonly metrics: Metrics;
  /** What it took; undefined of older runs. */
  readonly milliseconds?: number;
}

/**
 * The run in a folder; undefined where there is nothing.
 *
 * @throws FaultError (machine) when there is something else, which a run must not replace
 */
export function readFinished(folder: string): FinishedRun | undefined {
  if (isEmptyOrMissing(folder)) return undefined;
  try {
    const { resultHash, code, evaluation, durations } = readRecord(folder);
    const took = durations === undefined ? {} : { milliseconds: sum(Object.values(durations)) };
    return {
      resultHash,
      source: code.source,
      numeric: code.numeric ?? '',
      metrics: evaluation ?? {},
      ...took,
    };
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    throw noRun(folder, `is in the place of the run, but its ${RUN_FILE} ${error.faults[0]!.problem}`);
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);

/** Says that a run was repeated: its time becomes now, or what the clock of the file system calls so. */
export async function confirm(folder: string, now = Date.now()): Promise<void> {
  await utimes(join(folder, RUN_FILE), now / 1000, now / 1000).catch(() => undefined);
}

/** There is something in the place of a run that is none. */
function noRun(folder: string, problem: string): FaultError {
  return new FaultError({ place: displayPath(folder), problem, cure: 'move it away' }, ExitCode.machine);
}

function isEmptyOrMissing(folder: string): boolean {
  try {
    return readdirSync(folder).length === 0;
  } catch (error) {
    return codeOf(error) === 'ENOENT';
  }
}

/** Folders of runs of this seed that never ended, or are under way. */
export function leftovers(final: string): readonly string[] {
  const begin = `${basename(final)}.partial-`;
  try {
    return readdirSync(dirname(final))
      .filter((name) => name.startsWith(begin))
      .sort()
      .map((name) => join(dirname(final), name));
  } catch {
    return [];
  }
}

/** What became of a finished run. */
export interface Kept {
  /**
   * `new`: there was none before. `same`: the one before has the same result hash; it is kept, the new one is not.
   * `differs`: it has another one; both are kept.
   */
  readonly state: 'new' | 'same' | 'differs';
  readonly folder: string;
  /** The run that was there. */
  readonly before?: FinishedRun;
}

/**
 * Gives a finished run its place.
 *
 * @param partial its folder, which is gone afterwards unless the run is `same`: then it is for the caller to remove
 * @throws FaultError (machine) when it cannot be
 */
export async function keep(partial: string, final: string, resultHash: string): Promise<Kept> {
  if (await publish(partial, final)) return { state: 'new', folder: final };
  const before = readFinished(final);
  if (before === undefined) throw noRun(final, 'is in the place of the run');
  if (before.resultHash === resultHash) return { state: 'same', folder: final, before };
  const beside = `${final}.differs-${resultHash.slice(0, 12)}`;
  // Of two runs that differ in the same way, the first is as good as the second.
  await publish(partial, beside);
  return { state: 'differs', folder: beside, before };
}
