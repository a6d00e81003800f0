/** The folder that results go to. */
import { open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder, removeEmpty } from './folder.ts';
import { writeFault } from './refusal.ts';
import { unique } from './whole-file.ts';

/** Where the results go: known to be writable. */
export interface ResultsFolder {
  readonly path: string;
  /** Removes the folder and those above it again that were made for it, as far as they are empty. */
  removeIfUnused(): Promise<void>;
}

/**
 * Makes the results folder where it is not there, and tries whether files can be written to it.
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
    throw writeFault(path, error);
  }
  return { path, removeIfUnused };
}
