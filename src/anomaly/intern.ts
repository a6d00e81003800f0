/** Numbers for byte strings and for pairs of numbers: open addressing in typed arrays, no object per entry. */

const START = 1024;
const EMPTY = -1;

/** Spreads the entropy of all bits of a hash over its low ones (finalizer of MurmurHash3, A. Appleby). */
function mix(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** Byte strings of one size, numbered from 0 in the order in which they were first added. */
export class Interner {
  count = 0;
  /** [capacity, size]: the string with number n begins at n · size. */
  bytes: Uint8Array;
  /** Bytes of each string. */
  readonly size: number;
  private slots = new Int32Array(2 * START).fill(EMPTY);

  constructor(size: number) {
    this.size = size;
    this.bytes = new Uint8Array(START * size);
  }

  /** The number of the string at from[at], −1 when it was never added. */
  find(from: Uint8Array, at: number): number {
    return this.slots[this.slot(from, at)]!;
  }

  /** The number of the string at from[at], a new one when it was never added. */
  add(from: Uint8Array, at: number): number {
    const slot = this.slot(from, at);
    const found = this.slots[slot]!;
    if (found !== EMPTY) return found;
    const number = this.count++;
    this.slots[slot] = number;
    for (let i = 0; i < this.size; i++) this.bytes[number * this.size + i] = from[at + i]!;
    if (2 * this.count === this.slots.length) this.grow();
    return number;
  }

  /** The slot that holds the string, or the empty one where it belongs. */
  private slot(from: Uint8Array, at: number): number {
    const { size, slots, bytes } = this;
    let hash = 0x811c9dc5; // FNV-1a
    for (let i = 0; i < size; i++) hash = Math.imul(hash ^ from[at + i]!, 0x01000193);
    const last = slots.length - 1;
    let slot = mix(hash) & last;
    for (;;) {
      const number = slots[slot]!;
      if (number === EMPTY) return slot;
      const other = number * size;
      let i = 0;
      while (i < size && bytes[other + i] === from[at + i]) i++;
      if (i === size) return slot;
      slot = (slot + 1) & last;
    }
  }

  private grow(): void {
    const bytes = new Uint8Array(2 * this.bytes.length);
    bytes.set(this.bytes);
    this.bytes = bytes;
    this.slots = new Int32Array(2 * this.slots.length).fill(EMPTY);
    for (let n = 0; n < this.count; n++) this.slots[this.slot(bytes, n * this.size)] = n;
  }
}

/** Ordered pairs of numbers, each with how often it was added; entries in the order in which they were first added. */
export class Pairs {
  count = 0;
  first = new Uint32Array(START);
  second = new Uint32Array(START);
  times = new Uint32Array(START);
  private slots = new Int32Array(2 * START).fill(EMPTY);

  has(a: number, b: number): boolean {
    return this.slots[this.slot(a, b)] !== EMPTY;
  }

  /** The entry of the pair, −1 when it was never added. */
  find(a: number, b: number): number {
    return this.slots[this.slot(a, b)]!;
  }

  /** @returns whether the pair is new */
  add(a: number, b: number): boolean {
    const slot = this.slot(a, b);
    const found = this.slots[slot]!;
    if (found !== EMPTY) {
      this.times[found]!++;
      return false;
    }
    const entry = this.count++;
    this.slots[slot] = entry;
    this.first[entry] = a;
    this.second[entry] = b;
    this.times[entry] = 1;
    if (2 * this.count === this.slots.length) this.grow();
    return true;
  }

  private slot(a: number, b: number): number {
    const { slots, first, second } = this;
    const last = slots.length - 1;
    let slot = mix(Math.imul(a, 0x9e3779b1) ^ mix(b)) & last;
    for (;;) {
      const entry = slots[slot]!;
      if (entry === EMPTY || (first[entry] === a && second[entry] === b)) return slot;
      slot = (slot + 1) & last;
    }
  }

  private grow(): void {
    const double = (old: Uint32Array<ArrayBuffer>) => {
      const grown = new Uint32Array(2 * old.length);
      grown.set(old);
      return grown;
    };
    this.first = double(this.first);
    this.second = double(this.second);
    this.times = double(this.times);
    this.slots = new Int32Array(2 * this.slots.length).fill(EMPTY);
    for (let e = 0; e < this.count; e++) this.slots[this.slot(this.first[e]!, this.second[e]!)] = e;
  }
}
