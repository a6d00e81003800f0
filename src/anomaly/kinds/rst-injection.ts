import { isFinal } from '../chain.ts';
import { put16 } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { insertCopy } from '../packets.ts';
import { Ipv4, isForward, Tcp } from '../place.ts';
import { makeBare } from '../segment.ts';
import type { SessionBytes } from '../session-bytes.ts';
import { Flag, hasFlag, isTcp } from '../tcp.ts';

/**
 * Imitates a forged reset, as censors and attackers send it to cut a connection (Weaver, Sommer, Paxson, NDSS 2009).
 * Before a packet that is drawn, a RST of the same sender with the same sequence number is inserted: no acknowledgment,
 * options or payload, window 0, an IP id of its own. Its alleged sender goes on, which gives it away.
 *
 * Applies to TCP sessions with a packet after the SYN whose sender was seen before, and room for both. The last packet
 * of a full session falls out. Traces: the TTL is that of the alleged sender.
 */
export const rstInjection: Kind = {
  name: 'rst-injection',
  apply(session, _surroundings, source) {
    if (!isTcp(session)) return false;
    let candidates = 0;
    for (let p = 1; p < session.packets; p++) if (canPrecede(session, p)) candidates++;
    if (candidates === 0) return false;
    let skip = source.below(candidates);
    let p = 1;
    while (!canPrecede(session, p) || skip-- > 0) p++;
    insertCopy(session, p, p);
    makeBare(session, p, Flag.rst);
    put16(session, p, session.transport[p]! + Tcp.window, 0);
    if (session.version[p] === 4) put16(session, p, session.network[p]! + Ipv4.id, source.below(0x10000));
    return true;
  },
};

/** Whether a reset can go before packet p. */
function canPrecede(session: SessionBytes, p: number): boolean {
  if (p + 1 >= session.maxPackets || hasFlag(session, p, Flag.syn | Flag.rst) || !isFinal(session, p))
    return false;
  for (let before = 0; before < p; before++)
    if (isForward(session, before) === isForward(session, p)) return true;
  return false;
}
