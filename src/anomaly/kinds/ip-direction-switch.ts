import { exchangeEnds } from '../exchange-ends.ts';
import type { Kind } from '../kind.ts';
import { ofTheHostBefore } from '../traces.ts';

/**
 * Imitates a taken-over server that turns on its clients: the role reversal of a host that one usually logs in to and
 * that now logs in to one's workstation. Source and destination IP and MAC addresses are swapped in all packets
 * (Deep Session Learning, Lab41, 2018). MAC addresses only where the link header has both; checksums stay right.
 */
export const ipDirectionSwitch: Kind = {
  name: 'ip-direction-switch',
  families: ['addresses'],
  fields: ['address', 'mac'],
  packets: false,
  traces: [...ofTheHostBefore('all packets')],
  apply: (session) => exchangeEnds(session, true, false),
};
