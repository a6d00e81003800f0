/** Where the bytes of a capture come from: a file, or the gzip stream in a file (for zstd see zstd.ts), in chunks. */
import type { Hash } from 'node:crypto';
import { createGunzip } from 'node:zlib';
import { ByteQueue } from './byte-queue.ts';
import type { OpenFile } from './open-file.ts';

/** Bytes in order. */
export interface Feed {
  /** Puts up to `into.length − from` bytes at `from`. @returns how many; 0 at the end and ever after. */
  read(into: Uint8Array, from: number): Promise<number>;
  /** What is wrong with the container when it ended early or has something behind its end, in words. */
  readonly damage: string | undefined;
  /** Bytes of the file itself that were read so far. */
  readonly position: number;
  /** Lets go of what the feed itself holds, not of the file. */
  close(): void;
}

/** So many bytes are read before everything else in the process has its turn: signals, progress, other files. */
const BYTES_PER_TURN = 1 << 23;

/**
 * The bytes of an open file from its beginning to where it ended when it was opened. With `hash`, every byte read is also hashed, once.
 */
export class FileFeed implements Feed {
  readonly damage = undefined;
  position = 0;
  private readonly handle: Pick<OpenFile, 'read'>;
  /** Where the file ended when it was opened. */
  private readonly end: number;
  private readonly hash: Hash | undefined;
  private yieldAt = BYTES_PER_TURN;

  constructor(handle: Pick<OpenFile, 'read'>, end: number, hash?: Hash) {
    this.handle = handle;
    this.end = end;
    this.hash = hash;
  }

  close(): void {}

  async read(into: Uint8Array, from: number): Promise<number> {
    if (this.position >= this.yieldAt) {
      this.yieldAt = this.position + BYTES_PER_TURN;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const length = Math.min(into.length - from, this.end - this.position);
    if (length <= 0) return 0;
    const count = this.handle.read(into, from, length, this.position);
    this.position += count;
    if (this.hash !== undefined && count > 0) this.hash.update(into.subarray(from, from + count));
    return count;
  }
}

/** Compressed bytes that go into the inflater at once; bounds what comes out (at most about 1,032 times as much). */
const COMPRESSED_CHUNK = 1 << 14;

/** The decompressed bytes of a gzip stream (RFC 1952), of one or several members. */
export class GzipFeed implements Feed {
  damage: string | undefined;
  private readonly file: Feed;
  private readonly gunzip = createGunzip({ chunkSize: 1 << 14 });
  private readonly ready = new ByteQueue();
  private finished = false;
  private wake: () => void = () => {};

  constructor(file: Feed) {
    this.file = file;
    this.gunzip.on('data', (bytes: Uint8Array) => {
      this.ready.push(bytes);
    });
    this.gunzip.on('end', () => {
      this.finished = true;
      this.wake();
    });
    this.gunzip.on('error', (error: Error) => {
      this.damage = `the gzip stream is damaged or cut (${error.message})`;
      this.finished = true;
      this.wake();
    });
  }

  get position(): number {
    return this.file.position;
  }

  close(): void {
    this.gunzip.destroy();
  }

  async read(into: Uint8Array, from: number): Promise<number> {
    while (this.ready.isEmpty && !this.finished) await this.pump();
    return this.ready.take(into, from);
  }

  /** Gives the inflater one more chunk and waits until it has used it up, has ended or has failed. */
  private async pump(): Promise<void> {
    const chunk = new Uint8Array(COMPRESSED_CHUNK);
    const count = await this.file.read(chunk, 0);
    await new Promise<void>((resolve) => {
      this.wake = resolve;
      if (this.finished) resolve();
      else if (count === 0) this.gunzip.end();
      // After the last member the inflater ends by itself and never answers this write.
      else this.gunzip.write(chunk.subarray(0, count), () => resolve());
    });
    // Output is handed over in the ticks after the answer.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.finished && this.damage === undefined && this.file.position > this.gunzip.bytesWritten)
      this.damage = `${this.file.position - this.gunzip.bytesWritten} or more bytes after the end of the gzip stream are ignored`;
  }
}
