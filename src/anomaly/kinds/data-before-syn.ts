import { TcpFlag } from '../../capture/index.ts';
import type { Kind } from '../kind.ts';
import { movePacket } from '../packets.ts';
import { isForward } from '../place.ts';
import { payloadLength } from '../segment.ts';
import { flagsOf, isTcp } from '../tcp.ts';

/**
 * Imitates evasion of stateful filters: data arrive before the SYN that should have announced them. The initiator's
 * first segment with payload is moved to the front.
 *
 * Applies to TCP sessions that begin with a SYN and show a segment of the initiator with payload.
 */
export const dataBeforeSyn: Kind = {
  name: 'data-before-syn',
  families: ['dialogue'],
  fields: [],
  packets: true,
  traces: [
    { says: 'the moved segment acknowledges what it cannot have seen yet' },
    { says: 'its IP id and timestamp are later than those of the SYN' },
  ],
  apply(session) {
    if (!isTcp(session) || (flagsOf(session, 0) & (TcpFlag.syn | TcpFlag.ack)) !== TcpFlag.syn) return false;
    for (let p = 1; p < session.packets; p++)
      if (isForward(session, p) && payloadLength(session, p) > 0) {
        movePacket(session, p, 0);
        return true;
      }
    return false;
  },
};
