/** A finished run in its place: what a new one is compared with, and how it gets there. */
import { existsSync, readdirSync } from 'node:fs';
import { rename, rm, utimes } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf, publish, syncFolder } from '../disk/index.ts';
import type { Metrics } from '../evaluation/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { displayPath } from '../text/index.ts';
import { RUN_FILE } from './files.ts';
import { readRecord, type StoredRecord, UnknownFormat } from './record.ts';
import { hashFile, hashFiles } from './seal.ts';
import { verifyRun } from './verify.ts';

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
    return finishedRun(readRecord(folder));
  } catch (error) {
    if (!(error instanceof FaultError) || error instanceof UnknownFormat) throw error;
    throw noRun(folder, `is in the place of the run, but its ${RUN_FILE} ${error.faults[0]!.problem}`);
  }
}

/** What of its record others use. */
export function finishedRun({ resultHash, code, evaluation, durations }: StoredRecord): FinishedRun {
  const took = durations === undefined ? {} : { milliseconds: sum(Object.values(durations)) };
  return {
    resultHash,
    source: code.source,
    numeric: code.numeric ?? '',
    metrics: evaluation ?? {},
    ...took,
  };
}

/**
 * Refuses what a run must not replace. A run whose files were damaged may stand there: it is repaired.
 *
 * @throws FaultError when there is something that is no run, or is one of a later version
 */
export function checkPlace(folder: string): void {
  try {
    readFinished(folder);
  } catch (error) {
    if (error instanceof UnknownFormat || !existsSync(join(folder, RUN_FILE))) throw error;
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

export function isEmptyOrMissing(folder: string): boolean {
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
  /** Files that were missing or changed there and are right again; what they were is kept as `.damaged-<name>`. */
  readonly repaired?: readonly string[];
}

/**
 * Gives a finished run its place. Where the same run is there with damaged files, these are repaired.
 *
 * @param partial its folder, which is gone afterwards unless the run is `same`: then it is for the caller to remove
 * @throws FaultError (machine) when it cannot be
 */
export async function keep(partial: string, final: string, resultHash: string): Promise<Kept> {
  if (await publish(partial, final)) return { state: 'new', folder: final };
  checkPlace(final);
  const { state, damaged, resultHash: there } = await verifyRun(final);
  const known = !damaged.includes(RUN_FILE);
  if (state === 'damaged' && (there === resultHash || !known)) {
    const repaired = await repair(partial, final, damaged);
    if (known) return { state: 'same', folder: final, before: readFinished(final)!, repaired };
    await rm(partial, { recursive: true, force: true });
    return { state: 'new', folder: final, repaired };
  }
  const before = readFinished(final);
  if (before === undefined) throw noRun(final, 'is in the place of the run');
  if (before.resultHash === resultHash) return { state: 'same', folder: final, before };
  const beside = `${final}.differs-${resultHash.slice(0, 12)}`;
  // Of two runs that differ in the same way, the first is as good as the second.
  await publish(partial, beside);
  return { state: 'differs', folder: beside, before };
}

/**
 * Puts the files of a run in place of damaged ones of the same run: those alone where they get the bytes that they had, else
 * all, as a journal has times in it. run.json comes last: until then, the run is still seen to be damaged.
 *
 * @param damaged names; none where the hashes do not tell which
 * @returns the names of what had other bytes or was missing
 */
async function repair(
  partial: string,
  final: string,
  damaged: readonly string[],
): Promise<readonly string[]> {
  const fresh = [...(await hashFiles(partial)), await hashFile(partial, RUN_FILE)];
  const stated = damaged.includes(RUN_FILE) ? [] : (readRecord(final).files ?? []);
  const hashIn = (files: typeof stated, name: string) => files.find(({ path }) => path === name)?.sha256;
  const exact =
    damaged.length > 0 && damaged.every((name) => hashIn(fresh, name) === (hashIn(stated, name) ?? ''));
  const repaired: string[] = [];
  for (const { path, sha256 } of fresh) {
    const to = join(final, path);
    if (exact && !damaged.includes(path)) continue;
    const before = existsSync(to) ? (await hashFile(final, path)).sha256 : null;
    if (before === sha256) continue;
    if (before !== null) await rename(to, join(final, `.damaged-${path}`));
    await rename(join(partial, path), to);
    repaired.push(path);
  }
  await syncFolder(final);
  return damaged.length > 0 ? damaged : repaired;
}
