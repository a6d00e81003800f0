import { Tcp, TcpFlag } from '../../capture/index.ts';
import { get16, put16 } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { drawWord } from '../message.ts';
import { isForward } from '../place.ts';
import type { SessionBytes } from '../session-bytes.ts';
import { hasFlag, isTcp } from '../tcp.ts';
import { staleChecksums } from '../traces.ts';

/**
 * Imitates a covert channel in the urgent pointer, which nobody reads without URG: in the initiator's segments without
 * this flag it is two ASCII characters each of a message, small letters and spaces.
 *
 * Applies to TCP sessions with such a segment.
 */
export const covertUrgent: Kind = {
  name: 'covert-urgent',
  families: ['header'],
  fields: ['tcp.urgent'],
  packets: false,
  traces: [staleChecksums],
  apply(session, _context, source) {
    if (!isTcp(session)) return false;
    let carriers = 0;
    for (let p = 0; p < session.packets; p++) {
      if (!isCarrier(session, p)) continue;
      carriers++;
      const at = session.transport[p]! + Tcp.urgent;
      put16(session, p, at, drawWord(get16(session, p, at), source));
    }
    return carriers > 0;
  },
};

const isCarrier = (session: SessionBytes, p: number): boolean =>
  isForward(session, p) && !hasFlag(session, p, TcpFlag.urg);
