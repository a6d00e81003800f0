import type { Kind } from '../kind.ts';
import { insertCopy, isSamePacket } from '../packets.ts';
import type { SessionBytes } from '../session-bytes.ts';

const MOST = 3;

/**
 * Imitates replay: packets that were recorded are sent again. A run of 1 … 3 packets is repeated after some later one,
 * byte by byte; where it begins, how long it is and where it goes are drawn.
 *
 * Applies to every session that may have more than one packet, but to full ones whose packets are all the same. The
 * last packets of a full session fall out.
 */
export const replayedPackets: Kind = {
  name: 'replayed-packets',
  families: ['dialogue'],
  fields: [],
  packets: true,
  traces: [{ says: 'a single packet repeated at once is also what a network with a loop does' }],
  apply(session, _context, source) {
    const { packets, maxPackets } = session;
    // The repetition follows packet `last`.
    const places = Math.min(packets, maxPackets - 1);
    if (places === 0) return false;
    const last = source.below(places);
    const first = source.below(last + 1);
    const run = 1 + source.below(Math.min(MOST, last - first + 1, maxPackets - 1 - last));
    if (!isVisible(session, first, last, run)) return false;
    for (let i = 0; i < run; i++) insertCopy(session, first + i, last + 1 + i);
    return true;
  },
};

/** Whether the repetition makes another session: in a full one it may look like what was there. */
function isVisible(session: SessionBytes, first: number, last: number, run: number): boolean {
  const { packets } = session;
  if (packets < session.maxPackets) return true;
  for (let p = last + 1; p < packets; p++) {
    const before = p <= last + run ? first + p - last - 1 : p - run;
    if (!isSamePacket(session, before, p)) return true;
  }
  return false;
}
