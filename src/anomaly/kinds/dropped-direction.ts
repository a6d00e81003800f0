import type { Kind } from '../kind.ts';
import { removePacket } from '../packets.ts';
import { isForward } from '../place.ts';

/**
 * Imitates one-way traffic that should have two: backscatter of a flood under spoofed addresses, blind injection,
 * answers that take a hidden way. All packets of one end, which is drawn, are taken away.
 *
 * Applies to sessions with packets of both ends. Traces: no byte is edited; a session with more packets than are read
 * ends earlier than others do. A sensor that sees one direction only sees the same.
 */
export const droppedDirection: Kind = {
  name: 'dropped-direction',
  apply(session, _context, source) {
    let answers = 0;
    for (let p = 1; p < session.packets; p++) if (!isForward(session, p)) answers++;
    if (answers === 0) return false;
    const dropped = source.chance(0.5) ? session.fromInitiator[0]! : 1 - session.fromInitiator[0]!;
    for (let p = session.packets - 1; p >= 0; p--)
      if (session.fromInitiator[p] === dropped) removePacket(session, p);
    return true;
  },
};
