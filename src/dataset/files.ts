/** Files that appear whole or not at all. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ExitCode, FaultError } from '../spec/index.ts';

/** SHA-256 of a file, in hexadecimal digits. */
export async function sha256Of(path: string, progress?: (bytes: number) => void): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  await pipeline(
    createReadStream(path, { highWaterMark: 1 << 20 }),
    async function* (chunks) {
      for await (const chunk of chunks as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        progress?.(bytes);
        yield chunk;
      }
    },
    hash,
  );
  return hash.digest('hex');
}

/** Size in bytes; undefined when there is no file. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const facts = await stat(path);
    return facts.isFile() ? facts.size : undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw diskFault(path, error);
  }
}

/** Writes a file under another name, makes it last, and gives it its name. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  const file = await open(partial, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(partial, path);
  await syncFolder(dirname(path));
}

export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw diskFault(path, error);
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

/** What the operating system says about a place on the disk, as a fault; anything else as it is. */
export function diskFault(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return error;
  const known: Readonly<Record<string, readonly [string, string]>> = {
    ENOSPC: ['no space is left on the disk', 'free some, or choose another folder with --data'],
    EDQUOT: ['the disk quota is used up', 'free some space, or choose another folder with --data'],
    EACCES: ['no permission', 'change its permissions, or choose another folder with --data'],
    EPERM: ['not permitted', 'change its permissions, or choose another folder with --data'],
    EROFS: ['the file system is read-only', 'choose another folder with --data'],
    ENOTDIR: ['a part of its path is a file', 'choose another folder with --data'],
    EEXIST: ['a file is where a folder must be', 'choose another folder with --data'],
  };
  const [problem, cure] = known[String(error.code)] ?? [`the disk refuses (${error.code})`, 'check the disk'];
  return new FaultError({ place: path, problem, cure }, ExitCode.machine);
}
