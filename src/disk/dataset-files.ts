/** Files that appear whole or not at all. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { ExitCode, FaultError } from '../fault/index.ts';

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
