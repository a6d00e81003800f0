import { Udp } from '../../capture/index.ts';
import { isFirstFragment } from '../chain.ts';
import { get16, put16 } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { isForward } from '../place.ts';
import { ipLength, MTU, payloadLength, setIpLength } from '../segment.ts';
import type { SessionBytes } from '../session-bytes.ts';
import { addAcknowledgment, addSequence, isTcp } from '../tcp.ts';
import { staleChecksums } from '../traces.ts';

/**
 * Imitates exfiltration: a host sends much more than it used to. Every packet of the initiator that has payload grows
 * by half to all of what is left up to 1500 bytes of IP, drawn for each: lengths of IP and UDP follow, and in TCP all
 * later sequence and acknowledgment numbers. The bytes that are added count as zero in the checksum.
 *
 * Applies where a packet of the initiator has payload and room.
 */
export const lengthInflation: Kind = {
  name: 'length-inflation',
  families: ['volume'],
  fields: ['ip.length', 'ipv6.length', 'udp.length'],
  packets: false,
  traces: [staleChecksums, { says: 'selective acknowledgments stay' }],
  apply(session, _context, source) {
    const tcp = isTcp(session);
    let sent = 0;
    for (let p = 0; p < session.packets; p++) {
      const forward = isForward(session, p);
      if (tcp && sent > 0) {
        if (forward) addSequence(session, p, sent);
        else addAcknowledgment(session, p, sent);
      }
      const room = forward ? roomOf(session, p) : 0;
      if (room > 0) sent += grow(session, p, room - source.below((room >> 1) + 1));
    }
    return sent > 0;
  },
};

/** Bytes by which the payload of packet p can grow. */
function roomOf(session: SessionBytes, p: number): number {
  const payload = payloadLength(session, p);
  if (payload <= 0 || isFirstFragment(session, p)) return 0;
  if (!isTcp(session) && get16(session, p, session.transport[p]! + Udp.length) !== payload + Udp.size)
    return 0;
  return Math.max(0, MTU - ipLength(session, p));
}

/** @returns `bytes` */
function grow(session: SessionBytes, p: number, bytes: number): number {
  session.added[p] = bytes;
  setIpLength(session, p, ipLength(session, p) + bytes);
  const at = session.transport[p]! + Udp.length;
  if (!isTcp(session)) put16(session, p, at, get16(session, p, at) + bytes);
  return bytes;
}
