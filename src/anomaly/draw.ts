/** Draws that go on until something fits, with a bound. */
import type { Stream } from '../random/index.ts';
import type { SessionBytes } from './session-bytes.ts';

/** Rejected draws after which those that fit are counted off instead. */
export const TRIES = 64;

/**
 * One of members[from … to − 1] that fits, all alike; −1 when none does. At most 65
 * draws. Where speed counts the caller makes the first TRIES draws itself, without calls, and then counts off.
 */
export function drawMember(
  members: Uint32Array,
  from: number,
  to: number,
  fits: (candidate: number) => boolean,
  source: Stream,
): number {
  if (to === from) return -1;
  for (let i = 0; i < TRIES; i++) {
    const candidate = members[from + source.below(to - from)]!;
    if (fits(candidate)) return candidate;
  }
  return countOff(members, from, to, fits, source);
}

/** The same with one draw, after all members have been looked at. */
export function countOff(
  members: Uint32Array,
  from: number,
  to: number,
  fits: (candidate: number) => boolean,
  source: Stream,
): number {
  let left = 0;
  for (let i = from; i < to; i++) if (fits(members[i]!)) left++;
  if (left === 0) return -1;
  let skip = source.below(left);
  for (let i = from; ; i++) if (fits(members[i]!) && skip-- === 0) return members[i]!;
}

/** One of n numbers that fits, number i with weight until[i + 1] − until[i]; −1 when none does. At most 65 draws. */
export function drawWeighted(
  until: Float64Array,
  fits: (candidate: number) => boolean,
  source: Stream,
): number {
  const n = until.length - 1;
  const total = until[n]!;
  if (total === 0) return -1;
  for (let i = 0; i < TRIES; i++) {
    const candidate = search(until, source.below(total));
    if (fits(candidate)) return candidate;
  }
  let left = 0;
  for (let i = 0; i < n; i++) if (fits(i)) left += until[i + 1]! - until[i]!;
  if (left === 0) return -1;
  let skip = source.below(left);
  for (let i = 0; ; i++) {
    if (!fits(i)) continue;
    skip -= until[i + 1]! - until[i]!;
    if (skip < 0) return i;
  }
}

/** The i with until[i] ≤ x < until[i + 1]. */
function search(until: Float64Array, x: number): number {
  let low = 0;
  let high = until.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (until[middle]! <= x) low = middle;
    else high = middle;
  }
  return low;
}

/** One of the packets after the first that fit, all alike, with one draw; −1 without a draw when none does. */
export function drawPacket(
  session: SessionBytes,
  fits: (session: SessionBytes, p: number) => boolean,
  source: Stream,
): number {
  let candidates = 0;
  for (let p = 1; p < session.packets; p++) if (fits(session, p)) candidates++;
  if (candidates === 0) return -1;
  let skip = source.below(candidates);
  for (let p = 1; ; p++) if (fits(session, p) && skip-- === 0) return p;
}
