/**
 * The one packet view that readers fill and decoders complete: offsets into the reader's buffer, nothing copied.
 *
 * A view is reused for every packet of a file, and its bytes are only valid until the next one is asked for.
 */

/** Link-layer header in front of the network header; decides where the MAC addresses are. */
export const Link = {
  /** No link header (raw IP). */ none: 0,
  /** Ethernet II, with any VLAN tags: destination MAC at 0, source MAC at 6. */ ethernet: 1,
  /** BSD null or loopback: a 4-byte address family. */ loopback: 2,
  /** Linux cooked v1 (16 bytes): source address at 6, its length at 4. */ sll: 3,
  /** Linux cooked v2 (20 bytes): source address at 12, its length at 11. */ sll2: 4,
} as const;
export type Link = (typeof Link)[keyof typeof Link];

/** IP protocol numbers that make sessions. */
export const Protocol = { tcp: 6, udp: 17 } as const;

/** Headers are never longer than this: offsets fit in 16 bits. */
export const MAX_HEADER_BYTES = 65535;

/** A packet record and, once decoded, where its headers are. Offsets count from the first byte of the packet. */
export interface Packet {
  /** The reader's buffer. */
  bytes: Uint8Array;
  /** Where in `bytes` the packet begins. */
  start: number;
  /** Bytes of the packet that the capture holds and that may be read from `start` on. */
  captured: number;
  /** Bytes of the packet on the wire, as the record says. */
  original: number;
  /** Whole seconds since 1970. */
  seconds: number;
  /** Nanoseconds within the second, 0 … 999,999,999. */
  nanoseconds: number;
  /** Whether the record has a time stamp of its own; if not, the time is that of the record before it. */
  timed: boolean;
  /** The capture's link type (LINKTYPE_ value). */
  linkType: number;
  /** Which record of the file this is, from 1. */
  record: number;
  /** Byte offset of the record in the (decompressed) file. */
  offset: number;
  /** A Reason when the record itself is damaged and must not be decoded, otherwise 0. */
  damage: number;
  /** What a Reason is about: a link type, an EtherType, a protocol number, … */
  detail: number;

  /** Set by the decoder: see Link. */
  link: Link;
  /** 4 or 6. */
  version: number;
  /** Protocol.tcp or Protocol.udp. */
  protocol: number;
  /** Offset of the IPv4 or IPv6 header. */
  network: number;
  /** Offset of the TCP or UDP header. */
  transport: number;
  /** Offset of the first byte after the transport header (with TCP options): the number of header bytes. */
  headerEnd: number;
  /** Offset of the source address (4 or 16 bytes). */
  source: number;
  /** Offset of the destination address (4 or 16 bytes). */
  destination: number;
  sourcePort: number;
  destinationPort: number;
}

/** A view with nothing in it; all its fields have their final types, so that its shape never changes. */
export function createPacket(): Packet {
  return {
    bytes: new Uint8Array(0),
    start: 0,
    captured: 0,
    original: 0,
    seconds: 0,
    nanoseconds: 0,
    timed: false,
    linkType: 0,
    record: 0,
    offset: 0,
    damage: 0,
    detail: 0,
    link: Link.none,
    version: 0,
    protocol: 0,
    network: 0,
    transport: 0,
    headerEnd: 0,
    source: 0,
    destination: 0,
    sourcePort: 0,
    destinationPort: 0,
  };
}
