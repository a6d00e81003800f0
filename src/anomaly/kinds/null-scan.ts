import type { Kind } from '../kind.ts';
import { becomeProbe } from '../probe.ts';

/**
 * Imitates a null scan: a segment without any flag, which no connection has. Of the session its first packet stays,
 * without flags, acknowledgment, options and payload; nobody answers.
 *
 * Applies to TCP. Traces: sequence number, window and TTL are those of the packet that it was.
 */
export const nullScan: Kind = {
  name: 'null-scan',
  apply: (session) => becomeProbe(session, 0),
};
