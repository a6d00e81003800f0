/** Where addresses and the hop limit are in a packet of either IP version and any link header. */

import { Ethernet, Ipv4, Ipv6, MAC_SIZE, Sll, Sll2, Wifi } from './headers.ts';
import { Link } from './packet.ts';

// Local constants are folded by the compiler, those of another module are not.
const [SIZE_4, SIZE_6] = [Ipv4.size, Ipv6.size];
const [SOURCE_4, SOURCE_6] = [Ipv4.source, Ipv6.source];
const [DESTINATION_4, DESTINATION_6] = [Ipv4.destination, Ipv6.destination];
const [TTL_4, TTL_6] = [Ipv4.ttl, Ipv6.hops];
const [ETHERNET_SOURCE, ETHERNET_DESTINATION] = [Ethernet.source, Ethernet.destination];

/** Bytes of an IP header without options or extension headers. */
export const ipHeaderSize = (version: number): number => (version === 6 ? SIZE_6 : SIZE_4);

/** Bytes of an IP address: 4 or 16. */
export const addressSize = (version: number): number =>
  version === 6 ? DESTINATION_6 - SOURCE_6 : DESTINATION_4 - SOURCE_4;

/** Offset of the source address; the destination address follows it. */
export const sourceAddress = (version: number, network: number): number =>
  network + (version === 6 ? SOURCE_6 : SOURCE_4);

/** Offset of the destination address. */
export const destinationAddress = (version: number, network: number): number =>
  network + (version === 6 ? DESTINATION_6 : DESTINATION_4);

/** Offset of the time to live or hop limit. */
export const ttlField = (version: number, network: number): number =>
  network + (version === 6 ? TTL_6 : TTL_4);

/** Bits of the flags of an 802.11 frame: whether it goes to the distribution system, and whether it comes from it. */
const WifiWay = { to: 1, from: 2 } as const;

/**
 * Offset of the sender's MAC address, −1 where the link header has none. Linux cooked headers have one address, the
 * sender's, which is a MAC address when it is 6 bytes long.
 *
 * @param bytes the packet begins at bytes[start]
 */
export function sourceMac(link: number, bytes: Uint8Array, start: number): number {
  switch (link) {
    case Link.ethernet:
      return ETHERNET_SOURCE;
    case Link.sll: {
      const at = start + Sll.addressLength;
      return bytes[at] === 0 && bytes[at + 1] === MAC_SIZE ? Sll.address : -1;
    }
    case Link.sll2:
      return bytes[start + Sll2.addressLength] === MAC_SIZE ? Sll2.address : -1;
    case Link.wifi: {
      const flags = bytes[start + Wifi.flags]!;
      if ((flags & WifiWay.from) === 0) return Wifi.address2;
      return (flags & WifiWay.to) === 0 ? Wifi.address3 : Wifi.size;
    }
    default:
      return -1;
  }
}

/** Offset of the receiver's MAC address, −1 where the link header has none. */
export function destinationMac(link: number, bytes: Uint8Array, start: number): number {
  if (link === Link.ethernet) return ETHERNET_DESTINATION;
  if (link !== Link.wifi) return -1;
  return (bytes[start + Wifi.flags]! & WifiWay.to) === 0 ? Wifi.address1 : Wifi.address3;
}
