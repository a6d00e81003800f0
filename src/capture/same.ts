/** Captures that are the same by two names: links, copies, and a capture beside its compressed form. */
import { type OpenCapture, openCapture } from './open.ts';

/** What is known of a capture from its beginning. */
export interface CaptureBegin {
  readonly path: string;
  /** Size of the file. */
  readonly bytes: number;
  /** Device and inode. */
  readonly inode: string;
  /** What its first record is; empty where it has none. */
  readonly record: string;
}

/** A capture that is there already. */
export interface SameCapture extends Pick<CaptureBegin, 'path' | 'bytes'> {
  /** Its path. */
  readonly as: string;
}

/**
 * Captures that are the same as one before them. Those whose first records are alike are compared byte by byte, after
 * decompression, up to the first difference; captures without records are never the same but by their inode.
 *
 * @throws FaultError when one cannot be read
 */
export async function sameCaptures(begins: readonly CaptureBegin[]): Promise<readonly SameCapture[]> {
  const same: SameCapture[] = [];
  const inodes = new Map<string, string>();
  const alike = new Map<string, string[]>();
  for (const { path, bytes, inode, record } of begins) {
    const linked = inodes.get(inode);
    if (linked !== undefined) {
      same.push({ path, bytes, as: linked });
      continue;
    }
    inodes.set(inode, path);
    if (record === '') continue;
    const others = alike.get(record) ?? [];
    alike.set(record, others);
    let found: string | undefined;
    for (const other of others) {
      if (!(await haveSameBytes(other, path))) continue;
      found = other;
      break;
    }
    if (found === undefined) others.push(path);
    else same.push({ path, bytes, as: found });
  }
  return same;
}

const CHUNK = 1 << 16;

async function haveSameBytes(a: string, b: string): Promise<boolean> {
  const captures: OpenCapture[] = [];
  try {
    for (const path of [a, b]) captures.push(await openCapture(path, CHUNK));
    const [first, second] = captures.map(({ window }) => window) as [
      OpenCapture['window'],
      OpenCapture['window'],
    ];
    // Readers have passed what is in front of the records.
    first.start = 0;
    second.start = 0;
    for (;;) {
      for (const window of [first, second])
        while (window.end === window.start && !window.ended) await window.refill();
      const count = Math.min(first.end - first.start, second.end - second.start);
      if (count === 0) return first.end === first.start && second.end === second.start;
      const of = ({ bytes, start }: OpenCapture['window']) => bytes.subarray(start, start + count);
      if (Buffer.compare(of(first), of(second)) !== 0) return false;
      first.start += count;
      second.start += count;
    }
  } finally {
    for (const capture of captures) capture.close();
  }
}
