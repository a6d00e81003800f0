/** IP addresses: from text to four words, and numbers for those that labels name. */

/** Words of an address; an IPv4 address is its IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2). */
export const ADDRESS_WORDS = 4;

const MAPPED = 0xffff;

/**
 * Reads `192.168.1.2` or `fe80::1` (also with a zone, which is dropped).
 *
 * @param words [≥ at + 4]: where the address goes
 * @returns false when the text is no address
 */
export function parseAddress(text: string, words: Int32Array, at = 0): boolean {
  if (!text.includes(':')) {
    const address = parseShort(text);
    if (address < 0) return false;
    setShort(address | 0, words, at);
    return true;
  }
  const groups = groupsOf(text.replace(/%.*$/, ''));
  if (groups === undefined) return false;
  for (let i = 0; i < ADDRESS_WORDS; i++) words[at + i] = (groups[2 * i]! << 16) | groups[2 * i + 1]!;
  return true;
}

/** The words of an IPv4 address. */
export function setShort(address: number, words: Int32Array, at = 0): void {
  words[at] = 0;
  words[at + 1] = 0;
  words[at + 2] = MAPPED;
  words[at + 3] = address;
}

/** Dotted decimal, each part at most three digits; −1 when it is none. */
function parseShort(text: string): number {
  let value = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 46) {
      if (digits === 0 || ++dots > 3) return -1;
      value = value * 256 + part;
      part = 0;
      digits = 0;
    } else {
      if (code < 48 || code > 57 || ++digits > 3) return -1;
      part = part * 10 + code - 48;
      if (part > 255) return -1;
    }
  }
  return dots === 3 && digits > 0 ? value * 256 + part : -1;
}

/** The eight groups of an IPv6 address (RFC 4291 §2.2). */
function groupsOf(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const lists = halves.map((half) => (half === '' ? [] : half.split(':')));
  const parsed = lists.map((list, half) => parseGroups(list, half === lists.length - 1));
  const [head, tail] = parsed;
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  const gap = 8 - head.length - tail!.length;
  return gap < 1 ? undefined : [...head, ...new Array<number>(gap).fill(0), ...tail!];
}

function parseGroups(list: readonly string[], last: boolean): number[] | undefined {
  const groups: number[] = [];
  for (const [i, text] of list.entries()) {
    if (last && i === list.length - 1 && text.includes('.')) {
      const address = parseShort(text);
      if (address < 0) return undefined;
      groups.push(Math.floor(address / 65536), address % 65536);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(text)) groups.push(Number.parseInt(text, 16));
    else return undefined;
  }
  return groups;
}

/** Addresses numbered from 0 in the order in which they were first added: open addressing, no object per address. */
export class AddressBook {
  count = 0;
  private words = new Int32Array(ADDRESS_WORDS << 10);
  /** Number + 1; 0 is empty. At most half full. */
  private slots = new Int32Array(1 << 11);

  /** The number of the address at from[at], −1 when it was never added. */
  find(from: Int32Array, at: number): number {
    return this.slots[this.slot(from, at)]! - 1;
  }

  /** The number of the address at from[at], a new one when it was never added. */
  add(from: Int32Array, at: number): number {
    const slot = this.slot(from, at);
    const found = this.slots[slot]! - 1;
    if (found >= 0) return found;
    const number = this.count++;
    if (number * ADDRESS_WORDS === this.words.length) {
      const grown = new Int32Array(this.words.length * 2);
      grown.set(this.words);
      this.words = grown;
    }
    for (let i = 0; i < ADDRESS_WORDS; i++) this.words[number * ADDRESS_WORDS + i] = from[at + i]!;
    this.slots[slot] = number + 1;
    if (this.count * 2 > this.slots.length) this.grow();
    return number;
  }

  private slot(from: Int32Array, at: number): number {
    const { slots, words } = this;
    const mask = slots.length - 1;
    let hash = 0;
    for (let i = 0; i < ADDRESS_WORDS; i++) hash = Math.imul(hash ^ from[at + i]!, 0x9e3779b1);
    for (let slot = mix(hash) & mask; ; slot = (slot + 1) & mask) {
      const number = slots[slot]! - 1;
      if (number < 0) return slot;
      const other = number * ADDRESS_WORDS;
      let i = 0;
      while (i < ADDRESS_WORDS && words[other + i] === from[at + i]) i++;
      if (i === ADDRESS_WORDS) return slot;
    }
  }

  private grow(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    for (let n = 0; n < this.count; n++) this.slots[this.slot(this.words, n * ADDRESS_WORDS)] = n + 1;
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
