/** Whether a run is what it was when it was written: its files by their hashes, and its result hash by its numbers. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { mostProbable } from '../evaluation/index.ts';
import { type Fault, FaultError } from '../fault/index.ts';
import { displayPath } from '../text/index.ts';
import { PREDICTIONS_FILE, presentedFile, RUN_FILE, WEIGHTS_FILE } from './files.ts';
import { type Classified, resultHash } from './hash.ts';
import { readPresentations } from './presentations.ts';
import { readPredictions } from './read-predictions.ts';
import { changed, damaged, readEvaluation, readRecord, type StoredRecord } from './record.ts';
import { decodeSafetensors } from './safetensors.ts';
import { hashFile } from './seal.ts';

/** What is found of the files of a run. */
export interface FilesFound {
  /** `sealed`: each is what run.json says. `unsealed`: an older version wrote no hashes, nothing can be said. */
  readonly state: 'sealed' | 'unsealed' | 'damaged';
  /** Names of what is missing or changed; run.json alone where that is. */
  readonly damaged: readonly string[];
  readonly faults: readonly Fault[];
  /** Files that were held against their hashes, and their bytes. */
  readonly files: number;
  readonly bytes: number;
}

/** Reads the files of a run and holds them against run.json. @throws FaultError (machine) when one cannot be read */
export async function verifyFiles(folder: string): Promise<FilesFound> {
  let record: StoredRecord;
  try {
    record = readRecord(folder);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    return { state: 'damaged', damaged: [RUN_FILE], faults: error.faults, files: 0, bytes: 0 };
  }
  if (record.files === undefined) return { state: 'unsealed', damaged: [], faults: [], files: 0, bytes: 0 };
  const wrong: string[] = [];
  const faults: Fault[] = [];
  let bytes = 0;
  for (const { path, sha256 } of record.files) {
    const there = existsSync(join(folder, path));
    const found = there ? await hashFile(folder, path) : null;
    bytes += found?.bytes ?? 0;
    if (found?.sha256 === sha256) continue;
    wrong.push(path);
    faults.push(...(there ? changed(folder, path) : damaged(join(folder, path), 'is missing')).faults);
  }
  const state = wrong.length === 0 ? 'sealed' : 'damaged';
  return { state, damaged: wrong, faults, files: record.files.length, bytes };
}

/**
 * Holds some files of a run against run.json before they are read; where that has no hashes, nothing is said.
 *
 * @throws FaultError (data) when one was changed
 */
export async function checkFiles(folder: string, names: readonly string[]): Promise<void> {
  const { files } = readRecord(folder);
  if (files === undefined) return;
  for (const name of names) {
    const { sha256 } = await hashFile(folder, name);
    if (files.find(({ path }) => path === name)?.sha256 !== sha256) throw changed(folder, name);
  }
}

/**
 * As checkFiles, of a file that is named by itself: where it is one of a run, it must be as the run left it.
 *
 * @throws FaultError (data) when it, or the record of its run, was changed
 */
export async function checkFile(path: string): Promise<void> {
  const [folder, name] = [dirname(path), basename(path)];
  if (!existsSync(join(folder, RUN_FILE))) return;
  const { files } = readRecord(folder);
  if (files?.some((file) => file.path === name) === true) await checkFiles(folder, [name]);
}

/** What is found of a run. */
export interface Verified extends Omit<FilesFound, 'state'> {
  readonly folder: string;
  /** `unverified`: an older version wrote no hashes of its files; what can be computed anew is right. */
  readonly state: 'verified' | 'unverified' | 'damaged';
  readonly resultHash: string | null;
  /** Whether the result hash follows from the weights and predictions that are there; null where these do not suffice. */
  readonly recomputed: boolean | null;
}

/** Verifies a run: its files, then its result hash. */
export async function verifyRun(folder: string): Promise<Verified> {
  const { state, faults, ...counts } = await verifyFiles(folder);
  if (counts.damaged.includes(RUN_FILE))
    return { folder, state: 'damaged', faults, ...counts, resultHash: null, recomputed: null };
  const { resultHash: stated } = readRecord(folder);
  const found = await recompute(folder);
  const all = [...faults];
  if ('faults' in found) {
    // What is damaged by its hash is told once.
    if (state !== 'damaged') all.push(...found.faults);
  } else if (found.hash !== null && found.hash !== stated && state !== 'damaged')
    all.push({
      place: displayPath(folder),
      problem: `its weights and predictions have the result hash ${found.hash.slice(0, 12)}…, its ${RUN_FILE} says ${stated.slice(0, 12)}…`,
      cure: 'the folder was changed: run the experiment again',
    });
  return {
    folder,
    state: all.length > 0 ? 'damaged' : state === 'sealed' ? 'verified' : 'unverified',
    faults: all,
    ...counts,
    resultHash: stated,
    recomputed: 'faults' in found || found.hash === null ? null : found.hash === stated,
  };
}

/** The result hash of the weights and predictions in a folder; null where one of them is not there. */
async function recompute(
  folder: string,
): Promise<{ readonly hash: string | null } | { readonly faults: readonly Fault[] }> {
  const [weights, predictions] = [join(folder, WEIGHTS_FILE), join(folder, PREDICTIONS_FILE)];
  if (!existsSync(weights) || !existsSync(predictions)) return { hash: null };
  try {
    const tested = await readClassified(predictions);
    const { parameters } = decodeSafetensors(readFileSync(weights), displayPath(weights));
    const presentations = [];
    for (const { name } of readPresentations(folder))
      presentations.push({ name, ...(await readClassified(join(folder, presentedFile(name)))) });
    const hash = resultHash({ parameters, ...tested, presentations });
    if (JSON.stringify(readEvaluation(folder).matrix) === JSON.stringify(tested.matrix)) return { hash };
    return damaged(join(folder, PREDICTIONS_FILE), 'has other counts than the matrix of evaluation.json');
  } catch (error) {
    if (error instanceof FaultError) return error;
    throw error;
  }
}

/** What a table of predictions says that a network made of its sessions. @throws FaultError (data) when it is wrong */
async function readClassified(path: string): Promise<Classified> {
  const { labels, stated, probabilities, classes } = await readPredictions(path);
  const predicted = stated ?? mostProbable(probabilities, classes.length);
  const matrix = classes.map(() => classes.map(() => 0));
  for (const [i, label] of labels.entries()) {
    const row = matrix[label]!;
    const column = predicted[i]!;
    if (column < row.length) row[column]!++;
  }
  return { labels, predicted, probabilities, matrix };
}
