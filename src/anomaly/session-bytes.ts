/**
 * The working copy of one session that morphs edit and encoders read: P packets of up to `stride` header bytes.
 *
 * Where the headers begin is what the capture's decoder found, kept beside the bytes: a morph that puts noise into the
 * IP version or a length changes bytes, not offsets.
 *
 * What counts as edited: a header byte that is not what the capture has in its place.
 *  - A packet in its place (where the capture has it among the packets that are there) is compared with the captured
 *    one, byte by byte.
 *  - A packet that the morph has placed there (inserted, moved, replayed, taken from another session) has no
 *    counterpart: all its bytes are edited, even those that it shares with the packet it was made from.
 *  - A transport header that has become one of another protocol has no counterpart either: all its bytes are edited.
 *  - A packet or an option that was taken away leaves no byte to be marked, and packets that close up or make room are
 *    still in their place.
 */
import { Protocol, Tcp } from '../capture/index.ts';
import type { SessionTable } from '../session/index.ts';

/** How a packet was made from the captured one at its origin. */
export const Make = {
  /** The same headers and the same payload, perhaps with zero bytes `added` to it. */ edited: 0,
  /** Headers without payload, and perhaps other transport options. */ bare: 1,
  /** The same payload under a header of the other transport protocol. */ converted: 2,
} as const;

/**
 * One session. P packets at most, of which the first `packets` are there. Its arrays are used again for the next one.
 */
export interface SessionBytes {
  /** Index of the session in the session table. */
  session: number;
  /** IP protocol of all packets, see Protocol. */
  protocol: number;
  /** Packets that are there. */
  packets: number;
  /** P. */
  readonly maxPackets: number;
  /** Bytes from one packet to the next. */
  readonly stride: number;
  /** [P, stride]: header bytes as they are now; packet p has length[p] of them, the rest is undefined. */
  readonly bytes: Uint8Array;
  /** [P, stride]: 1 where a header byte is edited (see above), otherwise 0; undefined beyond length[p]. */
  readonly edited: Uint8Array;
  /** [P]: header bytes, link to transport header. */
  readonly length: Uint16Array;
  /** [P]: see Link. */
  readonly link: Uint8Array;
  /** [P]: 4 or 6. */
  readonly version: Uint8Array;
  /** [P]: offset of the IP header. */
  readonly network: Uint16Array;
  /** [P]: offset of the TCP or UDP header. */
  readonly transport: Uint16Array;
  /**
   * [P]: 1 when the initiator of the captured session sent the packet. Where another packet is the first now than in the
   * capture, whoever sends it is the initiator now.
   */
  readonly fromInitiator: Uint8Array;
  /** Where in `captured` the first packet of the captured session begins. */
  first: number;
  /** [P]: bytes of the packet on the wire. */
  readonly originalLength: Uint32Array;
  /** The table that it was loaded from; null before that. */
  table: SessionTable | null;
  /** The header bytes of the whole data set, which `edited` compares with. */
  captured: Uint8Array;
  /** [P]: where in `captured` the packet begins that this one is or was made from. */
  readonly origin: Uint32Array;
  /** [P]: header bytes before this offset have a counterpart at `origin`; those from it on have none and are edited. */
  readonly comparable: Uint16Array;
  /** [P]: see Make. */
  readonly made: Uint8Array;
  /** [P]: bytes of TCP options, by the captured data offset, that the capture has cut off. */
  readonly cut: Uint8Array;
  /** [P]: zero bytes added to the payload. */
  readonly added: Uint16Array;
}

/** `comparable` of a packet in its place: all header bytes. */
const ALL = 0xffff;

/**
 * Room for one session.
 *
 * @param maxPackets P
 * @param stride room for the header bytes of a packet; `longestHeader` is enough for a whole data set
 * @throws RangeError when either is not a positive integer
 */
export function createSessionBytes(maxPackets: number, stride: number): SessionBytes {
  for (const [name, value] of [
    ['maxPackets', maxPackets],
    ['stride', stride],
  ] as const)
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`createSessionBytes: ${name} is ${value}, expected a positive integer`);
  // One place more than there are packets: where a packet waits while others move.
  const places = maxPackets + 1;
  return {
    session: 0,
    protocol: 0,
    packets: 0,
    maxPackets,
    stride,
    bytes: new Uint8Array(places * stride),
    edited: new Uint8Array(places * stride),
    length: new Uint16Array(places),
    link: new Uint8Array(places),
    version: new Uint8Array(places),
    network: new Uint16Array(places),
    transport: new Uint16Array(places),
    fromInitiator: new Uint8Array(places),
    originalLength: new Uint32Array(places),
    first: 0,
    table: null,
    captured: new Uint8Array(0),
    origin: new Uint32Array(places),
    comparable: new Uint16Array(places),
    made: new Uint8Array(places),
    cut: new Uint8Array(places),
    added: new Uint16Array(places),
  };
}

/** Header bytes of the longest packet of a table: the stride that has room for every session. At least 1. */
export function longestHeader(sessions: SessionTable): number {
  const { headerStart } = sessions;
  let longest = 1;
  for (let row = 1; row < headerStart.length; row++)
    longest = Math.max(longest, headerStart[row]! - headerStart[row - 1]!);
  return longest;
}

/**
 * Copies the first P packets of a session as captured; nothing is edited.
 *
 * @throws RangeError when there is no such session, or a packet is longer than the stride
 */
export function loadSession(sessions: SessionTable, session: number, into: SessionBytes): void {
  if (!(session >= 0 && session < sessions.count))
    throw new RangeError(`loadSession: session ${session}, expected one of 0 … ${sessions.count - 1}`);
  const { header, headerStart } = sessions;
  const { stride } = into;
  const first = sessions.firstRow[session]!;
  const packets = Math.min(sessions.firstRow[session + 1]! - first, into.maxPackets);
  into.session = session;
  into.protocol = sessions.protocol[session]!;
  into.packets = packets;
  into.table = sessions;
  into.captured = header;
  into.first = headerStart[first]!;
  for (let p = 0; p < packets; p++) {
    const row = first + p;
    const length = headerStart[row + 1]! - headerStart[row]!;
    if (length > stride)
      throw new RangeError(
        `loadSession: packet ${p} of session ${session} has ${length} header bytes, the stride is ${stride}`,
      );
    loadPacket(sessions, row, into, p);
  }
}

/** Makes the session again what was captured. */
export function reloadSession(session: SessionBytes): void {
  if (session.table === null) throw new RangeError('reloadSession: no session was loaded');
  loadSession(session.table, session.session, session);
}

/** Copies a row of the table to packet p, as captured; its header bytes must fit into the stride. */
export function loadPacket(sessions: SessionTable, row: number, into: SessionBytes, p: number): void {
  const { header, headerStart } = sessions;
  const { bytes, edited } = into;
  const from = headerStart[row]!;
  const length = headerStart[row + 1]! - from;
  const at = p * into.stride;
  for (let i = 0; i < length; i++) bytes[at + i] = header[from + i]!;
  edited.fill(0, at, at + length);
  into.length[p] = length;
  into.link[p] = sessions.link[row]!;
  into.version[p] = header[from + sessions.network[row]!]! >> 4 === 6 ? 6 : 4;
  into.network[p] = sessions.network[row]!;
  into.transport[p] = sessions.transport[row]!;
  into.fromInitiator[p] = sessions.fromInitiator[row]!;
  into.originalLength[p] = sessions.originalLength[row]!;
  into.origin[p] = from;
  into.comparable[p] = ALL;
  into.made[p] = Make.edited;
  into.added[p] = 0;
  const size = length - into.transport[p]!;
  const tcp = into.protocol === Protocol.tcp;
  const stated = tcp ? (header[from + into.transport[p]! + Tcp.offset]! >> 4) << 2 : size;
  into.cut[p] = Math.max(0, stated - size);
}
