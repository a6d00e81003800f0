/**
 * Files and folders that appear whole or not at all: they are made under another name beside their place, synchronised to
 * the disk, and renamed.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ExitCode, FaultError } from '../fault/index.ts';
import { displayPath } from '../text/index.ts';

type Piece = string | Uint8Array;
/** What a file is to hold; pieces are written one after the other. */
export type Content = Piece | Iterable<Piece> | AsyncIterable<Piece>;

/** Pieces are collected up to about this many bytes. */
const CHUNK = 1 << 18;

/** Unlike that of any other process, be it on another machine, or one that was killed and had the same number. */
export const unique = (): string => `${process.pid}-${randomBytes(4).toString('hex')}`;

/**
 * Writes a file. Whatever happens, there is the whole file under its name, or what was there before.
 *
 * @throws FaultError (machine) when it cannot be written; what the content throws
 */
export async function writeWhole(path: string, content: Content): Promise<void> {
  const partial = join(dirname(path), `.${basename(path)}.${unique()}.partial`);
  try {
    await writeAll(partial, content);
    await rename(partial, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw asFault(path, error);
  }
}

async function writeAll(path: string, content: Content): Promise<void> {
  const file = await open(path, 'wx');
  try {
    let waiting: Uint8Array[] = [];
    let size = 0;
    const flush = async () => {
      const bytes = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting);
      for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
      waiting = [];
      size = 0;
    };
    const pieces = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
    for await (const piece of pieces) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
      waiting.push(bytes);
      size += bytes.length;
      if (size >= CHUNK) await flush();
    }
    await flush();
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes new names last; some systems cannot open a folder, and there the rename has to do. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  if (folder === null) return;
  try {
    await folder.sync().catch(() => undefined);
  } finally {
    await folder.close();
  }
}

/**
 * Makes a folder and those above it that are not there. (`mkdir` of Node with `recursive` never returns where the system
 * says ENOENT below a folder that exists, as in /proc or through a link that leads nowhere.)
 *
 * @returns the uppermost folder that was made, or undefined when it was there
 * @throws FaultError (machine) when it cannot be made
 */
export async function makeFolder(path: string): Promise<string | undefined> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await makeAbove(path);
    } catch (error) {
      // Others may tidy it up at this moment, between any two of our looks.
      if (codeOf(error) !== 'ENOENT' || attempt >= MOST_ATTEMPTS) throw asFault(path, error);
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
    made = await makeAbove(path);
    const file = await open(probe, 'wx');
    try {
      await file.write('writable?');
    } finally {
      await file.close();
      await rm(probe, { force: true });
    }
  } catch (error) {
    await removeIfUnused();
    throw asFault(path, error);
  }
  return { path, removeIfUnused };
}

/**
 * Now, by the clock of the file system that a folder is on, the same for all machines that share it: milliseconds since 1970,
 * to be compared with the times of files.
 */
export async function fileClock(folder: string): Promise<number> {
  const probe = join(folder, `.${unique()}.partial`);
  try {
    await writeFile(probe, '');
    return (await stat(probe)).mtimeMs;
  } finally {
    await rm(probe, { force: true });
  }
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
    throw asFault(final, error);
  }
  await syncFolder(dirname(final));
  return true;
}

/** What the system says about a path that is written to, as a fault with its cure; anything else as it is. */
export function asFault(path: string, error: unknown): unknown {
  const code = codeOf(error);
  const refusal = code === undefined ? undefined : REFUSALS[code];
  if (refusal === undefined) return error;
  const [problem, cure] = refusal;
  const fault = { place: displayPath(path), problem: `cannot be written: ${problem} (${code})`, cure };
  return new FaultError(fault, ExitCode.machine);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

const ELSEWHERE = 'choose another folder with --out';

const REFUSALS: Readonly<Record<string, readonly [problem: string, cure: string]>> = {
  EACCES: ['permission denied', `change its permissions, or ${ELSEWHERE}`],
  EPERM: ['not permitted', `change its permissions, or ${ELSEWHERE}`],
  EROFS: ['the file system is read-only', ELSEWHERE],
  ENOSPC: ['no space left on the disk', `free some space, or ${ELSEWHERE}`],
  EDQUOT: ['the disk quota is used up', `free some space, or ${ELSEWHERE}`],
  EFBIG: [
    'the file would be larger than the limit for files',
    `raise the limit (ulimit -f), or ${ELSEWHERE}`,
  ],
  ENOTDIR: ['a part of its path is a file', ELSEWHERE],
  EEXIST: ['a file is in its place', ELSEWHERE],
  EISDIR: ['a folder is in its place', ELSEWHERE],
  ENOENT: ['there is no such place', ELSEWHERE],
  ENAMETOOLONG: ['the path is too long', ELSEWHERE],
  EMFILE: ['too many open files', 'raise the limit (ulimit -n)'],
  ENFILE: ['too many open files in the system', 'close other programs'],
  EIO: ['the disk or the network failed', ELSEWHERE],
};
