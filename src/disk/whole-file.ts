/**
 * Files that appear whole or not at all: they are written under another name beside their place, synchronised to the disk,
 * and renamed.
 */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isGarbled } from './path-bytes.ts';
import { type FolderOption, garbledFault, writeFault } from './refusal.ts';

type Piece = string | Uint8Array;
/** What a file is to hold; pieces are written one after the other. */
export type Content = Piece | Iterable<Piece> | AsyncIterable<Piece>;

/** A file that has not appeared yet. Every method throws a FaultError (machine) when it cannot do its work. */
export interface WholeFile {
  /** Bytes that were given to it. */
  readonly bytes: number;
  /**
   * Writes on after what came before. It is done when what came before is written, so that the next piece can be made
   * meanwhile: the bytes of a piece must stay what they are until the call for the next one is done.
   */
  write(chunk: Uint8Array): Promise<void>;
  /** Everything that came is with the system. */
  written(): Promise<void>;
  /** Everything is on the disk, still under the other name. */
  close(): Promise<void>;
  /** It appears, in place of what was there. */
  publish(): Promise<void>;
  /** It never was. */
  abandon(): Promise<void>;
}

/** Unlike that of any other process, be it on another machine, or one that was killed and had the same number. */
export const unique = (): string => `${process.pid}-${randomBytes(4).toString('hex')}`;

/** @throws FaultError (machine) when it cannot be made */
export async function createWholeFile(path: string, option?: FolderOption): Promise<WholeFile> {
  if (isGarbled(path)) throw garbledFault(path);
  const partial = join(dirname(path), `.${basename(path)}.${unique()}.partial`);
  const tried = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw writeFault(path, error, option);
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
    written: () => tried(() => writing),
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
    // The system takes less than 2 GiB at once.
    const { bytesWritten } = await file.write(chunk, done, Math.min(chunk.length - done, 1 << 30));
    done += bytesWritten;
  }
}

/** Pieces are collected up to about this many bytes. */
const CHUNK = 1 << 18;

/**
 * Writes a file. Whatever happens, there is the whole file under its name, or what was there before.
 *
 * @param option what names its folder, for the cure
 * @throws FaultError (machine) when it cannot be written; what the content throws
 */
export async function writeWhole(path: string, content: Content, option?: FolderOption): Promise<void> {
  const file = await createWholeFile(path, option);
  try {
    const pieces = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
    let waiting: Uint8Array[] = [];
    let size = 0;
    for await (const piece of pieces) {
      const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
      waiting.push(bytes);
      size += bytes.length;
      if (size < CHUNK) continue;
      await file.write(waiting.length === 1 ? bytes : Buffer.concat(waiting));
      // Whoever makes the pieces may use the memory of one again for the next.
      await file.written();
      waiting = [];
      size = 0;
    }
    await file.write(Buffer.concat(waiting));
    await file.close();
    await file.publish();
  } catch (error) {
    await file.abandon();
    throw error;
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
