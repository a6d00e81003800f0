/** Bytes that a decompressor has given and nobody has taken yet. */
export class ByteQueue {
  private readonly chunks: Uint8Array[] = [];
  /** Of the first chunk. */
  private taken = 0;

  get isEmpty(): boolean {
    return this.chunks.length === 0;
  }

  /** @param chunk with at least one byte; not to be changed after this */
  push(chunk: Uint8Array): void {
    this.chunks.push(chunk);
  }

  /** Moves up to `into.length − from` bytes of the oldest chunk to `from`. @returns how many; 0 when it is empty */
  take(into: Uint8Array, from: number): number {
    const chunk = this.chunks[0];
    if (chunk === undefined) return 0;
    const count = Math.min(into.length - from, chunk.length - this.taken);
    into.set(chunk.subarray(this.taken, this.taken + count), from);
    this.taken += count;
    if (this.taken === chunk.length) {
      this.chunks.shift();
      this.taken = 0;
    }
    return count;
  }
}
