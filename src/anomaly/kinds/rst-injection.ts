import { Ipv4, Tcp, TcpFlag } from '../../capture/index.ts';
import { isFinal } from '../chain.ts';
import { drawPacket } from '../draw.ts';
import { put16 } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { insertCopy } from '../packets.ts';
import { makeBare } from '../segment.ts';
import type { SessionBytes } from '../session-bytes.ts';
import { continues, isTcp } from '../tcp.ts';
import { staleChecksums } from '../traces.ts';

/**
 * Imitates a forged reset, as censors and attackers send it to cut a connection (Weaver, Sommer, Paxson, NDSS 2009).
 * Before a packet that is drawn, a RST of the same sender with the same sequence number is inserted: no acknowledgment,
 * options or payload, window 0, an IP id of its own. Its alleged sender goes on, which gives it away.
 *
 * Applies to TCP sessions with a packet after the SYN whose sender was seen before, and room for both. The last packet
 * of a full session falls out.
 */
export const rstInjection: Kind = {
  name: 'rst-injection',
  families: ['dialogue'],
  fields: ['tcp.flags'],
  packets: true,
  traces: [staleChecksums, { says: 'the TTL is that of the alleged sender' }],
  apply(session, _context, source) {
    if (!isTcp(session)) return false;
    const p = drawPacket(session, canPrecede, source);
    if (p < 0) return false;
    insertCopy(session, p, p);
    makeBare(session, p, TcpFlag.rst);
    put16(session, p, session.transport[p]! + Tcp.window, 0);
    if (session.version[p] === 4) put16(session, p, session.network[p]! + Ipv4.id, source.below(0x10000));
    return true;
  },
};

/** Whether a reset can go before packet p. */
const canPrecede = (session: SessionBytes, p: number): boolean =>
  p + 1 < session.maxPackets && continues(session, p) && isFinal(session, p);
