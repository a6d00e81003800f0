/**
 * Takes packets of a session away, moves them and adds some, every column with them. What a morph places counts as
 * edited from its first byte; see session-bytes.ts.
 */
import { same } from './edit.ts';
import type { SessionBytes } from './session-bytes.ts';

/** Takes packet p away; those behind it close up. */
export function removePacket(session: SessionBytes, p: number): void {
  session.packets--;
  for (let i = p; i < session.packets; i++) copy(session, i + 1, i);
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
