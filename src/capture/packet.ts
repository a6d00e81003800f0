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

const EMPTY = new Uint8Array(0);

/**
 * A packet record and, once decoded, where its headers are. Offsets count from the first byte of the packet. All fields
 * have their final types from the beginning, so that the shape of a view never changes.
 */
export class Packet {
  /** The reader's buffer. */
  bytes: Uint8Array = EMPTY;
  /** The same buffer: one load for a field of several bytes. */
  view: DataView = new DataView(EMPTY.buffer);
  /** Where in `bytes` the packet begins. */
  start = 0;
  /** Bytes of the packet that the capture holds and that may be read from `start` on. */
  captured = 0;
  /** Bytes of the packet on the wire, as the record says. */
  original = 0;
  /** Whole seconds since 1970. */
  seconds = 0;
  /** Nanoseconds within the second, 0 … 999,999,999. */
  nanoseconds = 0;
  /** Whether the record has a time stamp of its own; if not, the time is that of the record before it. */
  timed = false;
  /** The capture's link type (LINKTYPE_ value). */
  linkType = 0;
  /** Which record of the file this is, from 1. */
  record = 0;
  /** Byte offset of the record in the (decompressed) file. */
  offset = 0;
  /** A Reason when the record itself is damaged and must not be decoded, otherwise 0. */
  damage = 0;
  /** What a Reason is about: a link type, an EtherType, a protocol number, … */
  detail = 0;

  /** Set by the decoder: see Link. */
  link: Link = Link.none;
  /** 4 or 6. */
  version = 0;
  /** Protocol.tcp or Protocol.udp. */
  protocol = 0;
  /** Offset of the IPv4 or IPv6 header. */
  network = 0;
  /** Offset of the TCP or UDP header. */
  transport = 0;
  /** Offset of the first byte after the transport header (with TCP options): the number of header bytes. */
  headerEnd = 0;
  /** Offset of the source address (4 or 16 bytes). */
  source = 0;
  /** Offset of the destination address (4 or 16 bytes). */
  destination = 0;
  sourcePort = 0;
  destinationPort = 0;
  /** See Fragment. With a later one, only the fields from here on are set. */
  fragment: number = Fragment.none;
  /** Offset of the IP header that tells about the fragment; negative where it is outside the tunnel. */
  fragmentNetwork = 0;
  /** Its identification: 16 bits (IPv4) or 32 (IPv6). */
  fragmentId = 0;
  /** 1 + the identifier of the virtual network (VXLAN, GENEVE) whose tunnel the packet was taken out of; 0 for none. */
  virtualNetwork = 0;
}

/** A view with nothing in it. */
export const createPacket = (): Packet => new Packet();

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
