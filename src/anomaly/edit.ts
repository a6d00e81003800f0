/** The only writers of a session's bytes: they keep `edited` true, whatever was edited before. */
import type { SessionBytes } from './session-bytes.ts';

/** Sets byte `offset` of packet p; it counts as edited unless it is what the capture has in its place. */
export function put(session: SessionBytes, p: number, offset: number, value: number): void {
  const at = p * session.stride + offset;
  session.bytes[at] = value;
  const isCaptured =
    offset < session.comparable[p]! && value === session.captured[session.origin[p]! + offset]!;
  session.edited[at] = isCaptured ? 0 : 1;
}

/** Sets the big-endian 16-bit word at `offset` of packet p to a value modulo 2¹⁶. */
export function put16(session: SessionBytes, p: number, offset: number, value: number): void {
  put(session, p, offset, (value >>> 8) & 0xff);
  put(session, p, offset + 1, value & 0xff);
}

/** Sets the big-endian 32-bit word at `offset` of packet p to a value modulo 2³². */
export function put32(session: SessionBytes, p: number, offset: number, value: number): void {
  put16(session, p, offset, value >>> 16);
  put16(session, p, offset + 2, value & 0xffff);
}

/** The big-endian 16-bit word at `offset` of packet p. */
export function get16(session: SessionBytes, p: number, offset: number): number {
  const at = p * session.stride + offset;
  return (session.bytes[at]! << 8) | session.bytes[at + 1]!;
}

/** The big-endian 16-bit word at `offset` of the captured packet that packet p is or was made from. */
export function captured16(session: SessionBytes, p: number, offset: number): number {
  const at = session.origin[p]! + offset;
  return (session.captured[at]! << 8) | session.captured[at + 1]!;
}

/** The big-endian 32-bit word at `offset` of packet p, 0 … 2³² − 1. */
export function get32(session: SessionBytes, p: number, offset: number): number {
  return get16(session, p, offset) * 0x10000 + get16(session, p, offset + 2);
}

/** Exchanges `size` bytes of packet p at two offsets. */
export function exchange(session: SessionBytes, p: number, a: number, b: number, size: number): void {
  const at = p * session.stride;
  for (let i = 0; i < size; i++) {
    const held = session.bytes[at + a + i]!;
    put(session, p, a + i, session.bytes[at + b + i]!);
    put(session, p, b + i, held);
  }
}

/** Writes `size` bytes of `from` at `start` to packet p at `offset`. */
export function replace(
  session: SessionBytes,
  p: number,
  offset: number,
  from: Uint8Array,
  start: number,
  size: number,
): void {
  for (let i = 0; i < size; i++) put(session, p, offset + i, from[start + i]!);
}

/** Whether `size` bytes at two places are the same. */
export function same(a: Uint8Array, atA: number, b: Uint8Array, atB: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (a[atA + i] !== b[atB + i]) return false;
  return true;
}
