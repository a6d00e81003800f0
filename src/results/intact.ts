/** Whether a run that is there is as it was written: what nobody repeats must be what it says. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sha256, stampOf } from '../disk/index.ts';
import { type Fault, FaultError } from '../fault/index.ts';
import { type FinishedRun, finishedRun, isEmptyOrMissing } from './finished.ts';
import { changed, damaged, readRecord } from './record.ts';
import type { SealedFile } from './seal.ts';

/** A run that cannot be believed. */
export interface DamagedRun {
  readonly damage: readonly Fault[];
}

/** Stamps of files, by their paths, with which they had which hashes: who looks again and again hashes what has changed. */
const known = new Map<string, string>();

/**
 * The run in a folder, its files held against their hashes where it is of this code; undefined where there is nothing. What an
 * older version wrote without hashes is believed.
 *
 * @param numeric of the code, see CodeFacts: a run of other code is repeated anyway, and nothing of it is hashed
 */
export function readIntact(folder: string, numeric: string): FinishedRun | DamagedRun | undefined {
  if (isEmptyOrMissing(folder)) return undefined;
  try {
    const record = readRecord(folder);
    const run = finishedRun(record);
    if (run.numeric !== numeric) return run;
    const damage = (record.files ?? []).flatMap((file) => damageOf(folder, file));
    return damage.length === 0 ? run : { damage };
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    return { damage: error.faults };
  }
}

/** What is wrong with a file. Its size is looked at first: what was cut need not be read. */
function damageOf(folder: string, { path, bytes, sha256: sealed }: SealedFile): readonly Fault[] {
  const file = join(folder, path);
  const stamp = stampOf(file);
  if (stamp === null) return damaged(file, 'is missing').faults;
  const state = `${stamp} ${sealed}`;
  if (known.get(file) === state) return [];
  if (statSync(file).size !== bytes || sha256(readFileSync(file)) !== sealed)
    return changed(folder, path).faults;
  known.set(file, state);
  return [];
}
