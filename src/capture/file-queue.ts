/** The files that still have packets, ordered by the time of each file's next packet, then by file number. */
export class FileQueue {
  private readonly files: number[] = [];
  private readonly seconds: Float64Array;
  private readonly nanoseconds: Float64Array;

  constructor(files: number) {
    this.seconds = new Float64Array(files);
    this.nanoseconds = new Float64Array(files);
  }

  get size(): number {
    return this.files.length;
  }

  /** The file whose next packet is the earliest. */
  get first(): number {
    return this.files[0]!;
  }

  /** The file that comes after the first, −1 if there is none. */
  get second(): number {
    return this.files[1] ?? -1;
  }

  secondsOf(file: number): number {
    return this.seconds[file]!;
  }

  nanosecondsOf(file: number): number {
    return this.nanoseconds[file]!;
  }

  /** Puts a file where its next packet belongs. */
  insert(file: number, seconds: number, nanoseconds: number): void {
    this.seconds[file] = seconds;
    this.nanoseconds[file] = nanoseconds;
    let low = 0;
    let high = this.files.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.before(file, this.files[middle]!)) high = middle;
      else low = middle + 1;
    }
    this.files.splice(low, 0, file);
  }

  remove(file: number): void {
    this.files.splice(this.files.indexOf(file), 1);
  }

  removeFirst(): void {
    this.files.shift();
  }

  private before(a: number, b: number): boolean {
    const seconds = this.seconds[a]! - this.seconds[b]!;
    if (seconds !== 0) return seconds < 0;
    const nanoseconds = this.nanoseconds[a]! - this.nanoseconds[b]!;
    return nanoseconds !== 0 ? nanoseconds < 0 : a < b;
  }
}
