import { TcpFlag } from '../../capture/index.ts';
import type { Kind } from '../kind.ts';
import { removePacket } from '../packets.ts';
import { isForward } from '../place.ts';
import type { SessionBytes } from '../session-bytes.ts';
import { flagsOf, isTcp } from '../tcp.ts';

const HANDSHAKE = TcpFlag.syn | TcpFlag.ack;

/**
 * Imitates a connection that is not what it seems: an initiator who goes on without having been answered, as with
 * forged handshakes, blind spoofing or replies that take another way. The SYN-ACK is taken away, its repetitions too.
 *
 * Applies to TCP sessions with SYN, SYN-ACK and a later packet of the initiator that is neither SYN nor RST. Traces: no
 * byte is edited; a session with more packets than are read ends earlier than others do.
 */
export const missingSynAck: Kind = {
  name: 'missing-syn-ack',
  apply(session) {
    if (!isTcp(session) || (flagsOf(session, 0) & HANDSHAKE) !== TcpFlag.syn) return false;
    let answers = 0;
    let goesOn = false;
    for (let p = 1; p < session.packets; p++) {
      if (isSynAck(session, p)) answers++;
      else if (answers > 0 && isForward(session, p))
        goesOn ||= (flagsOf(session, p) & (TcpFlag.syn | TcpFlag.rst)) === 0;
    }
    if (answers === 0 || !goesOn) return false;
    for (let p = session.packets - 1; p > 0; p--) if (isSynAck(session, p)) removePacket(session, p);
    return true;
  },
};

const isSynAck = (session: SessionBytes, p: number): boolean =>
  !isForward(session, p) && (flagsOf(session, p) & HANDSHAKE) === HANDSHAKE;
