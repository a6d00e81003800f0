/** IPv4 with options, IPv6 with extension headers. */

import {
  Extension,
  ExtensionType,
  extensionSize,
  FragmentHeader,
  Ipv4,
  Ipv6,
  isExtension,
} from './headers.ts';
import { u16be } from './integers.ts';
import { Fragment, type Packet, Protocol } from './packet.ts';
import { Layer, Reason, truncated } from './reason.ts';
import { parseTransport } from './transport.ts';

/** IPv4 at `packet.network`, then the transport header. @returns a Reason, 0 when all headers are there. */
export function parseIpv4(packet: Packet): number {
  const view = packet.view;
  const network = packet.network;
  const at = packet.start + network;
  if (packet.captured < network + Ipv4.size) return truncatedUnlessVersion(packet, 4, Layer.ipv4);
  const first = view.getUint8(at);
  if (first >> 4 !== 4) return wrongVersion(packet, first >> 4, 4);
  const headerLength = (first & 15) << 2;
  if (headerLength < Ipv4.size) {
    packet.detail = headerLength;
    return Reason.ipv4HeaderLength;
  }
  if (packet.captured < network + headerLength) return truncated(packet, Layer.ipv4);
  const totalLength = view.getUint16(at + Ipv4.length);
  // 0 is what a capture below segmentation offload shows: the true length was not known yet.
  if (totalLength !== 0 && totalLength < headerLength) return Reason.ipv4TotalLength;
  const protocol = view.getUint8(at + Ipv4.protocol);
  const fragment = view.getUint16(at + Ipv4.flags) & 0x3fff;
  if (fragment !== 0) setFragment(packet, (fragment & 0x1fff) === 0, view.getUint16(at + Ipv4.id));
  packet.transport = network + headerLength;
  if (protocol !== Protocol.tcp && protocol !== Protocol.udp) {
    packet.detail = protocol;
    return Reason.ipProtocol;
  }
  if (packet.fragment === Fragment.later) return Reason.ipv4Fragment;
  packet.protocol = protocol;
  packet.source = network + Ipv4.source;
  packet.destination = network + Ipv4.destination;
  return parseTransport(packet, totalLength === 0 ? MAX_LENGTH : network + totalLength);
}

/** No limit but the captured bytes. */
const MAX_LENGTH = 0x7fffffff;

/** IPv6 at `packet.network`, then the transport header. @returns a Reason, 0 when all headers are there. */
export function parseIpv6(packet: Packet): number {
  const bytes = packet.bytes;
  const network = packet.network;
  const start = packet.start;
  const captured = packet.captured;
  if (captured < network + Ipv6.size) return truncatedUnlessVersion(packet, 6, Layer.ipv6);
  const version = bytes[start + network]! >> 4;
  if (version !== 6) return wrongVersion(packet, version, 6);
  const payloadLength = u16be(bytes, start + network + Ipv6.length);
  // 0 is a jumbogram (RFC 2675) or, as in IPv4, a length not known yet.
  const limit = payloadLength === 0 ? MAX_LENGTH : network + Ipv6.size + payloadLength;
  let next = bytes[start + network + Ipv6.next]!;
  let at = network + Ipv6.size;
  for (;;) {
    if (next === Protocol.tcp || next === Protocol.udp) {
      packet.protocol = next;
      packet.source = network + Ipv6.source;
      packet.destination = network + Ipv6.destination;
      packet.transport = at;
      return parseTransport(packet, limit);
    }
    const isFragment = next === ExtensionType.fragment;
    if (!isFragment && !isExtension(next)) {
      packet.transport = at;
      packet.detail = next;
      return Reason.ipProtocol;
    }
    if (at + Extension.size > captured) return truncated(packet, Layer.ipv6);
    const type = next;
    const from = start + at;
    next = bytes[from + Extension.next]!;
    at += extensionSize(type, bytes[from + Extension.length]!);
    if (!isFragment) continue;
    const fragment = u16be(bytes, from + FragmentHeader.offset) & 0xfff9;
    if (fragment !== 0) setFragment(packet, fragment < 8, packet.view.getUint32(from + FragmentHeader.id));
    if (fragment < 8) continue;
    // What follows is payload, so only the next header's number tells whose fragment it is.
    if (next === Protocol.tcp || next === Protocol.udp || isExtension(next)) return Reason.ipv6Fragment;
    packet.detail = next;
    return Reason.ipProtocol;
  }
}

function setFragment(packet: Packet, first: boolean, id: number): void {
  packet.fragment = first ? Fragment.first : Fragment.later;
  packet.fragmentNetwork = packet.network;
  packet.fragmentId = id;
}

function wrongVersion(packet: Packet, found: number, expected: 4 | 6): number {
  packet.detail = found;
  return expected === 4 ? Reason.notVersion4 : Reason.notVersion6;
}

/** A short packet that is not even of the right version is malformed, wherever it was cut. */
function truncatedUnlessVersion(packet: Packet, expected: 4 | 6, layer: number): number {
  if (packet.captured > packet.network) {
    const version = packet.bytes[packet.start + packet.network]! >> 4;
    if (version !== expected) return wrongVersion(packet, version, expected);
  }
  return truncated(packet, layer);
}
