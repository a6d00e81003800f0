/** Numbers for keys of one size: open addressing in typed arrays, no object per key. */
import { grown } from './grow.ts';

const START = 1024;

/** Keys, numbered from 0 in the order in which they were first added. */
export class Interner<A extends Uint8Array | Int32Array = Uint8Array> {
  count = 0;
  /** [capacity, size]: the key with number n begins at n · size. */
  keys: A;
  /** Elements of each key. */
  readonly size: number;
  /** Number + 1; 0 is empty. At most half full. */
  private slots = new Int32Array(2 * START);

  constructor(size: number, array: new (length: number) => A) {
    this.size = size;
    this.keys = new array(START * size);
  }

  /** The number of the key at from[at], −1 when it was never added. */
  find(from: A, at: number): number {
    return this.slots[this.slot(from, at)]! - 1;
  }

  /** The number of the key at from[at], a new one when it was never added. */
  add(from: A, at: number): number {
    const slot = this.slot(from, at);
    const found = this.slots[slot]! - 1;
    if (found >= 0) return found;
    const number = this.count++;
    this.slots[slot] = number + 1;
    for (let i = 0; i < this.size; i++) this.keys[number * this.size + i] = from[at + i]!;
    if (2 * this.count === this.slots.length) this.grow();
    return number;
  }

  /** The slot that holds the key, or the empty one where it belongs. */
  private slot(from: A, at: number): number {
    const { size, slots, keys } = this;
    let hash = 0x811c9dc5; // FNV-1a
    for (let i = 0; i < size; i++) hash = Math.imul(hash ^ from[at + i]!, 0x01000193);
    const last = slots.length - 1;
    for (let slot = mix(hash) & last; ; slot = (slot + 1) & last) {
      const number = slots[slot]! - 1;
      if (number < 0) return slot;
      const other = number * size;
      let i = 0;
      while (i < size && keys[other + i] === from[at + i]) i++;
      if (i === size) return slot;
    }
  }

  private grow(): void {
    this.keys = grown(this.keys, 2 * this.keys.length);
    this.slots = new Int32Array(2 * this.slots.length);
    for (let n = 0; n < this.count; n++) this.slots[this.slot(this.keys, n * this.size)] = n + 1;
  }
}

/** Spreads the entropy of all bits of a hash over its low ones (finish of MurmurHash3, Austin Appleby, public domain). */
export function mix(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
