import { TcpFlag } from '../../capture/index.ts';
import type { Kind } from '../kind.ts';
import { becomeProbe } from '../probe.ts';

/**
 * Imitates a FIN scan: a lone FIN, which a closed port answers and an open one does not (RFC 9293 §3.10.7.1). Of the
 * session its first packet stays, with FIN alone, no acknowledgment, no options and no payload; nobody answers.
 *
 * Applies to TCP. Traces: sequence number, window and TTL are those of the packet that it was.
 */
export const finScan: Kind = {
  name: 'fin-scan',
  apply: (session) => becomeProbe(session, TcpFlag.fin),
};
