import { exchange, same } from '../edit.ts';
import type { Kind } from '../kind.ts';
import {
  addressSize,
  destinationAddress,
  destinationMac,
  MAC_SIZE,
  sourceAddress,
  sourceMac,
} from '../place.ts';

/**
 * Imitates a taken-over server that turns on its clients: the role reversal of a host that one usually logs in to and
 * that now logs in to one's workstation. Source and destination IP and MAC addresses are swapped in all packets
 * (Deep Session Learning, Lab41, 2018). MAC addresses only where the link header has both; checksums stay right.
 */
export const ipDirectionSwitch: Kind = {
  name: 'ip-direction-switch',
  apply(session) {
    const { bytes, stride, link, network, version } = session;
    const size = addressSize(version[0]!);
    const source = sourceAddress(version[0]!, network[0]!);
    if (same(bytes, source, bytes, source + size, size)) return false;
    for (let p = 0; p < session.packets; p++) {
      const at = sourceAddress(version[p]!, network[p]!);
      exchange(session, p, at, destinationAddress(version[p]!, network[p]!), size);
      const to = destinationMac(link[p]!, bytes, p * stride);
      const from = sourceMac(link[p]!, bytes, p * stride);
      if (to >= 0 && from >= 0) exchange(session, p, to, from, MAC_SIZE);
    }
    return true;
  },
};
