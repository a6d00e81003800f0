/**
 * Link headers: find the IP header behind Ethernet with VLAN tags, Linux cooked, loopback or no link header.
 *
 * Sources: the LINKTYPE_ registry of the tcpdump group; IEEE 802.1Q for tags.
 */
import { u16be, u32 } from './bytes.ts';
import { Link, type Packet } from './packet.ts';
import { Layer, Reason } from './reason.ts';

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
/** Below this, the field after the MAC addresses is an IEEE 802.3 length and no EtherType. */
const FIRST_ETHER_TYPE = 0x0600;

/**
 * Fills `link`, `network` and `version` of the packet.
 *
 * @returns a Reason; 0 when the packet carries IPv4 or IPv6 by its link header.
 */
export function parseLink(packet: Packet): number {
  switch (packet.linkType) {
    case 1:
      packet.link = Link.ethernet;
      return followEtherType(packet, 12, Reason.llc);
    case 12:
    case 14:
    case 101:
      return parseRaw(packet);
    case 228:
      return setIp(packet, Link.none, 0, 4);
    case 229:
      return setIp(packet, Link.none, 0, 6);
    case 113:
      packet.link = Link.sll;
      return followEtherType(packet, 14, Reason.linuxProtocol);
    case 276:
      packet.link = Link.sll2;
      return parseCooked2(packet);
    case 0:
    case 108:
      return parseLoopback(packet);
    default:
      packet.detail = packet.linkType;
      return Reason.linkType;
  }
}

/** The packet ends too early: because the capture kept only its beginning, or because it is malformed. */
export function cut(packet: Packet, layer: number): number {
  if (packet.captured < packet.original) return Reason.snapLength;
  packet.detail = layer;
  return Reason.endsInside;
}

function setIp(packet: Packet, link: Link, network: number, version: number): number {
  packet.link = link;
  packet.network = network;
  packet.version = version;
  return Reason.none;
}

/** True for the tag protocol identifiers of 802.1Q, 802.1ad and their vendors' forerunners for stacked tags. */
function isVlanTag(etherType: number): boolean {
  return (
    etherType === 0x8100 ||
    etherType === 0x88a8 ||
    etherType === 0x9100 ||
    etherType === 0x9200 ||
    etherType === 0x9300
  );
}

/** From the EtherType at `at` through any VLAN tags to the network header. */
function followEtherType(packet: Packet, at: number, belowEtherTypes: number): number {
  const bytes = packet.bytes;
  const start = packet.start;
  const captured = packet.captured;
  for (;;) {
    if (at + 2 > captured) return cut(packet, Layer.link);
    const etherType = u16be(bytes, start + at);
    at += 2;
    if (etherType === IPV4) return setIp(packet, packet.link, at, 4);
    if (etherType === IPV6) return setIp(packet, packet.link, at, 6);
    if (isVlanTag(etherType)) {
      at += 2;
      continue;
    }
    packet.detail = etherType;
    if (etherType >= FIRST_ETHER_TYPE) return Reason.etherType;
    if (belowEtherTypes === Reason.llc) packet.detail = 0;
    return belowEtherTypes;
  }
}

/** Raw IP: the first four bits are the version. */
function parseRaw(packet: Packet): number {
  if (packet.captured < 1) return cut(packet, Layer.link);
  const version = packet.bytes[packet.start]! >> 4;
  if (version === 4 || version === 6) return setIp(packet, Link.none, 0, version);
  packet.detail = version;
  return Reason.notVersion;
}

/** Linux cooked v2: the protocol comes first, and tags follow the 20-byte header. */
function parseCooked2(packet: Packet): number {
  if (packet.captured < 20) return cut(packet, Layer.link);
  const etherType = u16be(packet.bytes, packet.start);
  if (etherType === IPV4) return setIp(packet, Link.sll2, 20, 4);
  if (etherType === IPV6) return setIp(packet, Link.sll2, 20, 6);
  if (isVlanTag(etherType)) return followEtherType(packet, 22, Reason.linuxProtocol);
  packet.detail = etherType;
  return etherType >= FIRST_ETHER_TYPE ? Reason.etherType : Reason.linuxProtocol;
}

/**
 * BSD null and loopback: a 4-byte address family, in the byte order of the capturing host (0) or of the network
 * (108). Families are small numbers, so the order shows itself.
 */
function parseLoopback(packet: Packet): number {
  if (packet.captured < 4) return cut(packet, Layer.link);
  const big = u32(packet.bytes, packet.start, false);
  const family = big > 0xffff ? u32(packet.bytes, packet.start, true) : big;
  switch (family) {
    case 2:
      return setIp(packet, Link.loopback, 4, 4);
    // IPv6 is 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS, 10 on Linux.
    case 10:
    case 24:
    case 28:
    case 30:
      return setIp(packet, Link.loopback, 4, 6);
    default:
      packet.detail = family;
      return Reason.family;
  }
}
