/**
 * Scans with flags that no connection begins with. Of the session its first packet stays, with these flags and no
 * acknowledgment, options and payload; nobody answers.
 *
 * They apply to TCP.
 */
import { TcpFlag } from '../../capture/index.ts';
import type { Kind } from '../kind.ts';
import { becomeProbe } from '../probe.ts';
import { staleChecksums } from '../traces.ts';

/** Imitates a FIN scan: a lone FIN, which a closed port answers and an open one does not (RFC 9293 §3.10.7.1). */
export const finScan: Kind = {
  name: 'fin-scan',
  families: ['scan'],
  fields: ['tcp.flags'],
  packets: true,
  traces: [staleChecksums, { says: 'sequence number, window and TTL are those of the packet that it was' }],
  apply: (session) => becomeProbe(session, TcpFlag.fin),
};

/** Imitates a null scan: a segment without any flag, which no connection has. */
export const nullScan: Kind = {
  name: 'null-scan',
  families: ['scan'],
  fields: ['tcp.flags'],
  packets: true,
  traces: [staleChecksums, { says: 'sequence number, window and TTL are those of the packet that it was' }],
  apply: (session) => becomeProbe(session, 0),
};

/** Imitates an Xmas scan: a segment lit up with FIN, PSH and URG. */
export const xmasScan: Kind = {
  name: 'xmas-scan',
  families: ['scan'],
  fields: ['tcp.flags'],
  packets: true,
  traces: [staleChecksums, { says: 'sequence number, window and TTL are those of the packet that it was' }],
  apply: (session) => becomeProbe(session, TcpFlag.fin | TcpFlag.psh | TcpFlag.urg),
};
