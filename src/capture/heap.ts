/** The files that still have packets, the one with the earliest next packet first. */

/** A binary heap of file numbers, ordered by the time of each file's next packet, then by file number. */
export class FileHeap {
  private readonly heap: number[] = [];
  private readonly seconds: Float64Array;
  private readonly nanoseconds: Float64Array;

  constructor(files: number) {
    this.seconds = new Float64Array(files);
    this.nanoseconds = new Float64Array(files);
  }

  get size(): number {
    return this.heap.length;
  }

  /** The file whose next packet is the earliest. */
  get first(): number {
    return this.heap[0]!;
  }

  /** The file that comes after the first, −1 if there is none. */
  get second(): number {
    if (this.heap.length < 2) return -1;
    if (this.heap.length === 2) return this.heap[1]!;
    return this.before(this.heap[1]!, this.heap[2]!) ? this.heap[1]! : this.heap[2]!;
  }

  secondsOf(file: number): number {
    return this.seconds[file]!;
  }

  nanosecondsOf(file: number): number {
    return this.nanoseconds[file]!;
  }

  push(file: number, seconds: number, nanoseconds: number): void {
    this.seconds[file] = seconds;
    this.nanoseconds[file] = nanoseconds;
    let at = this.heap.length;
    this.heap.push(file);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.before(file, this.heap[parent]!)) break;
      this.heap[at] = this.heap[parent]!;
      at = parent;
    }
    this.heap[at] = file;
  }

  /** The first file has a new next packet. */
  moveFirst(seconds: number, nanoseconds: number): void {
    const file = this.heap[0]!;
    this.seconds[file] = seconds;
    this.nanoseconds[file] = nanoseconds;
    this.siftDown(file);
  }

  /** The first file has no more packets. */
  removeFirst(): void {
    const last = this.heap.pop()!;
    if (this.heap.length > 0) this.siftDown(last);
  }

  /** Puts a file at the root and lets it sink to its place. */
  private siftDown(file: number): void {
    const heap = this.heap;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.before(heap[child + 1]!, heap[child]!)) child++;
      if (!this.before(heap[child]!, file)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = file;
  }

  private before(a: number, b: number): boolean {
    const seconds = this.seconds[a]! - this.seconds[b]!;
    if (seconds !== 0) return seconds < 0;
    const nanoseconds = this.nanoseconds[a]! - this.nanoseconds[b]!;
    return nanoseconds !== 0 ? nanoseconds < 0 : a < b;
  }
}
