/** Sessions by their keys: a hash table with open addressing. */
import { grown } from './grow.ts';
import { type KeyScratch, LONG_KEY_WORDS, SHORT_KEY_WORDS } from './key.ts';
import { RECORD_SHIFT, type SessionRecords, Word } from './session-records.ts';

// Local constants are folded by the compiler, those of another module are not.
const SHIFT = RECORD_SHIFT as number;
const { kind: KIND, ports: PORTS, low: LOW, high: HIGH } = Word;
const SHORT = SHORT_KEY_WORDS as number;

export class KeyTable {
  private readonly sessions: SessionRecords;
  /** Pairs of (hash, session + 1); 0 is an empty slot. At most half full. */
  private slots = new Int32Array(1 << 4);
  private longKeys = new Int32Array(1 << 10);
  private longKeysUsed = 0;

  constructor(sessions: SessionRecords) {
    this.sessions = sessions;
  }

  /** The slot of the key's latest session, or the empty slot where it belongs. */
  find(key: KeyScratch): number {
    const { slots } = this;
    const { hash } = key;
    const mask = slots.length - 1;
    for (let slot = (hash << 1) & mask; ; slot = (slot + 2) & mask) {
      const session = slots[slot + 1]! - 1;
      if (session < 0 || (slots[slot] === hash && this.hasKey(session, key))) return slot;
    }
  }

  /** The session of a slot; −1 of an empty one. */
  at(slot: number): number {
    return this.slots[slot + 1]! - 1;
  }

  /** Puts a session into the slot of its key. */
  put(slot: number, key: KeyScratch, session: number): void {
    this.slots[slot] = key.hash;
    this.slots[slot + 1] = session + 1;
    if ((session + 1) * 4 > this.slots.length) this.grow();
  }

  /** Stores the addresses of an IPv6 key. @returns where; for IPv4 the lower address itself */
  store(key: KeyScratch): number {
    const { words, length } = key;
    if (length === SHORT_KEY_WORDS) return words[2]!;
    const at = this.longKeysUsed;
    if (at + LONG_KEY_WORDS > this.longKeys.length)
      this.longKeys = grown(this.longKeys, this.longKeys.length * 2);
    for (let i = 2; i < length; i++) this.longKeys[at + i - 2] = words[i]!;
    this.longKeysUsed = at + length - 2;
    return at;
  }

  /** Whether a session has a key. Compares every word: a hash is never trusted. */
  private hasKey(session: number, { words, length }: KeyScratch): boolean {
    const records = this.sessions.words;
    const at = session << SHIFT;
    // The first word tells the version and with it the length.
    if (records[at + KIND] !== words[0] || records[at + PORTS] !== words[1]) return false;
    if (length === SHORT) return records[at + LOW] === words[2] && records[at + HIGH] === words[3];
    const from = records[at + LOW]! - 2;
    for (let i = 2; i < length; i++) if (this.longKeys[from + i] !== words[i]) return false;
    return true;
  }

  private grow(): void {
    const old = this.slots;
    const slots = new Int32Array(old.length * 2);
    const mask = slots.length - 1;
    for (let from = 0; from < old.length; from += 2) {
      if (old[from + 1] === 0) continue;
      let slot = (old[from]! << 1) & mask;
      while (slots[slot + 1] !== 0) slot = (slot + 2) & mask;
      slots[slot] = old[from]!;
      slots[slot + 1] = old[from + 1]!;
    }
    this.slots = slots;
  }
}
