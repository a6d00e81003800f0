import { TcpFlag } from '../../capture/index.ts';
import type { Kind } from '../kind.ts';
import { becomeProbe } from '../probe.ts';
import { payloadLength } from '../segment.ts';
import { flagsOf, isTcp } from '../tcp.ts';
import { staleChecksums } from '../traces.ts';

/**
 * Imitates a SYN scan of a filtered port or a silent host: a SYN and no answer. Of the session its first packet stays.
 * It is untouched where it is a SYN without payload, as of a scanner that connects; otherwise it becomes one, without
 * acknowledgment, options and payload.
 *
 * Applies to TCP sessions that are not a lone SYN already.
 */
export const synScan: Kind = {
  name: 'syn-scan',
  families: ['scan'],
  fields: ['tcp.flags'],
  packets: true,
  traces: [staleChecksums, { says: 'a benign attempt to reach a host that is down looks the same' }],
  apply(session) {
    const isSyn = isTcp(session) && flagsOf(session, 0) === TcpFlag.syn && payloadLength(session, 0) === 0;
    if (!isSyn) return becomeProbe(session, TcpFlag.syn);
    if (session.packets === 1) return false;
    session.packets = 1;
    return true;
  },
};
