/**
 * IPv4 (RFC 791) with options, IPv6 (RFC 8200) with extension headers (also RFC 4302, 6275, 7401, 5533).
 */
import { u16be } from './bytes.ts';
import { Fragment, type Packet, Protocol } from './packet.ts';
import { cut, Layer, Reason } from './reason.ts';
import { parseTransport } from './transport.ts';

/** IPv4 at `packet.network`, then the transport header. @returns a Reason, 0 when all headers are there. */
export function parseIpv4(packet: Packet): number {
  const view = packet.view;
  const network = packet.network;
  const at = packet.start + network;
  if (packet.captured < network + 20) return cutUnlessVersion(packet, 4, Layer.ipv4);
  const first = view.getUint8(at);
  if (first >> 4 !== 4) return wrongVersion(packet, first >> 4, 4);
  const headerLength = (first & 15) << 2;
  if (headerLength < 20) {
    packet.detail = headerLength;
    return Reason.ipv4HeaderLength;
  }
  if (packet.captured < network + headerLength) return cut(packet, Layer.ipv4);
  const totalLength = view.getUint16(at + 2);
  // 0 is what a capture below segmentation offload shows: the true length was not known yet.
  if (totalLength !== 0 && totalLength < headerLength) return Reason.ipv4TotalLength;
  const protocol = view.getUint8(at + 9);
  const fragment = view.getUint16(at + 6) & 0x3fff;
  if (fragment !== 0) setFragment(packet, (fragment & 0x1fff) === 0, view.getUint16(at + 4));
  packet.transport = network + headerLength;
  if (protocol !== Protocol.tcp && protocol !== Protocol.udp) {
    packet.detail = protocol;
    return Reason.ipProtocol;
  }
  if (packet.fragment === Fragment.later) return Reason.ipv4Fragment;
  packet.protocol = protocol;
  packet.source = network + 12;
  packet.destination = network + 16;
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
  if (captured < network + 40) return cutUnlessVersion(packet, 6, Layer.ipv6);
  const version = bytes[start + network]! >> 4;
  if (version !== 6) return wrongVersion(packet, version, 6);
  const payloadLength = u16be(bytes, start + network + 4);
  // 0 is a jumbogram (RFC 2675) or, as in IPv4, a length not known yet.
  const limit = payloadLength === 0 ? MAX_LENGTH : network + 40 + payloadLength;
  let next = bytes[start + network + 6]!;
  let at = network + 40;
  for (;;) {
    switch (next) {
      case Protocol.tcp:
      case Protocol.udp:
        packet.protocol = next;
        packet.source = network + 8;
        packet.destination = network + 24;
        packet.transport = at;
        return parseTransport(packet, limit);
      case 0: // hop-by-hop options
      case 43: // routing
      case 60: // destination options
      case 135: // mobility
      case 139: // host identity
      case 140: // shim6
        if (at + 8 > captured) return cut(packet, Layer.ipv6);
        next = bytes[start + at]!;
        at += (bytes[start + at + 1]! + 1) << 3;
        break;
      case 51: // authentication header
        if (at + 8 > captured) return cut(packet, Layer.ipv6);
        next = bytes[start + at]!;
        at += (bytes[start + at + 1]! + 2) << 2;
        break;
      case 44: {
        // fragment
        if (at + 8 > captured) return cut(packet, Layer.ipv6);
        const fragment = u16be(bytes, start + at + 2) & 0xfff9;
        next = bytes[start + at]!;
        if (fragment !== 0) setFragment(packet, fragment < 8, packet.view.getUint32(start + at + 4));
        at += 8;
        if (fragment >= 8) {
          // What follows is payload, so only the next header's number tells whose fragment it is.
          if (next === Protocol.tcp || next === Protocol.udp || isExtension(next)) return Reason.ipv6Fragment;
          packet.detail = next;
          return Reason.ipProtocol;
        }
        break;
      }
      default:
        packet.transport = at;
        packet.detail = next;
        return Reason.ipProtocol;
    }
  }
}

function setFragment(packet: Packet, first: boolean, id: number): void {
  packet.fragment = first ? Fragment.first : Fragment.later;
  packet.fragmentNetwork = packet.network;
  packet.fragmentId = id;
}

function isExtension(next: number): boolean {
  return (
    next === 0 || next === 43 || next === 51 || next === 60 || next === 135 || next === 139 || next === 140
  );
}

function wrongVersion(packet: Packet, found: number, expected: 4 | 6): number {
  packet.detail = found;
  return expected === 4 ? Reason.notVersion4 : Reason.notVersion6;
}

/** A short packet that is not even of the right version is malformed, wherever it was cut. */
function cutUnlessVersion(packet: Packet, expected: 4 | 6, layer: number): number {
  if (packet.captured > packet.network) {
    const version = packet.bytes[packet.start + packet.network]! >> 4;
    if (version !== expected) return wrongVersion(packet, version, expected);
  }
  return cut(packet, layer);
}
