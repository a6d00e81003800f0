/**
 * Where fields are in a packet's header bytes (RFC 791, 768, 8200, 9293, IEEE 802.3 and 802.11,
 * LINKTYPE_ registry of the tcpdump group).
 */
import { Link } from '../session/index.ts';
import type { SessionBytes } from './session-bytes.ts';

/** Offsets in an IPv4 header. */
export const Ipv4 = { tos: 1, length: 2, id: 4, flags: 6, ttl: 8, protocol: 9, checksum: 10 } as const;
/** Offsets in an IPv6 header. */
export const Ipv6 = { length: 4, next: 6, hops: 7 } as const;
/** Offsets in a TCP header; the ports are those of UDP. */
export const Tcp = {
  sequence: 4,
  acknowledgment: 8,
  offset: 12,
  flags: 13,
  window: 14,
  checksum: 16,
  urgent: 18,
} as const;
/** Offsets in a UDP header. */
export const Udp = { sourcePort: 0, destinationPort: 2, length: 4, checksum: 6 } as const;

/** Bytes of an IP header without options or extension headers. */
export const ipHeaderSize = (version: number): number => (version === 6 ? 40 : 20);
/** Bytes of a TCP header without options, and of a UDP header. */
export const TCP_SIZE = 20;
export const UDP_SIZE = 8;

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
    case Link.wifi: {
      const ways = bytes[start + 1]! & 3;
      return ways === 3 ? 24 : ways === 2 ? 16 : 10;
    }
    default:
      return -1;
  }
}

/** Offset of the receiver's MAC address, −1 where the link header has none. */
export function destinationMac(link: number, bytes: Uint8Array, start: number): number {
  if (link === Link.ethernet) return 0;
  if (link === Link.wifi) return (bytes[start + 1]! & 1) === 1 ? 16 : 4;
  return -1;
}

/** Whether packet p goes the way of the first one: from the initiator to the responder. */
export const isForward = (session: SessionBytes, p: number): boolean =>
  session.fromInitiator[p] === session.fromInitiator[0];

/** Offset of the address of one end in packet p. */
export function addressOf(session: SessionBytes, p: number, initiator: boolean): number {
  const place = isForward(session, p) === initiator ? sourceAddress : destinationAddress;
  return place(session.version[p]!, session.network[p]!);
}

/** Offset of the port of one end in packet p. */
export const portOf = (session: SessionBytes, p: number, initiator: boolean): number =>
  session.transport[p]! + (isForward(session, p) === initiator ? Udp.sourcePort : Udp.destinationPort);

/** Offset of the MAC address of one end in packet p, −1 where the link header has none. */
export function macOf(session: SessionBytes, p: number, initiator: boolean): number {
  const place = isForward(session, p) === initiator ? sourceMac : destinationMac;
  return place(session.link[p]!, session.bytes, p * session.stride);
}
