/** Sessions while packets arrive: an open-addressing hash table, one record of facts per session, rows per packet. */
import {
  Ethernet,
  Fragment,
  MAX_HEADER_BYTES,
  type Packet,
  type PacketSink,
  Protocol,
  Tcp,
  TcpFlag,
  type Tunnels,
} from '../capture/index.ts';
import { Copies } from './copies.ts';
import type { Evidence } from './evidence.ts';
import { Fragments } from './fragments.ts';
import { grown } from './grow.ts';
import { createKeyScratch, LONG_KEY_WORDS, readKey, SHORT_KEY_WORDS } from './key.ts';
import { Networks } from './networks.ts';
import { between, ORDER_WINDOW, orderInTime } from './order.ts';
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
  /**
   * Whether the packets that tunnels carry make the sessions (`inner`), with header bytes from their own link or
   * network layer on, or those around them (`outer`, the default).
   */
  readonly tunnels?: Tunnels;
  /**
   * Whether the same endpoints in two networks (VLANs, virtual networks of tunnels) are two sessions (`networks`) or one
   * (`endpoints`, the default: a mirror often shows the two directions of one session in two VLANs).
   */
  readonly key?: SessionKey;
  /** What becomes of copies of a packet (copies.ts): they are packets like others (`keep`, the default) or left out. */
  readonly duplicates?: Duplicates;
}

export type SessionKey = 'endpoints' | 'networks';
export type Duplicates = 'keep' | 'drop';

/**
 * The 32-bit words of a session's record: everything that a packet of the session touches, in one cache line.
 *
 * The key is [kind, ports, low, high] for IPv4; for IPv6 `low` is where the addresses are among the long keys.
 */
const Word = {
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
const RECORD_SHIFT = 4;

const SessionFlag = {
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
// Local constants are folded by the compiler, those of another module are not.
const SYN = TcpFlag.syn as number;
const SYN_ACK = TcpFlag.syn | TcpFlag.ack;
const FLAGS = Tcp.flags;
const SEQUENCE = Tcp.sequence;
const UNTAGGED = Ethernet.size;
const TCP = Protocol.tcp as number;
const FIRST_FRAGMENT = Fragment.first as number;

/** In place of a session, for fragments of datagrams whose protocol is not wanted. */
const Unwanted = { tcp: -1, udp: -2 } as const;

/** Sessions that are there at once without growing; memory that is never touched costs nothing. */
const FIRST_SESSIONS = 1 << 16;

/** Sessions in order of arrival. */
export class Assembler implements PacketSink {
  /** Sessions so far. */
  count = 0;
  readonly rows = new Rows();
  /** Whether the sessions so far are in the order of the times of their first packets. */
  ordered = true;
  /** Packets by header bytes. */
  readonly headerLengths = new Float64Array(MAX_HEADER_BYTES + 1);
  /** Packets of protocols that are not wanted. */
  unwantedTcp = 0;
  unwantedUdp = 0;
  /** Σ over sessions of (files with packets of it − 1). */
  joinedAcrossFiles = 0;
  /** Packets that are copies, kept or not. */
  copies = 0;
  /** Packets further back in time than ORDER_WINDOW from the latest of their session. */
  beyondWindow = 0;

  private readonly wantsTcp: boolean;
  private readonly wantsUdp: boolean;
  private readonly maxPackets: number;
  /** Nanoseconds, so that 0.1 s is what it says. */
  private readonly idleTimeout: number;
  private readonly hasTimeout: boolean;
  private readonly keyHasNetwork: boolean;
  private readonly dropsCopies: boolean;
  private readonly key = createKeyScratch();
  private readonly copying = new Copies();
  private readonly networks = new Networks();
  private hasNetworks = false;
  private readonly fragments = new Fragments();
  private records = new Int32Array(FIRST_SESSIONS << RECORD_SHIFT);
  private doubles = new Float64Array(this.records.buffer);
  /** [sessions, 2]: sequence number of the first SYN, number of the network; rarely touched. */
  private rare = new Int32Array(FIRST_SESSIONS << 1);
  private longKeys = new Int32Array(1 << 10);
  private longKeysUsed = 0;
  /** The last rows in time of the sessions with late packets and more packets than are kept. */
  private readonly lastInTime = new Map<number, number>();
  /** session · 2²⁰ + file of every file but the first that a session has been seen in, once it has changed files. */
  private readonly seenIn = new Set<number>();
  /** Pairs of (hash, session + 1); 0 is an empty slot. At most half full. */
  private slots = new Int32Array(1 << 4);

  constructor(options: SessionOptions) {
    this.wantsTcp = options.protocols.includes('tcp');
    this.wantsUdp = options.protocols.includes('udp');
    this.maxPackets = options.maxPackets;
    this.keyHasNetwork = options.key === 'networks';
    this.dropsCopies = options.duplicates === 'drop';
    this.hasTimeout = options.idleTimeout !== null;
    this.idleTimeout =
      options.idleTimeout === null ? Number.POSITIVE_INFINITY : Math.round(options.idleTimeout * 1e9);
  }

  add(packet: Packet, file: number): void {
    const tcp = packet.protocol === TCP;
    if (tcp ? !this.wantsTcp : !this.wantsUdp) {
      this.refuse(packet);
      return;
    }
    const { key } = this;
    // Nothing shorter has a tag.
    const network = packet.network > UNTAGGED || packet.virtualNetwork !== 0 ? this.networks.of(packet) : 0;
    readKey(packet, key, this.keyHasNetwork ? network : 0);
    if (this.copying.isCopy(packet, key)) {
      this.copies++;
      if (this.dropsCopies) return;
    }
    const slot = this.findSlot();
    let session = this.slots[slot + 1]! - 1;
    if (session < 0) session = this.addSession(packet, file, slot, this.storeLongKey());
    else if (this.hasTimeout && this.isIdle(session, packet))
      session = this.addSession(packet, file, slot, this.records[(session << RECORD_SHIFT) + Word.low]!);
    const late = this.see(session, packet);
    const { records } = this;
    const at = session << RECORD_SHIFT;
    if (records[at + Word.file] !== file) this.changeFile(session, file);
    const flags = records[at + Word.flags]!;
    const sender = key.swapped ? SessionFlag.high : SessionFlag.low;
    if ((flags & sender) === 0) records[at + Word.flags] = flags | sender;
    const earliest = late && !this.has(session, SessionFlag.beyond) && this.isEarliest(session, packet);
    if (tcp) {
      const tcpFlags = packet.view.getUint8(packet.start + packet.transport + FLAGS);
      if ((tcpFlags & SYN) !== 0) this.seeSyn(session, packet, tcpFlags, earliest);
    }
    if (network !== 0) this.hasNetworks = true;
    if (this.hasNetworks) this.seeNetwork(session, network);
    this.headerLengths[packet.headerEnd]!++;
    if (packet.fragment === FIRST_FRAGMENT) this.fragments.remember(packet, session);
    if (records[at + Word.kept]! < this.maxPackets || (late && this.belongs(session, packet))) {
      records[at + Word.kept]!++;
      records[at + Word.headerBytes]! += packet.headerEnd;
      records[at + Word.lastRow] = this.rows.add(packet, records[at + Word.lastRow]!, key.swapped);
    }
  }

  /** A packet with SYN: who sends one alone began the session, and who answers with one was called (RFC 9293). */
  private seeSyn(session: number, packet: Packet, tcpFlags: number, earliest: boolean): void {
    const at = (session << RECORD_SHIFT) + Word.flags;
    const { records, rare, key } = this;
    const flags = records[at]!;
    if ((tcpFlags & SYN_ACK) === SYN_ACK) {
      if ((flags & SessionFlag.syn) !== 0) return;
      if ((flags & SessionFlag.synAck) === 0 || earliest) this.setInitiator(session, !key.swapped);
      records[at]! |= SessionFlag.synAck;
      return;
    }
    const sequence = packet.view.getInt32(packet.start + packet.transport + SEQUENCE);
    if ((flags & SessionFlag.syn) === 0 || earliest) this.setInitiator(session, key.swapped);
    if ((flags & SessionFlag.syn) === 0) rare[session << 1] = sequence;
    else if (rare[session << 1] !== sequence) records[at]! |= SessionFlag.secondSyn;
    records[at]! |= SessionFlag.syn;
  }

  private setInitiator(session: number, swapped: boolean): void {
    const at = (session << RECORD_SHIFT) + Word.flags;
    this.records[at] = (this.records[at]! & ~SessionFlag.swapped) | (swapped ? SessionFlag.swapped : 0);
  }

  /** Whether a late packet is the earliest of its session so far: then it is the first. */
  private isEarliest(session: number, packet: Packet): boolean {
    const at = session << RECORD_SHIFT;
    const { records, doubles, key } = this;
    const { seconds, nanoseconds } = packet;
    const first = doubles[(at >> 1) + Double.firstSeconds]!;
    if (between(first, records[at + Word.firstNanoseconds]!, seconds, nanoseconds) >= 0) return false;
    doubles[(at >> 1) + Double.firstSeconds] = seconds;
    records[at + Word.firstNanoseconds] = nanoseconds;
    this.ordered = false;
    if ((records[at + Word.flags]! & (SessionFlag.syn | SessionFlag.synAck)) === 0)
      this.setInitiator(session, key.swapped);
    return true;
  }

  private seeNetwork(session: number, network: number): void {
    const at = (session << 1) + 1;
    const packets = this.packetsOf(session);
    if (packets === 1) this.rare[at] = network;
    else if (this.rare[at] !== network)
      this.records[(session << RECORD_SHIFT) + Word.flags]! |= SessionFlag.networks;
  }

  /**
   * Whether a late packet of a session that has all its packets is one of its first in time. It takes a place more than
   * there are, until so many have that the last in time are let go.
   */
  private belongs(session: number, packet: Packet): boolean {
    const { maxPackets, rows, records } = this;
    const at = session << RECORD_SHIFT;
    if (records[at + Word.kept]! >= 2 * maxPackets) this.arrange(session);
    const last = this.lastInTime.get(session) ?? this.arrange(session);
    return between(rows.secondsOf(last), rows.nanosecondsOf(last), packet.seconds, packet.nanoseconds) < 0;
  }

  /** Brings the rows of a session into the order of time, and keeps the first of them. @returns the last one that stays */
  private arrange(session: number): number {
    const { rows, records } = this;
    const at = session << RECORD_SHIFT;
    const locations: number[] = [];
    for (
      let i = records[at + Word.kept]!, row = records[at + Word.lastRow]!;
      i > 0;
      i--, row = rows.before(row)
    )
      locations.push(row);
    locations.reverse();
    const order = orderInTime(
      locations.map((row) => rows.secondsOf(row)),
      locations.map((row) => rows.nanosecondsOf(row)),
    ).subarray(0, this.maxPackets);
    let before = 0;
    let bytes = 0;
    for (const i of order) {
      rows.setBefore(locations[i]!, before);
      before = locations[i]!;
      bytes += rows.headerBytesOf(before);
    }
    records[at + Word.kept] = order.length;
    records[at + Word.lastRow] = before;
    records[at + Word.headerBytes] = bytes;
    this.lastInTime.set(session, before);
    return before;
  }

  /** All packets were seen: the rows of every session come into their order. */
  settle(): void {
    for (let session = 0; session < this.count; session++)
      if (this.has(session, SessionFlag.backwards)) this.arrange(session);
  }

  /** Whether packets of it are earlier than others before them. */
  isBackwards(session: number): boolean {
    return this.has(session, SessionFlag.backwards);
  }

  /** What says who its initiator is. */
  evidenceOf(session: number): Evidence {
    if (this.has(session, SessionFlag.syn)) return 'SYN';
    if (this.has(session, SessionFlag.synAck)) return 'SYN+ACK';
    return this.protocolOf(session) === Protocol.tcp ? 'first packet (TCP)' : 'first packet (UDP)';
  }

  hasSecondSyn(session: number): boolean {
    return this.has(session, SessionFlag.secondSyn);
  }

  isOfSeveralNetworks(session: number): boolean {
    return this.has(session, SessionFlag.networks);
  }

  /** Whether its initiator is the higher endpoint. */
  isSwapped(session: number): boolean {
    return this.has(session, SessionFlag.swapped);
  }

  private has(session: number, flag: number): boolean {
    return (this.records[(session << RECORD_SHIFT) + Word.flags]! & flag) !== 0;
  }

  /** A later fragment counts as a packet of its datagram's session; it has no header for a row. */
  fragment(packet: Packet): boolean {
    const session = this.fragments.find(packet);
    if (session === undefined) return false;
    if (session === Unwanted.tcp) this.unwantedTcp++;
    else if (session === Unwanted.udp) this.unwantedUdp++;
    else this.see(session, packet);
    return true;
  }

  private refuse(packet: Packet): void {
    const tcp = packet.protocol === Protocol.tcp;
    if (tcp) this.unwantedTcp++;
    else this.unwantedUdp++;
    if (packet.fragment === Fragment.first)
      this.fragments.remember(packet, tcp ? Unwanted.tcp : Unwanted.udp);
  }

  /** One more packet of a session. @returns whether it is to be put in front of packets before it */
  private see(session: number, packet: Packet): boolean {
    const { records, doubles } = this;
    const at = session << RECORD_SHIFT;
    records[at + Word.packets]!++;
    const { seconds, nanoseconds } = packet;
    const last = doubles[(at >> 1) + Double.lastSeconds]!;
    const late = seconds < last || (seconds === last && nanoseconds < records[at + Word.lastNanoseconds]!);
    if (late && !this.isBeyond(session, packet)) return true;
    records[at + Word.lastNanoseconds] = nanoseconds;
    doubles[(at >> 1) + Double.lastSeconds] = seconds;
    return false;
  }

  /** Whether a late packet is too late to be put in order: the order goes on from there. */
  private isBeyond(session: number, packet: Packet): boolean {
    const at = session << RECORD_SHIFT;
    const { records, doubles } = this;
    records[at + Word.flags]! |= SessionFlag.backwards;
    const last = doubles[(at >> 1) + Double.lastSeconds]!;
    const back = between(packet.seconds, packet.nanoseconds, last, records[at + Word.lastNanoseconds]!);
    if (back <= ORDER_WINDOW * 1e9) return false;
    records[at + Word.flags]! |= SessionFlag.beyond;
    this.beyondWindow++;
    return true;
  }

  /** All packets of a session. */
  packetsOf(session: number): number {
    return this.records[(session << RECORD_SHIFT) + Word.packets]! >>> 0;
  }

  /** Its packets that have a row. */
  keptOf(session: number): number {
    return this.records[(session << RECORD_SHIFT) + Word.kept]!;
  }

  /** Σ of the header bytes of its rows. */
  headerBytesOf(session: number): number {
    return this.records[(session << RECORD_SHIFT) + Word.headerBytes]! >>> 0;
  }

  /** Location of its last row. */
  lastRowOf(session: number): number {
    return this.records[(session << RECORD_SHIFT) + Word.lastRow]!;
  }

  protocolOf(session: number): number {
    return this.records[(session << RECORD_SHIFT) + Word.kind]! & 0xff;
  }

  /** Orders two sessions by the times of their first packets, then by arrival. */
  compare(a: number, b: number): number {
    const { records, doubles } = this;
    const seconds =
      doubles[(a << (RECORD_SHIFT - 1)) + Double.firstSeconds]! -
      doubles[(b << (RECORD_SHIFT - 1)) + Double.firstSeconds]!;
    if (seconds !== 0) return seconds;
    const nanoseconds =
      records[(a << RECORD_SHIFT) + Word.firstNanoseconds]! -
      records[(b << RECORD_SHIFT) + Word.firstNanoseconds]!;
    return nanoseconds !== 0 ? nanoseconds : a - b;
  }

  /** Whether its packets have gone in both directions. */
  answered(session: number): boolean {
    return (this.records[(session << RECORD_SHIFT) + Word.flags]! & BOTH) === BOTH;
  }

  /** The slot of the key's session, or the empty slot where it belongs. */
  private findSlot(): number {
    const { slots, key } = this;
    const { hash } = key;
    const mask = slots.length - 1;
    for (let slot = (hash << 1) & mask; ; slot = (slot + 2) & mask) {
      const session = slots[slot + 1]! - 1;
      if (session < 0 || (slots[slot] === hash && this.hasKey(session))) return slot;
    }
  }

  /** Whether a session has the key. Compares every word: a hash is never trusted. */
  private hasKey(session: number): boolean {
    const { records } = this;
    const { words, length } = this.key;
    const at = session << RECORD_SHIFT;
    // The first word tells the version and with it the length.
    if (records[at + Word.kind] !== words[0] || records[at + Word.ports] !== words[1]) return false;
    if (length === SHORT_KEY_WORDS)
      return records[at + Word.low] === words[2] && records[at + Word.high] === words[3];
    const from = records[at + Word.low]! - 2;
    for (let i = 2; i < length; i++) if (this.longKeys[from + i] !== words[i]) return false;
    return true;
  }

  /** A backward step of the clock is never a gap. */
  private isIdle(session: number, packet: Packet): boolean {
    const at = session << RECORD_SHIFT;
    const seconds = packet.seconds - this.doubles[(at >> 1) + Double.lastSeconds]!;
    const nanoseconds = packet.nanoseconds - this.records[at + Word.lastNanoseconds]!;
    return seconds * 1e9 + nanoseconds > this.idleTimeout;
  }

  /** Stores the addresses of an IPv6 key. @returns where; for IPv4 the lower address itself */
  private storeLongKey(): number {
    const { words, length } = this.key;
    if (length === SHORT_KEY_WORDS) return words[2]!;
    const at = this.longKeysUsed;
    if (at + LONG_KEY_WORDS > this.longKeys.length)
      this.longKeys = grown(this.longKeys, this.longKeys.length * 2);
    for (let i = 2; i < length; i++) this.longKeys[at + i - 2] = words[i]!;
    this.longKeysUsed = at + length - 2;
    return at;
  }

  private addSession(packet: Packet, file: number, slot: number, low: number): number {
    const session = this.count;
    const at = session << RECORD_SHIFT;
    if (at === this.records.length) {
      this.records = grown(this.records, this.records.length * 2);
      this.doubles = new Float64Array(this.records.buffer);
      this.rare = grown(this.rare, this.rare.length * 2);
    }
    this.count = session + 1;
    const { records, key } = this;
    records[at + Word.kind] = key.words[0]!;
    records[at + Word.ports] = key.words[1]!;
    records[at + Word.low] = low;
    records[at + Word.high] = key.words[3]!;
    records[at + Word.flags] = key.swapped ? SessionFlag.swapped : 0;
    records[at + Word.file] = file;
    records[at + Word.firstNanoseconds] = packet.nanoseconds;
    this.doubles[(at >> 1) + Double.firstSeconds] = packet.seconds;
    records[at + Word.lastNanoseconds] = packet.nanoseconds;
    this.doubles[(at >> 1) + Double.lastSeconds] = packet.seconds;
    if (this.ordered && session > 0) this.ordered = this.compare(session - 1, session) < 0;
    this.slots[slot] = key.hash;
    this.slots[slot + 1] = session + 1;
    if (this.count * 4 > this.slots.length) this.growSlots();
    return session;
  }

  private changeFile(session: number, file: number): void {
    const at = session * 1048576;
    const last = this.records[(session << RECORD_SHIFT) + Word.file]!;
    this.records[(session << RECORD_SHIFT) + Word.file] = file;
    this.seenIn.add(at + last);
    if (this.seenIn.has(at + file)) return;
    this.seenIn.add(at + file);
    this.joinedAcrossFiles++;
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
