/** Numbers for addresses, and for pairs of endpoints. */

const KEY_WORDS = 4;

/** Keys of four words, numbered from 0 in the order in which they were first added: open addressing, no object per key. */
export class KeyNumbers {
  count = 0;
  private words = new Int32Array(KEY_WORDS << 10);
  /** Number + 1; 0 is empty. At most half full. */
  private slots = new Int32Array(1 << 11);

  /** The number of the key at from[at], −1 when it was never added. */
  find(from: Int32Array, at: number): number {
    return this.slots[this.slot(from, at)]! - 1;
  }

  /** The number of the key at from[at], a new one when it was never added. */
  add(from: Int32Array, at: number): number {
    const slot = this.slot(from, at);
    const found = this.slots[slot]! - 1;
    if (found >= 0) return found;
    const number = this.count++;
    if (number * KEY_WORDS === this.words.length) {
      const grown = new Int32Array(this.words.length * 2);
      grown.set(this.words);
      this.words = grown;
    }
    for (let i = 0; i < KEY_WORDS; i++) this.words[number * KEY_WORDS + i] = from[at + i]!;
    this.slots[slot] = number + 1;
    if (this.count * 2 > this.slots.length) this.grow();
    return number;
  }

  private slot(from: Int32Array, at: number): number {
    const { slots, words } = this;
    const mask = slots.length - 1;
    let hash = 0;
    for (let i = 0; i < KEY_WORDS; i++) hash = Math.imul(hash ^ from[at + i]!, 0x9e3779b1) ^ (hash >>> 15);
    for (let slot = mix(hash) & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot]! - 1;
      if (number < 0) return slot;
      const other = number * KEY_WORDS;
      let i = 0;
      while (i < KEY_WORDS && words[other + i] === from[at + i]) i++;
      if (i === KEY_WORDS) return slot;
    }
  }

  private grow(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    for (let n = 0; n < this.count; n++) this.slots[this.slot(this.words, n * KEY_WORDS)] = n + 1;
  }
}

/** Spreads the entropy of all bits of a hash over its low ones (finish of MurmurHash3, Austin Appleby, public domain). */
function mix(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
