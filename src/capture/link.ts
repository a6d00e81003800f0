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
  Nflog,
  NflogField,
  Ppi,
  Sll,
  Sll2,
  Vlan,
} from './headers.ts';
import { u16, u16be, u32 } from './integers.ts';
import { parseMpls } from './mpls.ts';
import { decapsulate, Link, type Packet, setNetwork } from './packet.ts';
import { parsePpp, parsePppoe } from './ppp.ts';
import { Layer, Reason, truncated } from './reason.ts';
import { parsePrism, parseRadiotap, parseWifi } from './wifi.ts';

/**
 * Fills `link`, `network` and `version` of the packet.
 *
 * @returns a Reason; 0 when the packet carries IPv4 or IPv6 by its link header.
 */
export function parseLink(packet: Packet): number {
  return parseLinkType(packet, packet.linkType);
}

function parseLinkType(packet: Packet, linkType: number): number {
  switch (linkType) {
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
      // Some captures of Cisco HDLC have this type; no protocol of PPP begins like its addresses.
      return packet.captured > 0 && isCiscoHdlc(packet.bytes[packet.start]!)
        ? parseHdlc(packet)
        : parsePpp(packet, 0);
    case 50:
    case 104:
      packet.link = Link.ppp;
      return parseHdlc(packet);
    case 51:
      packet.link = Link.ppp;
      return parsePppoe(packet, 0);
    case 105:
      return parseWifi(packet, false);
    case 119:
      return parsePrism(packet);
    case 127:
      return parseRadiotap(packet);
    case 192:
      return parsePpi(packet);
    case 239:
      return parseNflog(packet);
    default:
      packet.detail = linkType;
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

/** Per-Packet Information is taken off; its header states the link type of what follows. */
function parsePpi(packet: Packet): number {
  const { bytes, start, captured } = packet;
  if (captured < Ppi.size) return truncated(packet, Layer.capture);
  const length = u16(bytes, start + Ppi.length, true);
  const linkType = u32(bytes, start + Ppi.linkType, true);
  if (length < Ppi.size) {
    packet.detail = length;
    return Reason.captureHeader;
  }
  if (captured < length) return truncated(packet, Layer.capture);
  decapsulate(packet, length);
  packet.detail = linkType;
  // What such a header carries another in is none.
  return linkType === 192 ? Reason.linkType : parseLinkType(packet, linkType);
}

/** The field of a packet that the firewall of Linux has logged which holds the packet itself. */
const NFLOG_PAYLOAD = 9;

/** Fields up to the one that is the packet are taken off. Their byte order is the host's: types are small numbers. */
function parseNflog(packet: Packet): number {
  const { bytes, start, captured } = packet;
  let at = Nflog.size;
  for (;;) {
    if (captured < at + NflogField.size) return truncated(packet, Layer.capture);
    const little = (bytes[start + at + NflogField.type + 1]! & 0x3f) === 0;
    const length = u16(bytes, start + at + NflogField.length, little);
    if (length < NflogField.size) {
      packet.detail = length;
      return Reason.captureHeader;
    }
    // The lower bits: some flags are kept in the upper two.
    if ((u16(bytes, start + at + NflogField.type, little) & 0x3fff) === NFLOG_PAYLOAD) break;
    at += (length + 3) & ~3;
  }
  decapsulate(packet, at + NflogField.size);
  return parseRaw(packet);
}
