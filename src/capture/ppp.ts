/** PPP (RFC 1661) with or without HDLC framing (RFC 1662), PPPoE sessions (RFC 2516). */
import { labelled } from './mpls.ts';
import { found, type Packet } from './packet.ts';
import { cut, Layer, Reason } from './reason.ts';

/** PPP at `at`: perhaps address and control, then the protocol in two bytes or, where it is compressed, in one. */
export function parsePpp(packet: Packet, at: number): number {
  const { bytes, start, captured } = packet;
  if (at + 2 > captured) return cut(packet, Layer.link);
  if (bytes[start + at] === 0xff && bytes[start + at + 1] === 0x03) at += 2;
  if (at + 1 > captured) return cut(packet, Layer.link);
  // The last byte of a protocol number is odd and no other is.
  let protocol = bytes[start + at++]!;
  if ((protocol & 1) === 0) {
    if (at + 1 > captured) return cut(packet, Layer.link);
    protocol = (protocol << 8) | bytes[start + at++]!;
  }
  switch (protocol) {
    case 0x0021:
    case 0x0057:
      return found(packet, at, protocol === 0x0021 ? 4 : 6);
    case 0x0281:
    case 0x0283:
      return labelled(packet, at);
    default:
      packet.detail = protocol;
      return Reason.pppProtocol;
  }
}

/** A PPPoE header of 6 bytes at `at`, then PPP. */
export function parsePppoe(packet: Packet, at: number): number {
  const { bytes, start, captured } = packet;
  if (at + 6 > captured) return cut(packet, Layer.link);
  // Version 1, type 1, code 0; other codes are those of discovery, which carries no packets.
  if (bytes[start + at] !== 0x11 || bytes[start + at + 1] !== 0) {
    packet.detail = (bytes[start + at]! << 8) | bytes[start + at + 1]!;
    return Reason.pppoe;
  }
  return parsePpp(packet, at + 6);
}
