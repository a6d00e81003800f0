import { exchangeEnds } from '../exchange-ends.ts';
import type { Kind } from '../kind.ts';
import { ofTheHostBefore } from '../traces.ts';

/**
 * Imitates a server that opens the connection itself: reverse shells, call-backs and command channels that go from the
 * service's port to a client. Both ends change places in all packets: IP addresses, ports and MAC addresses.
 *
 * Applies where the ends differ. MAC addresses only where the link header has both; checksums stay right.
 */
export const roleReversal: Kind = {
  name: 'role-reversal',
  families: ['addresses', 'ports'],
  fields: ['address', 'port', 'mac'],
  packets: false,
  traces: [...ofTheHostBefore('all packets')],
  apply: (session) => exchangeEnds(session, true, true),
};
