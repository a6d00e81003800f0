import { Tcp, TcpFlag } from '../../capture/index.ts';
import { get16, put16 } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { isForward } from '../place.ts';
import type { SessionBytes } from '../session-bytes.ts';
import { hasFlag, isTcp } from '../tcp.ts';
import { staleChecksums } from '../traces.ts';

const VALUES = 16;

/**
 * Imitates attacks that keep a server busy by taking next to nothing (Sockstress, Slow Read): after the handshake, the
 * initiator offers a window of 0 … 15 in all its packets, always the same.
 *
 * Applies to TCP sessions with a packet of the initiator that is neither SYN nor RST.
 */
export const windowTampering: Kind = {
  name: 'window-tampering',
  families: ['header'],
  fields: ['tcp.window'],
  packets: false,
  traces: [staleChecksums, { says: 'the other end goes on sending as before' }],
  apply(session, _context, source) {
    if (!isTcp(session)) return false;
    let first = 0;
    while (first < session.packets && !isShrunk(session, first)) first++;
    if (first === session.packets) return false;
    let window = source.below(VALUES);
    if (window === get16(session, first, windowField(session, first))) window = (window + 1) % VALUES;
    for (let p = first; p < session.packets; p++)
      if (isShrunk(session, p)) put16(session, p, windowField(session, p), window);
    return true;
  },
};

const isShrunk = (session: SessionBytes, p: number): boolean =>
  isForward(session, p) && !hasFlag(session, p, TcpFlag.syn | TcpFlag.rst);

const windowField = (session: SessionBytes, p: number): number => session.transport[p]! + Tcp.window;
