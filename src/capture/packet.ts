/**
 * The one packet view that readers fill and decoders complete: offsets into the reader's buffer, nothing copied.
 *
 * A view is reused for every packet of a file, and its bytes are only valid until the next one is asked for.
 */

/**
 * Link-layer header in front of the network header; decides where the MAC addresses are (locate.ts).
 *
 * Between it and the network header there can be VLAN tags, MPLS labels, and behind Ethernet also LLC with SNAP or
 * PPPoE with PPP.
 */
export const Link = {
  /** No link header (raw IP). */ none: 0,
  ethernet: 1,
  /** BSD null or loopback. */ loopback: 2,
  /** Linux cooked v1. */ sll: 3,
  /** Linux cooked v2. */ sll2: 4,
  /** PPP with or without HDLC framing, PPPoE without Ethernet, Cisco HDLC: no addresses. */ ppp: 5,
  /**
   * IEEE 802.11 data frame, from its frame control field on, then LLC with SNAP: what the capturing host put in front
   * (radiotap) is removed.
   */ wifi: 6,
} as const;
export type Link = (typeof Link)[keyof typeof Link];

/** IP protocol numbers that make sessions. */
export const Protocol = { tcp: 6, udp: 17 } as const;

/** What of an IP datagram a packet holds. */
export const Fragment = { /** All of it. */ none: 0, first: 1, later: 2 } as const;

/** Headers are never longer than this: offsets fit in 16 bits. */
export const MAX_HEADER_BYTES = 65535;

/** A packet record and, once decoded, where its headers are. Offsets count from the first byte of the packet. */
export interface Packet {
  /** The reader's buffer. */
  bytes: Uint8Array;
  /** The same buffer: one load for a field of several bytes. */
  view: DataView;
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
  /** See Fragment. With a later one, only the fields from here on are set. */
  fragment: number;
  /** Offset of the IP header that tells about the fragment; negative where it is outside the tunnel. */
  fragmentNetwork: number;
  /** Its identification: 16 bits (IPv4) or 32 (IPv6). */
  fragmentId: number;
}

/** A view with nothing in it; all its fields have their final types, so that its shape never changes. */
export function createPacket(): Packet {
  const nothing = new Uint8Array(0);
  return {
    bytes: nothing,
    view: new DataView(nothing.buffer),
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
    fragment: Fragment.none,
    fragmentNetwork: 0,
    fragmentId: 0,
  };
}

/** The IP header is found. @returns 0, no Reason to leave the packet out */
export function setNetwork(packet: Packet, network: number, version: number): number {
  packet.network = network;
  packet.version = version;
  return 0;
}

/** The record itself is damaged, for this Reason: nothing of it can be read. */
export function setDamage(packet: Packet, reason: number): void {
  packet.damage = reason;
  packet.detail = 0;
  packet.timed = false;
  packet.captured = 0;
  packet.original = 0;
}

/**
 * Removes what is around a packet: what a capturing host put in front, or a tunnel. All offsets count from the new
 * beginning.
 */
export function decapsulate(packet: Packet, bytes: number): void {
  packet.start += bytes;
  packet.captured = Math.max(0, packet.captured - bytes);
  packet.original = Math.max(0, packet.original - bytes);
  packet.network -= bytes;
  packet.fragmentNetwork -= bytes;
}
