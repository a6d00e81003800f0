/** Packets to sessions, one after the other: each finds the session of its key, and a row where it is one of the first. */
import {
  Ethernet,
  Fragment,
  MAX_HEADER_BYTES,
  type Packet,
  type PacketSink,
  Protocol,
  Tcp,
  TcpFlag,
} from '../capture/index.ts';
import { Copies } from './copies.ts';
import { Fragments } from './fragments.ts';
import { createKeyScratch, readKey } from './key.ts';
import { KeyTable } from './key-table.ts';
import { Networks } from './networks.ts';
import type { SessionOptions } from './options.ts';
import { between, orderInTime } from './order.ts';
import { Rows } from './rows.ts';
import { RECORD_SHIFT, SessionFlag, SessionRecords, Word } from './session-records.ts';

// Local constants are folded by the compiler, those of another module are not.
const SYN = TcpFlag.syn as number;
const SYN_ACK = TcpFlag.syn | TcpFlag.ack;
const FLAGS = Tcp.flags;
const SEQUENCE = Tcp.sequence;
const UNTAGGED = Ethernet.size;
const TCP = Protocol.tcp as number;
const FIRST_FRAGMENT = Fragment.first as number;
const SHIFT = RECORD_SHIFT as number;
const { flags: FLAG_WORD, file: FILE, kept: KEPT, headerBytes: HEADER_BYTES, lastRow: LAST_ROW } = Word;
const { low: LOW, high: HIGH } = SessionFlag;

/** In place of a session, for fragments of datagrams whose protocol is not wanted. */
const Unwanted = { tcp: -1, udp: -2 } as const;

export class Assembler implements PacketSink {
  readonly sessions = new SessionRecords();
  readonly rows = new Rows();
  /** Packets by header bytes. */
  readonly headerLengths = new Float64Array(MAX_HEADER_BYTES + 1);
  /** Packets of protocols that are not wanted. */
  unwantedTcp = 0;
  unwantedUdp = 0;
  /** Packets that are copies, kept or not. */
  copies = 0;

  private readonly wantsTcp: boolean;
  private readonly wantsUdp: boolean;
  private readonly maxPackets: number;
  /** Nanoseconds, so that 0.1 s is what it says. */
  private readonly idleTimeout: number;
  private readonly hasTimeout: boolean;
  private readonly keyHasNetwork: boolean;
  private readonly dropsCopies: boolean;
  private readonly key = createKeyScratch();
  private readonly table = new KeyTable(this.sessions);
  private readonly copying = new Copies();
  private readonly networks = new Networks();
  private hasNetworks = false;
  private readonly fragments = new Fragments();
  /** The last rows in time of the sessions with late packets and more packets than are kept. */
  private readonly lastInTime = new Map<number, number>();

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
    const { key, sessions } = this;
    // Nothing shorter has a tag.
    const network = packet.network > UNTAGGED || packet.virtualNetwork !== 0 ? this.networks.of(packet) : 0;
    readKey(packet, key, this.keyHasNetwork ? network : 0);
    if (this.copying.isCopy(packet, key)) {
      this.copies++;
      if (this.dropsCopies) return;
    }
    const session = this.sessionOf(packet, file);
    const late = sessions.see(session, packet);
    const { words } = sessions;
    const at = session << SHIFT;
    if (words[at + FILE] !== file) sessions.changeFile(session, file);
    words[at + FLAG_WORD]! |= key.swapped ? HIGH : LOW;
    const earliest = late && sessions.isEarliest(session, packet, key.swapped);
    if (tcp) {
      const fields = packet.start + packet.transport;
      const tcpFlags = packet.view.getUint8(fields + FLAGS) & SYN_ACK;
      if (tcpFlags === SYN_ACK) sessions.seeSynAck(session, key.swapped, earliest);
      else if (tcpFlags === SYN)
        sessions.seeSyn(session, key.swapped, earliest, packet.view.getInt32(fields + SEQUENCE));
    }
    if (network !== 0) this.hasNetworks = true;
    if (this.hasNetworks) sessions.seeNetwork(session, network);
    this.headerLengths[packet.headerEnd]!++;
    if (packet.fragment === FIRST_FRAGMENT) this.fragments.remember(packet, session);
    if (words[at + KEPT]! < this.maxPackets || (late && this.belongs(session, packet))) {
      words[at + KEPT]!++;
      words[at + HEADER_BYTES]! += packet.headerEnd;
      words[at + LAST_ROW] = this.rows.add(packet, words[at + LAST_ROW]!, key.swapped);
    }
  }

  /** A later fragment counts as a packet of its datagram's session; it has no header for a row. */
  fragment(packet: Packet): boolean {
    const session = this.fragments.find(packet);
    if (session === undefined) return false;
    if (session === Unwanted.tcp) this.unwantedTcp++;
    else if (session === Unwanted.udp) this.unwantedUdp++;
    else this.sessions.see(session, packet);
    return true;
  }

  /** All packets were seen: the rows of every session come into their order. */
  settle(): void {
    const { sessions } = this;
    for (let session = 0; session < sessions.count; session++)
      if (sessions.isBackwards(session)) this.arrange(session);
  }

  private refuse(packet: Packet): void {
    const tcp = packet.protocol === Protocol.tcp;
    if (tcp) this.unwantedTcp++;
    else this.unwantedUdp++;
    if (packet.fragment === Fragment.first)
      this.fragments.remember(packet, tcp ? Unwanted.tcp : Unwanted.udp);
  }

  /** The session of the key, or a new one where there is none, or where it was idle for too long. */
  private sessionOf(packet: Packet, file: number): number {
    const { sessions, table, key } = this;
    const slot = table.find(key);
    const before = table.at(slot);
    // A backward step of the clock is never a gap.
    const isNew = before < 0 || (this.hasTimeout && sessions.sinceLast(before, packet) > this.idleTimeout);
    if (!isNew) return before;
    const low = before < 0 ? table.store(key) : sessions.words[(before << SHIFT) + Word.low]!;
    const session = sessions.add(packet, key, file, low);
    table.put(slot, key, session);
    return session;
  }

  /**
   * Whether a late packet of a session that has all its packets is one of its first in time. It takes a place more than
   * there are, until so many have that the last in time are let go.
   */
  private belongs(session: number, packet: Packet): boolean {
    const { maxPackets, rows } = this;
    if (this.sessions.keptOf(session) >= 2 * maxPackets) this.arrange(session);
    const last = this.lastInTime.get(session) ?? this.arrange(session);
    return between(rows.secondsOf(last), rows.nanosecondsOf(last), packet.seconds, packet.nanoseconds) < 0;
  }

  /** Brings the rows of a session into the order of time, and keeps the first of them. @returns the last one that stays */
  private arrange(session: number): number {
    const { rows, sessions } = this;
    const locations: number[] = [];
    let row = sessions.lastRowOf(session);
    for (let i = sessions.keptOf(session); i > 0; i--, row = rows.before(row)) locations.push(row);
    locations.reverse();
    const order = orderInTime(
      locations.map((location) => rows.secondsOf(location)),
      locations.map((location) => rows.nanosecondsOf(location)),
    ).subarray(0, this.maxPackets);
    let before = 0;
    let bytes = 0;
    for (const i of order) {
      rows.setBefore(locations[i]!, before);
      before = locations[i]!;
      bytes += rows.headerBytesOf(before);
    }
    const { words } = sessions;
    const at = session << SHIFT;
    words[at + KEPT] = order.length;
    words[at + LAST_ROW] = before;
    words[at + HEADER_BYTES] = bytes;
    this.lastInTime.set(session, before);
    return before;
  }
}
