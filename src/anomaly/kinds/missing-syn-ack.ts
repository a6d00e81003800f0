import { TcpFlag } from '../../capture/index.ts';
import type { Kind } from '../kind.ts';
import { removePackets } from '../packets.ts';
import { isForward } from '../place.ts';
import type { SessionBytes } from '../session-bytes.ts';
import { flagsOf, isTcp } from '../tcp.ts';

const HANDSHAKE = TcpFlag.syn | TcpFlag.ack;

/**
 * Imitates a connection that is not what it seems: an initiator who goes on without having been answered, as with
 * forged handshakes, blind spoofing or replies that take another way. The SYN-ACK is taken away, its repetitions too;
 * later packets of the session take their place.
 *
 * Applies to TCP sessions with SYN, SYN-ACK and a later packet of the initiator that is neither SYN nor RST.
 */
export const missingSynAck: Kind = {
  name: 'missing-syn-ack',
  families: ['dialogue'],
  fields: [],
  packets: true,
  traces: [],
  // Of a full session: the SYN-ACK, and one that was sent again.
  spare: () => 2,
  apply(session) {
    if (!isTcp(session) || (flagsOf(session, 0) & HANDSHAKE) !== TcpFlag.syn) return false;
    let answers = 0;
    let goesOn = false;
    for (let p = 1; p < session.packets; p++) {
      if (isSynAck(session, p)) answers++;
      else if (answers > 0 && isForward(session, p))
        goesOn ||= (flagsOf(session, p) & (TcpFlag.syn | TcpFlag.rst)) === 0;
    }
    return answers > 0 && goesOn && removePackets(session, isSynAck);
  },
};

const isSynAck = (session: SessionBytes, p: number): boolean =>
  !isForward(session, p) && (flagsOf(session, p) & HANDSHAKE) === HANDSHAKE;
