/** Pairs of numbers: open addressing in typed arrays, no object per entry. */
import { mix } from '../session/index.ts';

const START = 1024;
const EMPTY = -1;

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
