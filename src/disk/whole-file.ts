/**
 * A file that appears whole or not at all: it is written under another name beside its place, synchronised to the disk, and
 * renamed.
 */
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ExitCode, FaultError } from '../fault/index.ts';

/** A file that has not appeared yet. Every method throws a FaultError (machine) when it cannot do its work. */
export interface WholeFile {
  /** Bytes that were given to it. */
  readonly bytes: number;
  /**
   * Writes on after what came before. It is done when what came before is written, so that the next piece can be made
   * meanwhile: the bytes of a piece must stay what they are until the call for the next one is done.
   */
  write(chunk: Uint8Array): Promise<void>;
  /** Everything is on the disk, still under the other name. */
  close(): Promise<void>;
  /** It appears, in place of what was there. */
  publish(): Promise<void>;
  /** It never was. */
  abandon(): Promise<void>;
}

/** Distinguishes the temporary names of one process. */
let attempt = 0;

/** @throws FaultError (machine) when it cannot be made */
export async function createWholeFile(path: string): Promise<WholeFile> {
  const partial = join(dirname(path), `.${basename(path)}.${process.pid}-${attempt++}.partial`);
  const tried = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw asFault(error, path);
    }
  };
  const file = await tried(() => open(partial, 'wx'));
  let bytes = 0;
  let closed = false;
  let writing: Promise<void> = Promise.resolve();
  return {
    get bytes() {
      return bytes;
    },
    write: (chunk) =>
      tried(async () => {
        await writing;
        bytes += chunk.length;
        writing = writeAll(file, chunk);
        // Whoever waits for it is told; nobody may be, where the next piece cannot be made.
        writing.catch(() => undefined);
      }),
    close: () =>
      tried(async () => {
        await writing;
        await file.sync();
        closed = true;
        await file.close();
      }),
    publish: () =>
      tried(async () => {
        await rename(partial, path);
        await syncFolder(dirname(path));
      }),
    async abandon() {
      await writing.catch(() => undefined);
      if (!closed) await file.close().catch(() => undefined);
      closed = true;
      await rm(partial, { force: true }).catch(() => undefined);
    },
  };
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done);
    done += bytesWritten;
  }
}

/** Makes the new name last; some systems cannot open a folder, and there the rename has to do. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  if (folder === null) return;
  try {
    await folder.sync().catch(() => undefined);
  } finally {
    await folder.close();
  }
}

function asFault(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  const problem = `cannot be written: ${error.message}`;
  const cure =
    error.code === 'ENOENT'
      ? 'make the folder first'
      : error.code === 'ENOSPC'
        ? 'free some space on the disk'
        : 'check the path and its permissions';
  return new FaultError({ place: path, problem, cure }, ExitCode.machine);
}
