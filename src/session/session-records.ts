/** What is known of every session while packets arrive: a record of one cache line each, which everything but its rows is in. */
import { type Packet, Protocol } from '../capture/index.ts';
import type { Evidence } from './evidence.ts';
import { grown } from './grow.ts';
import type { KeyScratch } from './key.ts';
import { between, ORDER_WINDOW } from './order.ts';

/**
 * The 32-bit words of a session's record.
 *
 * The key is [kind, ports, low, high] for IPv4; for IPv6 `low` is where the addresses are among the long keys.
 */
export const Word = {
  kind: 0,
  ports: 1,
  low: 2,
  high: 3,
  packets: 4,
  kept: 5,
  flags: 6,
  file: 7,
  lastRow: 8,
  headerBytes: 9,
  firstNanoseconds: 10,
  lastNanoseconds: 11,
} as const;
/** 64-bit words of the same record. */
const Double = { firstSeconds: 6, lastSeconds: 7 } as const;
/** 2⁴ words of 32 bits a record. */
export const RECORD_SHIFT = 4;

export const SessionFlag = {
  /** The initiator is the higher endpoint. */ swapped: 1,
  /** The lower endpoint sent a packet; the higher one did. */ low: 2,
  high: 4,
  /** What says who the initiator is: a SYN, or else a SYN+ACK, or else the first packet. */ syn: 8,
  synAck: 16,
  /** There is a SYN of another sequence number. */ secondSyn: 32,
  /** A packet is earlier than one before it. */ backwards: 64,
  /** Packets are of several networks. */ networks: 128,
  /** A packet is further back than ORDER_WINDOW: nothing after it is the first. */ beyond: 256,
} as const;
const BOTH = SessionFlag.low | SessionFlag.high;
const WINDOW = ORDER_WINDOW * 1e9;

/** Sessions that are there at once without growing; memory that is never touched costs nothing. */
const FIRST_SESSIONS = 1 << 16;

/** Sessions by number, in order of arrival. */
export class SessionRecords {
  /** Sessions so far. */
  count = 0;
  /** Whether the sessions so far are in the order of the times of their first packets. */
  ordered = true;
  /** Σ over sessions of (files with packets of it − 1). */
  joinedAcrossFiles = 0;
  /** Packets further back in time than ORDER_WINDOW from the latest of their session. */
  beyondWindow = 0;
  /** [sessions, 16], see Word. */
  words = new Int32Array(FIRST_SESSIONS << RECORD_SHIFT);
  private doubles = new Float64Array(this.words.buffer);
  /** [sessions, 2]: sequence number of the first SYN, number of the network; rarely touched. */
  private rare = new Int32Array(FIRST_SESSIONS << 1);
  /** session · 2²⁰ + file of every file but the first that a session has been seen in, once it has changed files. */
  private readonly seenIn = new Set<number>();

  /** Begins a session with a packet, which is still to be seen. @param low see Word @returns its number */
  add(packet: Packet, key: KeyScratch, file: number, low: number): number {
    const session = this.count;
    const at = session << RECORD_SHIFT;
    if (at === this.words.length) {
      this.words = grown(this.words, this.words.length * 2);
      this.doubles = new Float64Array(this.words.buffer);
      this.rare = grown(this.rare, this.rare.length * 2);
    }
    this.count = session + 1;
    const { words, doubles } = this;
    words[at + Word.kind] = key.words[0]!;
    words[at + Word.ports] = key.words[1]!;
    words[at + Word.low] = low;
    words[at + Word.high] = key.words[3]!;
    words[at + Word.flags] = key.swapped ? SessionFlag.swapped : 0;
    words[at + Word.file] = file;
    words[at + Word.firstNanoseconds] = packet.nanoseconds;
    doubles[(at >> 1) + Double.firstSeconds] = packet.seconds;
    words[at + Word.lastNanoseconds] = packet.nanoseconds;
    doubles[(at >> 1) + Double.lastSeconds] = packet.seconds;
    if (this.ordered && session > 0) this.ordered = this.compare(session - 1, session) < 0;
    return session;
  }

  /** One more packet of a session. @returns whether it is to be put in front of packets before it */
  see(session: number, packet: Packet): boolean {
    const { words, doubles } = this;
    const at = session << RECORD_SHIFT;
    words[at + Word.packets]!++;
    const { seconds, nanoseconds } = packet;
    const last = doubles[(at >> 1) + Double.lastSeconds]!;
    const late = seconds < last || (seconds === last && nanoseconds < words[at + Word.lastNanoseconds]!);
    if (late && !this.isBeyond(session, packet)) return true;
    words[at + Word.lastNanoseconds] = nanoseconds;
    doubles[(at >> 1) + Double.lastSeconds] = seconds;
    return false;
  }

  /** Whether a late packet is too late to be put in order: the order goes on from there. */
  private isBeyond(session: number, packet: Packet): boolean {
    const at = session << RECORD_SHIFT;
    const { words, doubles } = this;
    words[at + Word.flags]! |= SessionFlag.backwards;
    const last = doubles[(at >> 1) + Double.lastSeconds]!;
    const back = between(packet.seconds, packet.nanoseconds, last, words[at + Word.lastNanoseconds]!);
    if (back <= WINDOW) return false;
    words[at + Word.flags]! |= SessionFlag.beyond;
    this.beyondWindow++;
    return true;
  }

  /** Whether a late packet is the earliest of its session so far: then it is the first, and its sender the initiator. */
  isEarliest(session: number, packet: Packet, swapped: boolean): boolean {
    if (this.has(session, SessionFlag.beyond)) return false;
    const at = session << RECORD_SHIFT;
    const { words, doubles } = this;
    const { seconds, nanoseconds } = packet;
    const first = doubles[(at >> 1) + Double.firstSeconds]!;
    if (between(first, words[at + Word.firstNanoseconds]!, seconds, nanoseconds) >= 0) return false;
    doubles[(at >> 1) + Double.firstSeconds] = seconds;
    words[at + Word.firstNanoseconds] = nanoseconds;
    this.ordered = false;
    if (!this.has(session, SessionFlag.syn | SessionFlag.synAck)) this.setInitiator(session, swapped);
    return true;
  }

  /** A SYN+ACK: who answers with one was called (RFC 9293). @param earliest whether its packet is the first of the session */
  seeSynAck(session: number, swapped: boolean, earliest: boolean): void {
    if (this.has(session, SessionFlag.syn)) return;
    if (!this.has(session, SessionFlag.synAck) || earliest) this.setInitiator(session, !swapped);
    this.set(session, SessionFlag.synAck);
  }

  /** A SYN alone: who sends one began the session. @param sequence its sequence number */
  seeSyn(session: number, swapped: boolean, earliest: boolean, sequence: number): void {
    const { rare } = this;
    const isFirst = !this.has(session, SessionFlag.syn);
    if (isFirst || earliest) this.setInitiator(session, swapped);
    if (isFirst) rare[session << 1] = sequence;
    else if (rare[session << 1] !== sequence) this.set(session, SessionFlag.secondSyn);
    this.set(session, SessionFlag.syn);
  }

  /** The network of a packet that was seen. */
  seeNetwork(session: number, network: number): void {
    const at = (session << 1) + 1;
    if (this.packetsOf(session) === 1) this.rare[at] = network;
    else if (this.rare[at] !== network) this.set(session, SessionFlag.networks);
  }

  /** The file of a packet that was seen, where it is another than that of the packet before it. */
  changeFile(session: number, file: number): void {
    const at = session * 1048576;
    const last = this.words[(session << RECORD_SHIFT) + Word.file]!;
    this.words[(session << RECORD_SHIFT) + Word.file] = file;
    this.seenIn.add(at + last);
    if (this.seenIn.has(at + file)) return;
    this.seenIn.add(at + file);
    this.joinedAcrossFiles++;
  }

  private setInitiator(session: number, swapped: boolean): void {
    const at = (session << RECORD_SHIFT) + Word.flags;
    this.words[at] = (this.words[at]! & ~SessionFlag.swapped) | (swapped ? SessionFlag.swapped : 0);
  }

  private set(session: number, flag: number): void {
    this.words[(session << RECORD_SHIFT) + Word.flags]! |= flag;
  }

  private has(session: number, flag: number): boolean {
    return (this.words[(session << RECORD_SHIFT) + Word.flags]! & flag) !== 0;
  }

  /** Nanoseconds from the latest packet of a session to another; below 0 where the clock stepped back. */
  sinceLast(session: number, packet: Packet): number {
    const at = session << RECORD_SHIFT;
    const seconds = packet.seconds - this.doubles[(at >> 1) + Double.lastSeconds]!;
    return seconds * 1e9 + (packet.nanoseconds - this.words[at + Word.lastNanoseconds]!);
  }

  /** Orders two sessions by the times of their first packets, then by arrival. */
  compare(a: number, b: number): number {
    const { words, doubles } = this;
    const seconds =
      doubles[(a << (RECORD_SHIFT - 1)) + Double.firstSeconds]! -
      doubles[(b << (RECORD_SHIFT - 1)) + Double.firstSeconds]!;
    if (seconds !== 0) return seconds;
    const nanoseconds =
      words[(a << RECORD_SHIFT) + Word.firstNanoseconds]! -
      words[(b << RECORD_SHIFT) + Word.firstNanoseconds]!;
    return nanoseconds !== 0 ? nanoseconds : a - b;
  }

  /** All packets of a session. */
  packetsOf(session: number): number {
    return this.words[(session << RECORD_SHIFT) + Word.packets]! >>> 0;
  }

  /** Its packets that have a row. */
  keptOf(session: number): number {
    return this.words[(session << RECORD_SHIFT) + Word.kept]!;
  }

  /** Σ of the header bytes of its rows. */
  headerBytesOf(session: number): number {
    return this.words[(session << RECORD_SHIFT) + Word.headerBytes]! >>> 0;
  }

  /** Location of its last row. */
  lastRowOf(session: number): number {
    return this.words[(session << RECORD_SHIFT) + Word.lastRow]!;
  }

  protocolOf(session: number): number {
    return this.words[(session << RECORD_SHIFT) + Word.kind]! & 0xff;
  }

  /** What says who its initiator is. */
  evidenceOf(session: number): Evidence {
    if (this.has(session, SessionFlag.syn)) return 'SYN';
    if (this.has(session, SessionFlag.synAck)) return 'SYN+ACK';
    return this.protocolOf(session) === Protocol.tcp ? 'first packet (TCP)' : 'first packet (UDP)';
  }

  /** Whether its initiator is the higher endpoint. */
  isSwapped(session: number): boolean {
    return this.has(session, SessionFlag.swapped);
  }

  /** Whether packets of it are earlier than others before them. */
  isBackwards(session: number): boolean {
    return this.has(session, SessionFlag.backwards);
  }

  hasSecondSyn(session: number): boolean {
    return this.has(session, SessionFlag.secondSyn);
  }

  isOfSeveralNetworks(session: number): boolean {
    return this.has(session, SessionFlag.networks);
  }

  /** Whether its packets have gone in both directions. */
  answered(session: number): boolean {
    return (this.words[(session << RECORD_SHIFT) + Word.flags]! & BOTH) === BOTH;
  }
}
