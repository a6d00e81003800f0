/** MPLS label stacks (RFC 3032). */

import { Mpls } from './headers.ts';
import { type Packet, setNetwork } from './packet.ts';
import { Layer, Reason, truncated } from './reason.ts';

/** Through the labels at `at` down to the bottom of the stack, where the version of IP shows what follows. */
export function parseMpls(packet: Packet, at: number): number {
  const { bytes, start, captured } = packet;
  for (;;) {
    if (at + Mpls.size > captured) return truncated(packet, Layer.link);
    const bottom = (bytes[start + at + Mpls.bottom]! & 1) !== 0;
    at += Mpls.size;
    if (bottom) break;
  }
  if (at + 1 > captured) return truncated(packet, Layer.link);
  const version = bytes[start + at]! >> 4;
  if (version === 4 || version === 6) return setNetwork(packet, at, version);
  packet.detail = 0;
  return Reason.mpls;
}
