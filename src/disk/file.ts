/** What a file is: its size, and its SHA-256 in hexadecimal digits. */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { systemPath } from './path-bytes.ts';
import { codeOf, readFault } from './refusal.ts';

/** SHA-256 of texts (UTF-8) and bytes, one after the other. */
export function sha256(...pieces: readonly (string | Uint8Array)[]): string {
  const hash = createHash('sha256');
  for (const piece of pieces) hash.update(piece);
  return hash.digest('hex');
}

/**
 * SHA-256 of a file.
 *
 * @param progress called with the bytes that were read so far
 * @throws FaultError when it cannot be read
 */
export async function sha256OfFile(path: string, progress?: (bytes: number) => void): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(systemPath(path), {
      highWaterMark: 1 << 20,
    }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      bytes += chunk.length;
      progress?.(bytes);
    }
  } catch (error) {
    throw readFault(path, error);
  }
  return hash.digest('hex');
}

/** What of a file changes with its content: the inode's own time of change can be set by nobody. null where it is not there. */
export function stampOf(path: string): string | null {
  const stat = statSync(systemPath(path), { throwIfNoEntry: false, bigint: true });
  if (stat === undefined) return null;
  return [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ');
}

/** Size in bytes; undefined when there is no file. @throws FaultError when the system does not say */
export async function sizeOfFile(path: string): Promise<number | undefined> {
  try {
    const facts = await stat(systemPath(path));
    return facts.isFile() ? facts.size : undefined;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw readFault(path, error);
  }
}
