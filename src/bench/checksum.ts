/** Hashes of results. */
import { createHash } from 'node:crypto';

/** 16 hexadecimal digits of the SHA-256 of arrays, texts and numbers, in this order. */
export function checksumOf(parts: Iterable<ArrayBufferView | string | number>): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    if (typeof part === 'string') hash.update(part);
    else if (typeof part === 'number') hash.update(new Uint8Array(Float64Array.of(part).buffer));
    else hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  }
  return hash.digest('hex').slice(0, 16);
}
