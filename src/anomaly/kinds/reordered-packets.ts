import type { Kind } from '../kind.ts';
import { exchangePackets, isSamePacket } from '../packets.ts';
import type { SessionBytes } from '../session-bytes.ts';

/**
 * Imitates evasion by order, as fragroute does it: sensors that do not put segments in order see another conversation
 * than the receiver. Two packets of the same sender, which are drawn, change places.
 *
 * Applies where a sender has two packets that differ.
 */
export const reorderedPackets: Kind = {
  name: 'reordered-packets',
  families: ['dialogue'],
  fields: [],
  packets: true,
  traces: [{ says: 'a network reorders packets too, though rarely by far' }],
  apply(session, _context, source) {
    const { packets } = session;
    if (packets < 2) return false;
    const start = source.below(packets);
    const distance = source.below(packets - 1);
    for (let i = 0; i < packets; i++) {
      const p = (start + i) % packets;
      for (let j = 0; j < packets - 1; j++) {
        const q = (p + 1 + ((distance + j) % (packets - 1))) % packets;
        if (!differ(session, p, q)) continue;
        exchangePackets(session, p, q);
        return true;
      }
    }
    return false;
  },
};

/** Whether two packets have the same sender and are not the same. */
const differ = (session: SessionBytes, p: number, q: number): boolean =>
  session.fromInitiator[p] === session.fromInitiator[q] && !isSamePacket(session, p, q);
