/**
 * Takes packets of a session away, moves them and adds some, every column with them. What a morph places counts as
 * edited from its first byte; see session-bytes.ts.
 */
import { same } from './edit.ts';
import { loadPacket, type SessionBytes } from './session-bytes.ts';

/** Takes packet p away; those behind it close up. */
export function removePacket(session: SessionBytes, p: number): void {
  session.packets--;
  for (let i = p; i < session.packets; i++) copy(session, i + 1, i);
}

/**
 * Takes away the packets for which this holds; later packets of the session, for which it does not, take their place, as
 * far as the table has them.
 *
 * @param goes what it says of one packet does not depend on those that go
 * @returns false when none goes, or all do, or places stay empty although more of the session was captured: it would be
 *   told by its length. Then nothing was changed.
 */
export function removePackets(
  session: SessionBytes,
  goes: (session: SessionBytes, p: number) => boolean,
): boolean {
  const { table, maxPackets, session: number, packets } = session;
  if (table === null) throw new RangeError('removePackets: no session was loaded');
  const { firstRow, headerStart, packetsSeen } = table;
  let stay = 0;
  for (let p = 0; p < packets; p++) if (!goes(session, p)) stay++;
  if (stay === packets || stay === 0) return false;
  const first = firstRow[number]!;
  const end = firstRow[number + 1]!;
  let row = first + packets;
  // The place behind the last packet serves to look at the later ones.
  for (let room = maxPackets - stay; room > 0 && row < end; row++) {
    if (headerStart[row + 1]! - headerStart[row]! > session.stride) return false;
    loadPacket(table, row, session, maxPackets);
    if (!goes(session, maxPackets)) room--;
    stay = maxPackets - room;
  }
  if (packets === maxPackets && stay < maxPackets && end - first < packetsSeen[number]!) return false;
  for (let p = packets - 1; p >= 0; p--) if (goes(session, p)) removePacket(session, p);
  for (let r = first + packets; r < row; r++) {
    loadPacket(table, r, session, maxPackets);
    if (!goes(session, maxPackets)) loadPacket(table, r, session, session.packets++);
  }
  return true;
}

/**
 * Places a copy of packet `from` before packet `at` (or behind the last one); the packets from there on make room, and
 * the last falls out of a full session.
 *
 * @param at 0 … maxPackets − 1
 */
export function insertCopy(session: SessionBytes, from: number, at: number): void {
  const { maxPackets } = session;
  copy(session, from, maxPackets);
  session.packets = Math.min(session.packets + 1, maxPackets);
  for (let i = session.packets - 1; i > at; i--) copy(session, i - 1, i);
  copy(session, maxPackets, at);
  markPlaced(session, at);
}

/** Takes packet `from` out and places it so that it is packet `to`. */
export function movePacket(session: SessionBytes, from: number, to: number): void {
  const { maxPackets } = session;
  copy(session, from, maxPackets);
  const step = from < to ? 1 : -1;
  for (let i = from; i !== to; i += step) copy(session, i + step, i);
  copy(session, maxPackets, to);
  markPlaced(session, to);
}

/** Places two packets where the other one was. */
export function exchangePackets(session: SessionBytes, p: number, q: number): void {
  const { maxPackets } = session;
  copy(session, p, maxPackets);
  copy(session, q, p);
  copy(session, maxPackets, q);
  markPlaced(session, p);
  markPlaced(session, q);
}

/** Whether two packets have the same header bytes. */
export function isSamePacket(session: SessionBytes, p: number, q: number): boolean {
  const { bytes, stride, length } = session;
  return length[p] === length[q] && same(bytes, p * stride, bytes, q * stride, length[p]!);
}

/** Packet p is none that the capture has in its place. */
export function markPlaced(session: SessionBytes, p: number): void {
  session.comparable[p] = 0;
  const at = p * session.stride;
  session.edited.fill(1, at, at + session.length[p]!);
}

function copy(session: SessionBytes, from: number, to: number): void {
  const { stride, bytes, edited } = session;
  const start = from * stride;
  const end = start + session.length[from]!;
  bytes.copyWithin(to * stride, start, end);
  edited.copyWithin(to * stride, start, end);
  session.length[to] = session.length[from]!;
  session.link[to] = session.link[from]!;
  session.version[to] = session.version[from]!;
  session.network[to] = session.network[from]!;
  session.transport[to] = session.transport[from]!;
  session.fromInitiator[to] = session.fromInitiator[from]!;
  session.originalLength[to] = session.originalLength[from]!;
  session.origin[to] = session.origin[from]!;
  session.comparable[to] = session.comparable[from]!;
  session.made[to] = session.made[from]!;
  session.cut[to] = session.cut[from]!;
  session.added[to] = session.added[from]!;
}
