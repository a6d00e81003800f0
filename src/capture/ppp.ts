/** PPP (RFC 1661) with or without HDLC framing (RFC 1662), PPPoE sessions (RFC 2516). */

import { isMplsProtocol, Ppp, Pppoe } from './headers.ts';
import { u16be } from './integers.ts';
import { parseMpls } from './mpls.ts';
import { type Packet, setNetwork } from './packet.ts';
import { Layer, Reason, truncated } from './reason.ts';

/** PPP at `at`: perhaps address and control, then the protocol in two bytes or, where it is compressed, in one. */
export function parsePpp(packet: Packet, at: number): number {
  const { bytes, start, captured } = packet;
  if (at + 2 > captured) return truncated(packet, Layer.link);
  if (bytes[start + at] === 0xff && bytes[start + at + 1] === 0x03) at += Ppp.protocol;
  if (at + 1 > captured) return truncated(packet, Layer.link);
  // The last byte of a protocol number is odd and no other is.
  let protocol = bytes[start + at++]!;
  if ((protocol & 1) === 0) {
    if (at + 1 > captured) return truncated(packet, Layer.link);
    protocol = (protocol << 8) | bytes[start + at++]!;
  }
  if (protocol === 0x0021) return setNetwork(packet, at, 4);
  if (protocol === 0x0057) return setNetwork(packet, at, 6);
  if (isMplsProtocol(protocol)) return parseMpls(packet, at);
  packet.detail = protocol;
  return Reason.pppProtocol;
}

/** A PPPoE header at `at`, then PPP. */
export function parsePppoe(packet: Packet, at: number): number {
  const { bytes, start, captured } = packet;
  if (at + Pppoe.size > captured) return truncated(packet, Layer.link);
  // Version 1, type 1, code 0; other codes are those of discovery, which carries no packets.
  const versionAndCode = u16be(bytes, start + at + Pppoe.version);
  if (versionAndCode !== 0x1100) {
    packet.detail = versionAndCode;
    return Reason.pppoe;
  }
  return parsePpp(packet, at + Pppoe.size);
}
