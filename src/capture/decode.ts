/** From a packet record to the offsets of its headers. */

import { Ethernet, EtherType, Ipv4, Tcp, Udp } from './headers.ts';
import { parseIpv4, parseIpv6 } from './internet.ts';
import { parseLink } from './link.ts';
import { Fragment, Link, type Packet, Protocol } from './packet.ts';
import { INSIDE_TUNNEL } from './reason.ts';
import { enterTunnel, NO_TUNNEL } from './tunnel.ts';

/** Whose packets make sessions where one is carried by another: `outer` does not look into tunnels. */
export type Tunnels = 'outer' | 'inner';

/**
 * Completes a packet view: link, network and transport offsets, addresses, ports, number of header bytes.
 *
 * With `inner`, the view is moved to the innermost packet; see enterTunnel.
 *
 * @returns 0 when the packet can be part of a session, otherwise the Reason why not, with `packet.detail`.
 */
export function decodePacket(packet: Packet, tunnels: Tunnels = 'outer'): number {
  if (packet.damage !== 0) return packet.damage;
  packet.detail = 0;
  packet.fragment = Fragment.none;
  if (tunnels === 'inner') return decodeInner(packet);
  return packet.linkType === 1 && decodeCommon(packet) ? 0 : decodeAny(packet);
}

/** Any packet, header by header. */
export function decodeAny(packet: Packet): number {
  const reason = parseLink(packet);
  return reason === 0 ? parseIp(packet) : reason;
}

function parseIp(packet: Packet): number {
  return packet.version === 4 ? parseIpv4(packet) : parseIpv6(packet);
}

function decodeInner(packet: Packet): number {
  packet.virtualNetwork = 0;
  let reason = decodeAny(packet);
  for (let depth = 0; ; depth++) {
    const entered = enterTunnel(packet, reason);
    if (entered === NO_TUNNEL) return reason === 0 || depth === 0 ? reason : reason + INSIDE_TUNNEL;
    if (entered !== 0) return entered + INSIDE_TUNNEL;
    reason = parseIp(packet);
  }
}

/** Offsets in an Ethernet frame with plain IPv4. Local constants are folded by the compiler, those of a module are not. */
const TYPE = Ethernet.type;
const TYPE_IPV4 = EtherType.ipv4;
const IP = Ethernet.size;
const FLAGS = IP + Ipv4.flags;
const PROTOCOL = IP + Ipv4.protocol;
const SOURCE = IP + Ipv4.source;
const DESTINATION = IP + Ipv4.destination;
const TRANSPORT = IP + Ipv4.size;
const TCP_OFFSET = TRANSPORT + Tcp.offset;
const TCP_END = TRANSPORT + Tcp.size;
const UDP_END = TRANSPORT + Udp.size;

/**
 * The short way for nearly all packets: Ethernet II, IPv4 without options or fragments, TCP or UDP, all headers there.
 * In one function it is compiled long before the parsers of all headers would be.
 *
 * @returns false, having changed nothing, when the packet is another one; otherwise the result of decodeAny
 */
export function decodeCommon(packet: Packet): boolean {
  const { view, start, captured } = packet;
  if (captured < UDP_END || view.getUint16(start + TYPE) !== TYPE_IPV4) return false;
  const versionToLength = view.getUint32(start + IP);
  // Version 4, 20 bytes of header; no fragment offset and no more fragments.
  if (versionToLength >>> 24 !== 0x45 || (view.getUint16(start + FLAGS) & 0x3fff) !== 0) return false;
  const protocol = view.getUint8(start + PROTOCOL);
  let end = UDP_END;
  if (protocol === Protocol.tcp) {
    if (captured < TCP_END) return false;
    end = TRANSPORT + ((view.getUint8(start + TCP_OFFSET) >>> 4) << 2);
    if (end < TCP_END) return false;
  } else if (protocol !== Protocol.udp) return false;
  if (end > captured || end > IP + (versionToLength & 0xffff)) return false;
  const ports = view.getUint32(start + TRANSPORT);
  packet.link = Link.ethernet;
  packet.version = 4;
  packet.protocol = protocol;
  packet.network = IP;
  packet.transport = TRANSPORT;
  packet.headerEnd = end;
  packet.source = SOURCE;
  packet.destination = DESTINATION;
  packet.sourcePort = ports >>> 16;
  packet.destinationPort = ports & 0xffff;
  return true;
}
