import { exchangeEnds } from '../exchange-ends.ts';
import type { Kind } from '../kind.ts';

/**
 * Imitates a backdoor that hides behind a service's port: a client calls from the port on which servers listen, to a
 * port on which nobody does. Source and destination ports are swapped in all packets (Deep Session Learning, Lab41,
 * 2018); checksums stay right.
 */
export const portDirectionSwitch: Kind = {
  name: 'port-direction-switch',
  families: ['ports'],
  fields: ['port'],
  packets: false,
  traces: [{ says: 'lengths, times and flags stay those of the captured roles' }],
  apply: (session) => exchangeEnds(session, false, true),
};
