/** MPLS label stacks (RFC 3032). */
import { found, type Packet } from './packet.ts';
import { cut, Layer, Reason } from './reason.ts';

/** MPLS, unicast and multicast. */
export function isMplsType(etherType: number): boolean {
  return etherType === 0x8847 || etherType === 0x8848;
}

/** Through the labels at `at` down to the bottom of the stack, where the version of IP shows what follows. */
export function labelled(packet: Packet, at: number): number {
  const { bytes, start, captured } = packet;
  for (;;) {
    if (at + 4 > captured) return cut(packet, Layer.link);
    const bottom = (bytes[start + at + 2]! & 1) !== 0;
    at += 4;
    if (bottom) break;
  }
  if (at + 1 > captured) return cut(packet, Layer.link);
  const version = bytes[start + at]! >> 4;
  if (version === 4 || version === 6) return found(packet, at, version);
  packet.detail = 0;
  return Reason.mpls;
}
