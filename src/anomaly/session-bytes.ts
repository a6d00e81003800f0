/**
 * The working copy of one session that morphs edit and encoders read: P packets of up to `stride` header bytes.
 *
 * Where the headers begin is what the capture's decoder found, kept beside the bytes: a morph that puts noise into the
 * IP version or a length changes bytes, not offsets.
 */
import type { SessionTable } from '../session/index.ts';

/** One session. P packets at most, of which the first `packets` are there. Its arrays are used again for the next one. */
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
  /** [P, stride]: 1 where a header byte differs from the capture, otherwise 0; undefined beyond length[p]. */
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
  /** [P]: 1 when the initiator sent the packet, as captured. */
  readonly fromInitiator: Uint8Array;
  /** [P]: bytes of the packet on the wire, as captured. */
  readonly originalLength: Uint32Array;
  /** The header bytes of the whole data set, which `edited` compares with. */
  captured: Uint8Array;
  /** [P]: where in `captured` the packet begins. A kind that moves packets moves this with them. */
  readonly origin: Uint32Array;
}

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
  return {
    session: 0,
    protocol: 0,
    packets: 0,
    maxPackets,
    stride,
    bytes: new Uint8Array(maxPackets * stride),
    edited: new Uint8Array(maxPackets * stride),
    length: new Uint16Array(maxPackets),
    link: new Uint8Array(maxPackets),
    version: new Uint8Array(maxPackets),
    network: new Uint16Array(maxPackets),
    transport: new Uint16Array(maxPackets),
    fromInitiator: new Uint8Array(maxPackets),
    originalLength: new Uint32Array(maxPackets),
    captured: new Uint8Array(0),
    origin: new Uint32Array(maxPackets),
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
  const { stride, bytes, edited } = into;
  const first = sessions.firstRow[session]!;
  const packets = Math.min(sessions.firstRow[session + 1]! - first, into.maxPackets);
  into.session = session;
  into.protocol = sessions.protocol[session]!;
  into.packets = packets;
  into.captured = header;
  for (let p = 0; p < packets; p++) {
    const row = first + p;
    const from = headerStart[row]!;
    const length = headerStart[row + 1]! - from;
    if (length > stride)
      throw new RangeError(
        `loadSession: packet ${p} of session ${session} has ${length} header bytes, the stride is ${stride}`,
      );
    const at = p * stride;
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
  }
}
