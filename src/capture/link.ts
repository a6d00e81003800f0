/**
 * Link headers: find the IP header behind the header of the capture's link type.
 *
 * Source: the LINKTYPE_ registry of the tcpdump group.
 */

import { parseEtherType } from './ethernet.ts';
import {
  Ethernet,
  EtherType,
  Hdlc,
  isCiscoHdlc,
  isMplsType,
  isVlanTag,
  Loopback,
  Sll,
  Sll2,
  Vlan,
} from './headers.ts';
import { u16be, u32 } from './integers.ts';
import { parseMpls } from './mpls.ts';
import { Link, type Packet, setNetwork } from './packet.ts';
import { parsePpp, parsePppoe } from './ppp.ts';
import { Layer, Reason, truncated } from './reason.ts';
import { parseRadiotap, parseWifi } from './wifi.ts';

/**
 * Fills `link`, `network` and `version` of the packet.
 *
 * @returns a Reason; 0 when the packet carries IPv4 or IPv6 by its link header.
 */
export function parseLink(packet: Packet): number {
  switch (packet.linkType) {
    case 1:
      packet.link = Link.ethernet;
      return parseEtherType(packet, Ethernet.type, Reason.llc);
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
      return parseEtherType(packet, Sll.type, Reason.linuxProtocol);
    case 276:
      packet.link = Link.sll2;
      return parseCooked2(packet);
    case 0:
    case 108:
      return parseLoopback(packet);
    case 9:
      packet.link = Link.ppp;
      return parsePpp(packet, 0);
    case 50:
    case 104:
      packet.link = Link.ppp;
      return parseHdlc(packet);
    case 51:
      packet.link = Link.ppp;
      return parsePppoe(packet, 0);
    case 105:
      return parseWifi(packet, false);
    case 127:
      return parseRadiotap(packet);
    default:
      packet.detail = packet.linkType;
      return Reason.linkType;
  }
}

function setIp(packet: Packet, link: Link, network: number, version: number): number {
  packet.link = link;
  return setNetwork(packet, network, version);
}

/** Raw IP: the first four bits are the version. */
function parseRaw(packet: Packet): number {
  if (packet.captured < 1) return truncated(packet, Layer.link);
  const version = packet.bytes[packet.start]! >> 4;
  if (version === 4 || version === 6) return setIp(packet, Link.none, 0, version);
  packet.detail = version;
  return Reason.notVersion;
}

/** Linux cooked v2: the protocol comes first, and tags or labels follow the header. */
function parseCooked2(packet: Packet): number {
  if (packet.captured < Sll2.size) return truncated(packet, Layer.link);
  const etherType = u16be(packet.bytes, packet.start + Sll2.type);
  if (etherType === EtherType.ipv4) return setNetwork(packet, Sll2.size, 4);
  if (etherType === EtherType.ipv6) return setNetwork(packet, Sll2.size, 6);
  if (isVlanTag(etherType)) return parseEtherType(packet, Sll2.size + Vlan.type, Reason.linuxProtocol);
  if (isMplsType(etherType)) return parseMpls(packet, Sll2.size);
  packet.detail = etherType;
  return etherType >= EtherType.least ? Reason.etherType : Reason.linuxProtocol;
}

/**
 * BSD null and loopback: a 4-byte address family, in the byte order of the capturing host (0) or of the network
 * (108). Families are small numbers, so the order shows itself.
 */
function parseLoopback(packet: Packet): number {
  if (packet.captured < Loopback.size) return truncated(packet, Layer.link);
  const big = u32(packet.bytes, packet.start, false);
  const family = big > 0xffff ? u32(packet.bytes, packet.start, true) : big;
  switch (family) {
    case 2:
      return setIp(packet, Link.loopback, Loopback.size, 4);
    // IPv6 is 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS, 10 on Linux.
    case 10:
    case 24:
    case 28:
    case 30:
      return setIp(packet, Link.loopback, Loopback.size, 6);
    default:
      packet.detail = family;
      return Reason.family;
  }
}

/** HDLC framing: the address tells PPP (255) from Cisco HDLC (RFC 1547; 15 unicast, 143 multicast), which has EtherTypes. */
function parseHdlc(packet: Packet): number {
  const { bytes, start, captured } = packet;
  if (captured < Hdlc.type) return truncated(packet, Layer.link);
  const address = bytes[start + Hdlc.address]!;
  if (isCiscoHdlc(address)) return parseEtherType(packet, Hdlc.type, Reason.etherType);
  if (address === 0xff) return parsePpp(packet, 0);
  packet.detail = address;
  return Reason.hdlcAddress;
}
