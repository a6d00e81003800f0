import { exchange, same } from '../edit.ts';
import type { Kind } from '../kind.ts';

const PORT_SIZE = 2;

/**
 * Imitates a backdoor that hides behind a service's port: a client calls from the port on which servers listen, to a
 * port on which nobody does. Source and destination ports are swapped in all packets (Deep Session Learning, Lab41,
 * 2018); checksums stay right.
 */
export const portDirectionSwitch: Kind = {
  name: 'port-direction-switch',
  apply(session) {
    const { bytes, transport } = session;
    if (same(bytes, transport[0]!, bytes, transport[0]! + PORT_SIZE, PORT_SIZE)) return false;
    for (let p = 0; p < session.packets; p++)
      exchange(session, p, transport[p]!, transport[p]! + PORT_SIZE, PORT_SIZE);
    return true;
  },
};
