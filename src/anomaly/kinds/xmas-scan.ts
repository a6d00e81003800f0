import { TcpFlag } from '../../capture/index.ts';
import type { Kind } from '../kind.ts';
import { becomeProbe } from '../probe.ts';

/**
 * Imitates an Xmas scan: a segment lit up with FIN, PSH and URG. Of the session its first packet stays, with these
 * flags and no acknowledgment, options and payload; nobody answers.
 *
 * Applies to TCP. Traces: sequence number, window and TTL are those of the packet that it was.
 */
export const xmasScan: Kind = {
  name: 'xmas-scan',
  apply: (session) => becomeProbe(session, TcpFlag.fin | TcpFlag.psh | TcpFlag.urg),
};
