import { ttlField } from '../../capture/index.ts';
import { put } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { isForward } from '../place.ts';
import type { SessionBytes } from '../session-bytes.ts';
import { staleChecksums } from '../traces.ts';

const MOST = 16;

/**
 * Imitates a detour or another host behind a known address: a tunnel, a man in the middle, a second machine behind a
 * translator. The time to live (IPv6: hop limit) of all packets of one end is larger or smaller by 1 … 16. End and
 * shift are drawn; where the shift would leave 1 … 255, it goes the other way.
 *
 * Applies to every session but to one whose end has both very small and very large values.
 */
export const ttlShift: Kind = {
  name: 'ttl-shift',
  families: ['header'],
  fields: ['ttl'],
  packets: false,
  traces: [staleChecksums],
  apply(session, _context, source) {
    const forward = source.chance(0.5) || isOneWay(session);
    const amount = 1 + source.below(MOST);
    const shift = source.chance(0.5) ? amount : -amount;
    return shiftEnd(session, forward, shift) || shiftEnd(session, forward, -shift);
  },
};

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
