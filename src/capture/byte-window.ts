/** A window on a feed: parsing inside it is synchronous, only moving it on is not. */
import type { Feed } from './feed.ts';

/** Bytes start … end − 1 of `bytes` are there to be parsed. */
export class ByteWindow {
  bytes: Uint8Array;
  /** The same bytes. */
  view: DataView;
  start = 0;
  end = 0;
  /** Position in the stream of bytes[0]. */
  base = 0;
  /** True when nothing will follow what is in the window. */
  ended = false;
  /** Bytes still to be thrown away before the window holds anything of interest. */
  skipping = 0;
  private readonly feed: Feed;

  constructor(feed: Feed, chunkBytes: number) {
    this.feed = feed;
    this.bytes = new Uint8Array(chunkBytes);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Throws the next `count` bytes away, also those that have not been read yet. */
  skip(count: number): void {
    const here = Math.min(count, this.end - this.start);
    this.start += here;
    this.skipping = count - here;
  }

  /** Moves what is left to the front and reads more behind it; the window grows when it is full. */
  async refill(): Promise<void> {
    if (this.ended) return;
    if (this.start > 0) {
      this.bytes.copyWithin(0, this.start, this.end);
      this.base += this.start;
      this.end -= this.start;
      this.start = 0;
    }
    if (this.end === this.bytes.length) {
      const grown = new Uint8Array(this.bytes.length * 2);
      grown.set(this.bytes);
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    const count = await this.feed.read(this.bytes, this.end);
    if (count === 0) this.ended = true;
    this.end += count;
    if (this.skipping > 0) this.skip(this.skipping);
  }
}
