/** The only writers of a session's bytes: they keep `edited` true, whatever was edited before. */
import type { SessionBytes } from './session-bytes.ts';

/** Sets byte `offset` of packet p; it counts as edited exactly when it differs from the captured byte. */
export function put(session: SessionBytes, p: number, offset: number, value: number): void {
  const at = p * session.stride + offset;
  session.bytes[at] = value;
  session.edited[at] = value === session.captured[session.origin[p]! + offset] ? 0 : 1;
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
