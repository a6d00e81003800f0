/** Where addresses are in a packet's header bytes (RFC 791, RFC 8200, LINKTYPE_ registry of the tcpdump group). */
import { Link } from '../session/index.ts';

/** Bytes of an IP address: 4 or 16. */
export const addressSize = (version: number): number => (version === 6 ? 16 : 4);

/** Offset of the source address; the destination address follows it. */
export const sourceAddress = (version: number, network: number): number => network + (version === 6 ? 8 : 12);

/** Offset of the destination address. */
export const destinationAddress = (version: number, network: number): number =>
  network + (version === 6 ? 24 : 16);

export const MAC_SIZE = 6;

/**
 * Offset of the sender's MAC address, −1 where the link header has none. Linux cooked headers have one address, the
 * sender's, which is a MAC address when it is 6 bytes long.
 *
 * @param bytes the packet begins at bytes[start]
 */
export function sourceMac(link: number, bytes: Uint8Array, start: number): number {
  switch (link) {
    case Link.ethernet:
      return 6;
    case Link.sll:
      return bytes[start + 4] === 0 && bytes[start + 5] === MAC_SIZE ? 6 : -1;
    case Link.sll2:
      return bytes[start + 11] === MAC_SIZE ? 12 : -1;
    default:
      return -1;
  }
}

/** Offset of the receiver's MAC address, −1 where the link header has none. */
export const destinationMac = (link: number): number => (link === Link.ethernet ? 0 : -1);
