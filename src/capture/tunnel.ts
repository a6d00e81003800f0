/**
 * Tunnels: from a packet to the packet that it carries.
 *
 * What is around the packet inside is taken off, so that its headers are those of its own link layer (Ethernet) or
 * begin with IP (none). A UDP datagram to the port of a tunnel that does not hold what the tunnel would is no tunnel.
 *
 * Sources: RFC 2784, 2890 and 2637 (GRE), 2003 (IPv4 in IP), 2473 and 4213 (IPv6 in IP), 7348 (VXLAN), 8926 (GENEVE),
 * 3GPP TS 29.281 (GTP-U), draft-foschiano-erspan (ERSPAN); TZSP as Wireshark's packet-tzsp.c has it.
 */

import { parseEtherType } from './ethernet.ts';
import {
  Erspan2,
  Erspan3,
  Ethernet,
  EtherType,
  Geneve,
  Gre,
  Gtp,
  isMplsType,
  Tzsp,
  Vxlan,
} from './headers.ts';
import { u16be } from './integers.ts';
import { parseMpls } from './mpls.ts';
import { decapsulate, Fragment, Link, type Packet, Protocol, setNetwork } from './packet.ts';
import { parsePpp } from './ppp.ts';
import { Layer, Reason, truncated } from './reason.ts';
import { parsePrism, parseWifi } from './wifi.ts';

/** The packet is in no tunnel (any more). */
export const NO_TUNNEL = -1;

/**
 * What a packet is that would be entered: `VXLAN`, `GRE`, …; undefined when it is in no tunnel. The view shows the packet
 * inside afterwards, and is of no use any more.
 *
 * @param reason what became of the packet outside
 */
export function tunnelOf(packet: Packet, reason: number): string | undefined {
  const { version, detail, transport, destinationPort, start, captured, view } = packet;
  const port = reason === Reason.none;
  if (!port && (reason !== Reason.ipProtocol || !(detail in protocolTunnels))) return undefined;
  if (port && !isTunnelPort(destinationPort)) return undefined;
  const entered = enterTunnel(packet, reason);
  packet.virtualNetwork = 0;
  if (entered === NO_TUNNEL) return undefined;
  if (port) return portTunnels[destinationPort];
  if (detail !== 47) return version === 6 ? `${protocolTunnels[detail]}v6` : protocolTunnels[detail];
  const carried = captured < transport + Gre.size ? 0 : view.getUint16(start + transport + Gre.protocol);
  return carried === EtherType.erspan2 || carried === EtherType.erspan3 ? 'ERSPAN' : 'GRE';
}

/** Whether a UDP datagram to this port may be a tunnel. */
export function isTunnelPort(port: number): boolean {
  switch (port) {
    case 2152:
    case 4789:
    case 6081:
    case 8472:
    case 37008:
      return true;
    default:
      return false;
  }
}

const portTunnels: Readonly<Record<number, string>> = {
  2152: 'GTP-U',
  4789: 'VXLAN',
  6081: 'GENEVE',
  8472: 'VXLAN',
  37008: 'TZSP',
};
const protocolTunnels: Readonly<Record<number, string>> = { 4: 'IPv4 in IP', 41: 'IPv6 in IP', 47: 'GRE' };

/**
 * Enters the tunnel that a packet is, if it is one: what the view then shows is the packet inside, up to its IP header.
 *
 * @param reason what became of the packet outside
 * @returns 0 when inside, NO_TUNNEL, or the Reason why there is nothing inside that can be part of a session
 */
export function enterTunnel(packet: Packet, reason: number): number {
  if (reason === Reason.ipProtocol) return enterProtocol(packet);
  if (reason !== Reason.none || packet.protocol !== Protocol.udp) return NO_TUNNEL;
  switch (packet.destinationPort) {
    case 4789:
    case 8472: // the port of Linux before there was a standard
      return enterVxlan(packet);
    case 6081:
      return enterGeneve(packet);
    case 2152:
      return enterGtp(packet);
    case 37008:
      return enterTzsp(packet);
    default:
      return NO_TUNNEL;
  }
}

/** Tunnels with an IP protocol number of their own. */
function enterProtocol(packet: Packet): number {
  const { detail, transport } = packet;
  if (detail !== 4 && detail !== 41 && detail !== 47) return NO_TUNNEL;
  if (packet.fragment === Fragment.later)
    return packet.version === 4 ? Reason.ipv4Fragment : Reason.ipv6Fragment;
  if (detail === 47) return enterGre(packet, transport);
  return enterIp(packet, transport, detail === 4 ? 4 : 6);
}

function enterIp(packet: Packet, at: number, version: number): number {
  decapsulate(packet, at);
  packet.link = Link.none;
  return setNetwork(packet, 0, version);
}

function enterEthernet(packet: Packet, at: number): number {
  decapsulate(packet, at);
  packet.link = Link.ethernet;
  return parseEtherType(packet, Ethernet.type, Reason.llc);
}

/** Also takes off what was found in front of the IP header. */
function enterFound(packet: Packet, reason: number): number {
  return reason === Reason.none ? enterIp(packet, packet.network, packet.version) : reason;
}

function enterGre(packet: Packet, at: number): number {
  const { bytes, start, captured } = packet;
  if (captured < at + Gre.size) return truncated(packet, Layer.tunnel);
  const flags = u16be(bytes, start + at + Gre.flags);
  const carried = u16be(bytes, start + at + Gre.protocol);
  const version = flags & 7;
  const sequence = (flags & 0x1000) !== 0;
  // Version 1 carries PPP; without sequence number it only acknowledges. Source routes were abolished.
  if (version > 1 || (flags & 0x4000) !== 0 || (version === 1 && (carried !== EtherType.ppp || !sequence))) {
    packet.detail = flags;
    return Reason.gre;
  }
  let inside = at + Gre.size;
  if ((flags & 0x8000) !== 0) inside += 4;
  if ((flags & 0x2000) !== 0) inside += 4;
  if (sequence) inside += 4;
  if (version === 1 && (flags & 0x80) !== 0) inside += 4;
  if (captured < inside) return truncated(packet, Layer.tunnel);
  if (carried === EtherType.ipv4) return enterIp(packet, inside, 4);
  if (carried === EtherType.ipv6) return enterIp(packet, inside, 6);
  if (carried === EtherType.ethernet) return enterEthernet(packet, inside);
  // Type I has no header of its own, and no sequence number in front of it.
  if (carried === EtherType.erspan2) return enterEthernet(packet, sequence ? inside + Erspan2.size : inside);
  if (carried === EtherType.erspan3) return enterErspan3(packet, inside);
  if (isMplsType(carried)) return enterFound(packet, parseMpls(packet, inside));
  if (carried === EtherType.ppp) return enterFound(packet, parsePpp(packet, inside));
  packet.detail = carried;
  return Reason.etherType;
}

/** Frames (0) or IP packets (2), perhaps behind eight bytes about the platform. */
function enterErspan3(packet: Packet, at: number): number {
  if (packet.captured < at + Erspan3.size) return truncated(packet, Layer.tunnel);
  const frame = u16be(packet.bytes, packet.start + at + Erspan3.frame);
  const inside = at + Erspan3.size + ((frame & 1) !== 0 ? 8 : 0);
  if (((frame >> 10) & 31) !== 2) return enterEthernet(packet, inside);
  if (packet.captured < inside + 1) return truncated(packet, Layer.tunnel);
  return enterIp(packet, inside, packet.bytes[packet.start + inside]! >> 4 === 6 ? 6 : 4);
}

/** What an access point or router mirrors: Ethernet or IEEE 802.11 frames behind tags, the last of which is 1. */
function enterTzsp(packet: Packet): number {
  const { bytes, start, captured, headerEnd: at } = packet;
  if (captured < at + Tzsp.size) return tooShort(packet);
  // Version 1; type 0 is a received frame, 1 one to be sent.
  if (bytes[start + at + Tzsp.version] !== 1 || bytes[start + at + Tzsp.type]! > 1) return NO_TUNNEL;
  const carried = u16be(bytes, start + at + Tzsp.protocol);
  let inside = at + Tzsp.size;
  for (;;) {
    if (captured < inside + 1) return tooShort(packet);
    const tag = bytes[start + inside++]!;
    if (tag === 1) break;
    if (tag === 0) continue;
    if (captured < inside + 1) return tooShort(packet);
    inside += 1 + bytes[start + inside]!;
  }
  if (carried === 1) return enterEthernet(packet, inside);
  if (carried !== 18 && carried !== 119) return NO_TUNNEL;
  decapsulate(packet, inside);
  return carried === 119 ? parsePrism(packet) : parseWifi(packet, false);
}

/** Where the capture has kept too little of a datagram to see whether it is a tunnel, it may be one. */
function tooShort(packet: Packet): number {
  return packet.captured < packet.original ? Reason.snapLength : NO_TUNNEL;
}

function enterVxlan(packet: Packet): number {
  const { bytes, headerEnd: at } = packet;
  if (packet.captured < at + Vxlan.size) return tooShort(packet);
  const hasNetwork = (bytes[packet.start + at + Vxlan.flags]! & 0x08) !== 0;
  if (!hasNetwork) return NO_TUNNEL;
  packet.virtualNetwork = (packet.view.getUint32(packet.start + at + Vxlan.network) >>> 8) + 1;
  return enterEthernet(packet, at + Vxlan.size);
}

function enterGeneve(packet: Packet): number {
  const { bytes, start, headerEnd: at } = packet;
  if (packet.captured < at + Geneve.size) return tooShort(packet);
  const first = bytes[start + at + Geneve.version]!;
  if (first >> 6 !== 0) return NO_TUNNEL;
  const inside = at + Geneve.size + ((first & 0x3f) << 2);
  const carried = u16be(bytes, start + at + Geneve.protocol);
  if (carried === EtherType.ethernet || carried === EtherType.ipv4 || carried === EtherType.ipv6)
    packet.virtualNetwork = (packet.view.getUint32(start + at + Geneve.network) >>> 8) + 1;
  switch (carried) {
    case EtherType.ethernet:
      return enterEthernet(packet, inside);
    case EtherType.ipv4:
      return enterIp(packet, inside, 4);
    case EtherType.ipv6:
      return enterIp(packet, inside, 6);
    default:
      return NO_TUNNEL;
  }
}

/** GTP version 1, of which only messages of type 255 carry packets. */
function enterGtp(packet: Packet): number {
  const { bytes, start, captured, headerEnd: at } = packet;
  if (captured < at + Gtp.size) return tooShort(packet);
  const flags = bytes[start + at + Gtp.flags]!;
  if ((flags & 0xf0) !== 0x30 || bytes[start + at + Gtp.type] !== 255) return NO_TUNNEL;
  let inside = at + Gtp.size;
  if ((flags & 7) !== 0) {
    inside += 4;
    if (captured < inside) return tooShort(packet);
    let next = (flags & 4) === 0 ? 0 : bytes[start + inside - 1]!;
    while (next !== 0) {
      if (captured < inside + 1) return tooShort(packet);
      const length = bytes[start + inside]! << 2;
      if (length === 0) return NO_TUNNEL;
      inside += length;
      if (captured < inside) return tooShort(packet);
      next = bytes[start + inside - 1]!;
    }
  }
  if (captured < inside + 1) return tooShort(packet);
  const version = bytes[start + inside]! >> 4;
  return version === 4 || version === 6 ? enterIp(packet, inside, version) : NO_TUNNEL;
}
