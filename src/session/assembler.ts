/** Sessions while packets arrive: an open-addressing hash table on typed arrays, columns per session, rows per packet. */
import { MAX_HEADER_BYTES, type Packet, type PacketSink, Protocol } from '../capture/index.ts';
import { grown } from './grow.ts';
import { createKeyScratch, MAX_KEY_WORDS, readKey, sameKey } from './key.ts';
import { Rows } from './rows.ts';

/** Which sessions are made, and what is kept of them. */
export interface SessionOptions {
  readonly protocols: readonly ('tcp' | 'udp')[];
  /** Seconds; a longer gap between two packets of a session begins a new one. null: never. */
  readonly idleTimeout: number | null;
  /** Sessions of fewer packets are left out (and counted). */
  readonly minPackets: number;
  /** Packets kept of each session, from its first; the others are only counted. */
  readonly maxPackets: number;
}

const Flag = { swapped: 1, answered: 2 } as const;

/** Sessions in order of arrival. */
export class Assembler implements PacketSink {
  /** Sessions so far. */
  count = 0;
  packetsSeen = new Uint32Array(1 << 10);
  protocol = new Uint8Array(1 << 10);
  firstSeconds = new Float64Array(1 << 10);
  firstNanoseconds = new Uint32Array(1 << 10);
  /** Bit 0: the initiator is the higher endpoint. Bit 1: the responder has sent a packet. */
  flags = new Uint8Array(1 << 10);
  readonly rows = new Rows();
  /** Packets by header bytes. */
  readonly headerLengths = new Float64Array(MAX_HEADER_BYTES + 1);
  /** Packets of protocols that are not wanted. */
  unwantedTcp = 0;
  unwantedUdp = 0;
  /** Σ over sessions of (files with packets of it − 1). */
  joinedAcrossFiles = 0;

  private readonly wantsTcp: boolean;
  private readonly wantsUdp: boolean;
  private readonly maxPackets: number;
  /** Nanoseconds, so that 0.1 s is what it says. */
  private readonly idleTimeout: number;
  private readonly key = createKeyScratch();
  private keyAt = new Uint32Array(1 << 10);
  private keys = new Int32Array(1 << 12);
  private keysUsed = 0;
  private lastSeconds = new Float64Array(1 << 10);
  private lastNanoseconds = new Uint32Array(1 << 10);
  private lastFile = new Uint32Array(1 << 10);
  /** session · 2²⁰ + file of every file but the first that a session has been seen in, once it has changed files. */
  private readonly seenIn = new Set<number>();
  /** Pairs of (hash, session + 1); 0 is an empty slot. At most half full. */
  private slots = new Int32Array(1 << 12);

  constructor(options: SessionOptions) {
    this.wantsTcp = options.protocols.includes('tcp');
    this.wantsUdp = options.protocols.includes('udp');
    this.maxPackets = options.maxPackets;
    this.idleTimeout =
      options.idleTimeout === null ? Number.POSITIVE_INFINITY : Math.round(options.idleTimeout * 1e9);
  }

  add(packet: Packet, file: number): void {
    if (packet.protocol === Protocol.tcp) {
      if (!this.wantsTcp) {
        this.unwantedTcp++;
        return;
      }
    } else if (!this.wantsUdp) {
      this.unwantedUdp++;
      return;
    }
    const { key } = this;
    readKey(packet, key);
    const slot = this.findSlot();
    let session = this.slots[slot + 1]! - 1;
    if (session < 0) session = this.addSession(packet, file, this.storeKey(), slot);
    else if (this.isIdle(session, packet))
      session = this.addSession(packet, file, this.keyAt[session]!, slot);
    else if (this.lastFile[session] !== file) this.changeFile(session, file);
    this.lastSeconds[session] = packet.seconds;
    this.lastNanoseconds[session] = packet.nanoseconds;
    const fromInitiator = key.swapped === ((this.flags[session]! & Flag.swapped) !== 0);
    if (!fromInitiator) this.flags[session]! |= Flag.answered;
    this.headerLengths[packet.headerEnd]!++;
    const seen = this.packetsSeen[session]!;
    this.packetsSeen[session] = seen + 1;
    if (seen < this.maxPackets) this.rows.add(packet, session, fromInitiator);
  }

  /** Whether packets of a session have gone in both directions. */
  answered(session: number): boolean {
    return (this.flags[session]! & Flag.answered) !== 0;
  }

  /** The slot of the key's session, or the empty slot where it belongs. */
  private findSlot(): number {
    const { slots, key, keys, keyAt } = this;
    const { hash } = key;
    const mask = slots.length - 1;
    for (let slot = (hash << 1) & mask; ; slot = (slot + 2) & mask) {
      const session = slots[slot + 1]! - 1;
      if (session < 0) return slot;
      if (slots[slot] === hash && sameKey(key, keys, keyAt[session]!)) return slot;
    }
  }

  /** A backward step of the clock is never a gap. */
  private isIdle(session: number, packet: Packet): boolean {
    if (this.idleTimeout === Number.POSITIVE_INFINITY) return false;
    const seconds = packet.seconds - this.lastSeconds[session]!;
    const nanoseconds = packet.nanoseconds - this.lastNanoseconds[session]!;
    return seconds * 1e9 + nanoseconds > this.idleTimeout;
  }

  private storeKey(): number {
    const at = this.keysUsed;
    const { words, length } = this.key;
    if (at + MAX_KEY_WORDS > this.keys.length) this.keys = grown(this.keys, this.keys.length * 2);
    for (let i = 0; i < length; i++) this.keys[at + i] = words[i]!;
    this.keysUsed = at + length;
    return at;
  }

  private addSession(packet: Packet, file: number, keyAt: number, slot: number): number {
    const session = this.count;
    if (session === this.packetsSeen.length) this.growSessions();
    this.count = session + 1;
    this.protocol[session] = packet.protocol;
    this.firstSeconds[session] = packet.seconds;
    this.firstNanoseconds[session] = packet.nanoseconds;
    this.flags[session] = this.key.swapped ? Flag.swapped : 0;
    this.keyAt[session] = keyAt;
    this.lastFile[session] = file;
    this.slots[slot] = this.key.hash;
    this.slots[slot + 1] = session + 1;
    if (this.count * 4 > this.slots.length) this.growSlots();
    return session;
  }

  private changeFile(session: number, file: number): void {
    const at = session * 1048576;
    const last = this.lastFile[session]!;
    this.lastFile[session] = file;
    this.seenIn.add(at + last);
    if (this.seenIn.has(at + file)) return;
    this.seenIn.add(at + file);
    this.joinedAcrossFiles++;
  }

  private growSessions(): void {
    const length = this.packetsSeen.length * 2;
    this.packetsSeen = grown(this.packetsSeen, length);
    this.protocol = grown(this.protocol, length);
    this.firstSeconds = grown(this.firstSeconds, length);
    this.firstNanoseconds = grown(this.firstNanoseconds, length);
    this.flags = grown(this.flags, length);
    this.keyAt = grown(this.keyAt, length);
    this.lastSeconds = grown(this.lastSeconds, length);
    this.lastNanoseconds = grown(this.lastNanoseconds, length);
    this.lastFile = grown(this.lastFile, length);
  }

  private growSlots(): void {
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
