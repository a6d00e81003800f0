/**
 * The bytes of a capture from the zstd stream in a file (RFC 8878): one or several frames, and frames to be skipped.
 *
 * The frames and blocks are taken apart here, one block at a time goes to the decompressor: nothing that a file says can
 * make it hold more than a window and a block, and the checksum of the content, where there is one, is checked. It is the
 * same decompressor on every version of Node: what is made of a damaged file is the same everywhere, too.
 */
import { Decompress } from 'fzstd';
import xxhash, { type XXHash } from 'xxhash-wasm';
import { ByteQueue } from './byte-queue.ts';
import type { Feed } from './feed.ts';
import { u32 } from './integers.ts';

const FRAME = 0xfd2fb528;
/** A decoder need not support larger windows; the zstd program asks for --long=31 and the like, too. */
const MOST_WINDOW = 1 << 27;
const MOST_BLOCK = 1 << 17;
/** Fits a block with its header. */
const INPUT_BYTES = 1 << 18;

/** A frame, or one to be skipped as pzstd begins with (RFC 8878, 3.1). */
export const isZstd = (magic: number): boolean => magic === FRAME || magic >>> 4 === 0x184d2a5;

/** The frame that is being read. */
interface Frame {
  readonly zstd: Decompress;
  /** null where it has no checksum. */
  readonly hash: XXHash<bigint> | null;
}

export class ZstdFeed implements Feed {
  damage: string | undefined;
  private readonly file: Feed;
  private readonly input = new Uint8Array(INPUT_BYTES);
  private start = 0;
  private end = 0;
  private frame: Frame | undefined;
  private readonly ready = new ByteQueue();
  private finished = false;

  constructor(file: Feed) {
    this.file = file;
  }

  get position(): number {
    return this.file.position;
  }

  close(): void {}

  async read(into: Uint8Array, from: number): Promise<number> {
    while (this.ready.isEmpty && !this.finished) await this.advance();
    return this.ready.take(into, from);
  }

  /** One header or block further. */
  private async advance(): Promise<void> {
    try {
      if (this.frame !== undefined) await this.nextBlock(this.frame);
      else if (await this.has(1)) await this.nextFrame();
      else this.finished = true;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.damage = `the zstd stream is damaged or cut (${why})`;
      this.finished = true;
    }
  }

  /** Whether so many bytes are there, after reading as far as that takes. */
  private async has(count: number): Promise<boolean> {
    if (this.end - this.start < count) {
      this.input.copyWithin(0, this.start, this.end);
      this.end -= this.start;
      this.start = 0;
    }
    while (this.end - this.start < count) {
      const read = await this.file.read(this.input, this.end);
      if (read === 0) return false;
      this.end += read;
    }
    return true;
  }

  /** The next bytes; valid until more are asked for. */
  private async take(count: number): Promise<Uint8Array> {
    if (!(await this.has(count))) throw new Error('it ends too early');
    this.start += count;
    return this.input.subarray(this.start - count, this.start);
  }

  private async skip(count: number): Promise<void> {
    for (let left = count; left > 0; left -= INPUT_BYTES) await this.take(Math.min(left, INPUT_BYTES));
  }

  private async nextFrame(): Promise<void> {
    const magic = u32(await this.take(4), 0, true);
    if (magic >>> 4 === 0x184d2a5) return this.skip(u32(await this.take(4), 0, true));
    if (magic !== FRAME) throw new Error('something else follows its end');
    const descriptor = (await this.take(1))[0]!;
    const single = (descriptor >> 5) & 1;
    const sizeBytes = [single, 2, 4, 8][descriptor >> 6]!;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!;
    const rest = (await this.take(1 - single + dictionaryBytes + sizeBytes)).slice();
    if (rest.subarray(1 - single, 1 - single + dictionaryBytes).some((byte) => byte !== 0))
      throw new Error('it needs a dictionary');
    const window = single === 1 ? sizeOf(rest.subarray(dictionaryBytes)) : windowOf(rest[0]!);
    if (window > MOST_WINDOW)
      throw new Error(`it needs a window of ${window} bytes, at most ${MOST_WINDOW} are supported`);
    const hash = (descriptor & 4) === 0 ? null : (await xxhash()).create64();
    const zstd = new Decompress((bytes) => {
      if (bytes.length === 0) return;
      hash?.update(bytes);
      this.ready.push(bytes);
    });
    // Without its flag for a checksum: that is checked here.
    zstd.push(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, descriptor & ~4, ...rest));
    this.frame = { zstd, hash };
  }

  private async nextBlock({ zstd, hash }: Frame): Promise<void> {
    if (!(await this.has(3))) throw new Error('it ends too early');
    const { input, start } = this;
    const header = input[start]! | (input[start + 1]! << 8) | (input[start + 2]! << 16);
    const kind = (header >> 1) & 3;
    const size = header >> 3;
    if (kind === 3 || size > MOST_BLOCK) throw new Error('a block is none');
    const last = (header & 1) !== 0;
    // Of one value, many times, only that value is there. The decompressor may keep what it is given.
    zstd.push((await this.take(3 + (kind === 1 ? 1 : size))).slice(), last);
    if (!last) return;
    this.frame = undefined;
    if (hash === null) return;
    const expected = u32(await this.take(4), 0, true);
    if (Number(hash.digest() & 0xffffffffn) !== expected)
      throw new Error('the checksum of the content is wrong');
  }
}

/** The content size, which is the window of a frame of a single segment; of two bytes 256 less is written. */
function sizeOf(bytes: Uint8Array): number {
  let size = 0;
  for (let i = bytes.length - 1; i >= 0; i--) size = size * 256 + bytes[i]!;
  return bytes.length === 2 ? size + 256 : size;
}

/** RFC 8878, 3.1.1.1.2. */
function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}
