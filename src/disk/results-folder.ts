/** The folder that results go to. */
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FaultError } from '../fault/index.ts';
import { makeFolder, removeEmpty } from './folder.ts';
import { removeLeftovers } from './leftovers.ts';
import { writeFault } from './refusal.ts';
import { unique } from './whole-file.ts';

/** Where the results go: known to be writable. */
export interface ResultsFolder {
  readonly path: string;
  /** Removes the folder and those above it again that were made for it, as far as they are empty. */
  removeIfUnused(): Promise<void>;
}

/**
 * Makes the results folder where it is not there, and tries whether files can be written to it. What killed processes left
 * there is removed.
 *
 * @throws FaultError (machine) when they cannot
 */
export async function claimResults(path: string): Promise<ResultsFolder> {
  const probe = join(path, `.${unique()}.partial`);
  let made: string | undefined;
  const removeIfUnused = () => (made === undefined ? Promise.resolve() : removeEmpty(path, dirname(made)));
  try {
    made = await makeFolder(path);
    const file = await open(probe, 'wx');
    try {
      await file.write('writable?');
    } finally {
      await file.close();
      await rm(probe, { force: true });
    }
  } catch (error) {
    await removeIfUnused();
    throw error instanceof FaultError ? error : writeFault(path, error);
  }
  removeLeftovers(path);
  return { path, removeIfUnused };
}

/** As claimResults for whoever keeps nothing: where nothing can be written, it is a temporary folder. */
export async function borrowResults(path: string): Promise<ResultsFolder> {
  try {
    return await claimResults(path);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    const borrowed = await mkdtemp(join(tmpdir(), 'sessionlab-'));
    return { path: borrowed, removeIfUnused: () => rm(borrowed, { recursive: true, force: true }) };
  }
}
