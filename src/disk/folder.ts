/** Folders that are made, given their name when they are finished, and removed again when nothing is in them. */
import { mkdir, rename, rmdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isGarbled } from './path-bytes.ts';
import { codeOf, type FolderOption, garbledFault, writeFault } from './refusal.ts';
import { syncFolder } from './whole-file.ts';

/**
 * Makes a folder and those above it that are not there. (`mkdir` of Node with `recursive` never returns where the system
 * says ENOENT below a folder that exists, as in /proc or through a link that leads nowhere.)
 *
 * @param option what names it, for the cure
 * @returns the uppermost folder that was made, or undefined when it was there
 * @throws FaultError (machine) when it cannot be made
 */
export async function makeFolder(path: string, option?: FolderOption): Promise<string | undefined> {
  if (isGarbled(path)) throw garbledFault(path);
  for (let attempt = 0; ; attempt++) {
    try {
      return await makeAbove(path);
    } catch (error) {
      // Others may tidy it up at this moment, between any two of our looks.
      if (codeOf(error) !== 'ENOENT' || attempt >= MOST_ATTEMPTS) throw writeFault(path, error, option);
    }
  }
}

const MOST_ATTEMPTS = 50;

async function makeAbove(path: string): Promise<string | undefined> {
  let made: string | undefined;
  try {
    await mkdir(path);
    return path;
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return undefined;
    if (codeOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    made = await makeAbove(dirname(path));
  }
  try {
    await mkdir(path);
  } catch (error) {
    // Another process may have been faster.
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  return made ?? path;
}

/** Removes a folder and those above it, up to but not `stop`, as long as they are empty. */
export async function removeEmpty(path: string, stop: string): Promise<void> {
  for (let folder = path; folder !== stop && folder !== dirname(folder); folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
  }
}

/**
 * Gives a finished folder its name.
 *
 * @returns false when there is already a folder with something in it, which is left as it is
 * @throws FaultError (machine) when it cannot be renamed
 */
export async function publish(partial: string, final: string): Promise<boolean> {
  await syncFolder(partial);
  try {
    await rename(partial, final);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || (code === 'EPERM' && process.platform === 'win32'))
      return false;
    throw writeFault(final, error);
  }
  await syncFolder(dirname(final));
  return true;
}
