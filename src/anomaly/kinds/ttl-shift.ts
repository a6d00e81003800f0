import { ttlField } from '../../capture/index.ts';
import { put } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { isForward } from '../place.ts';
import type { SessionBytes } from '../session-bytes.ts';
import { staleChecksums } from '../traces.ts';

/**
 * Imitates a detour or another host behind a known address: a tunnel, a man in the middle, a second machine behind a
 * translator. The time to live (IPv6: hop limit) of all packets of one end is larger or smaller by 1 … 16. End and
 * shift are drawn; where the shift would leave 1 … 255, it goes the other way.
 *
 * Applies to every session but to one whose end has both very small and very large values.
 */
export const ttlShift: Kind = shiftBy('ttl-shift', 1, 16);

/** As ttlShift, by 1 … 8: to train on, where ttlShiftFar tests whether what was learnt goes beyond its range. */
export const ttlShiftNear: Kind = shiftBy('ttl-shift-near', 1, 8);

/** As ttlShift, by 9 … 16: beyond the range of ttlShiftNear. */
export const ttlShiftFar: Kind = shiftBy('ttl-shift-far', 9, 16);

/** @param least @param most by how much, up or down */
function shiftBy(name: string, least: number, most: number): Kind {
  return {
    name,
    families: ['header'],
    fields: ['ttl'],
    packets: false,
    traces: [staleChecksums],
    apply(session, _context, source) {
      const forward = source.chance(0.5) || isOneWay(session);
      const amount = least + source.below(most - least + 1);
      const shift = source.chance(0.5) ? amount : -amount;
      return shiftEnd(session, forward, shift) || shiftEnd(session, forward, -shift);
    },
  };
}

function isOneWay(session: SessionBytes): boolean {
  for (let p = 0; p < session.packets; p++) if (!isForward(session, p)) return false;
  return true;
}

/** @returns false when a value would be out of range; then nothing was changed */
function shiftEnd(session: SessionBytes, forward: boolean, shift: number): boolean {
  for (let p = 0; p < session.packets; p++) {
    if (isForward(session, p) !== forward) continue;
    const ttl = session.bytes[p * session.stride + fieldOf(session, p)]! + shift;
    if (ttl < 1 || ttl > 255) return false;
  }
  for (let p = 0; p < session.packets; p++) {
    if (isForward(session, p) !== forward) continue;
    const field = fieldOf(session, p);
    put(session, p, field, session.bytes[p * session.stride + field]! + shift);
  }
  return true;
}

const fieldOf = (session: SessionBytes, p: number): number =>
  ttlField(session.version[p]!, session.network[p]!);
