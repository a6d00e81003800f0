import type { Kind } from '../kind.ts';
import { removePackets } from '../packets.ts';
import { isForward } from '../place.ts';
import type { SessionBytes } from '../session-bytes.ts';

/**
 * Imitates one-way traffic that should have two: backscatter of a flood under spoofed addresses, blind injection,
 * answers that take a hidden way. All packets of one end, which is drawn, are taken away; later packets of the
 * other one take their place.
 *
 * Applies to sessions with packets of both ends, of which enough is kept: as many packets again as are read. The other end
 * is taken where too little is kept of one.
 */
export const droppedDirection: Kind = {
  name: 'dropped-direction',
  families: ['dialogue'],
  fields: [],
  packets: true,
  traces: [
    { says: 'a sensor that sees one direction only sees the same' },
    { says: 'where the answers stay, the first sender has the port of the service' },
  ],
  spare: (maxPackets) => maxPackets,
  apply(session, _context, source) {
    let answers = 0;
    for (let p = 1; p < session.packets; p++) if (!isForward(session, p)) answers++;
    if (answers === 0) return false;
    const dropped = source.chance(0.5) ? session.fromInitiator[0]! : 1 - session.fromInitiator[0]!;
    return drop(session, dropped) || drop(session, 1 - dropped);
  },
};

/** Takes away what the end with this value of `fromInitiator` sent. @returns false, having changed nothing, where it cannot */
const drop = (session: SessionBytes, end: number): boolean =>
  removePackets(session, ({ fromInitiator }, p) => fromInitiator[p] === end);
