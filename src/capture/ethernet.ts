/**
 * From an EtherType to the IP header: through VLAN tags, VN-Tags, MPLS labels, LLC with SNAP, PPPoE, and the headers that
 * a backbone puts around a whole frame (IEEE 802.1ah, FabricPath).
 *
 * Sources: IEEE 802.1Q, 802.1ah and 802.1BR for tags; RFC 3032 for labels; IEEE 802.2 and RFC 1042 for LLC and SNAP; RFC 2516 for PPPoE.
 */

import {
  BackboneTag,
  ETHER_TYPE_SIZE,
  Ethernet,
  EtherType,
  FabricPath,
  isMplsType,
  isVlanTag,
  Llc,
  Snap,
  Vlan,
  VnTag,
} from './headers.ts';
import { u16be } from './integers.ts';
import { parseMpls } from './mpls.ts';
import { decapsulate, Link, type Packet, setNetwork } from './packet.ts';
import { parsePppoe } from './ppp.ts';
import { Layer, Reason, truncated } from './reason.ts';

/**
 * From the EtherType at `at` to the network header.
 *
 * @param belowEtherTypes the Reason for a field that is too small for an EtherType; with Reason.llc, the field is a
 *   length and LLC follows
 */
export function parseEtherType(packet: Packet, at: number, belowEtherTypes: number): number {
  const { view, start, captured } = packet;
  for (;;) {
    if (at + ETHER_TYPE_SIZE > captured) return truncated(packet, Layer.link);
    const etherType = view.getUint16(start + at);
    at += ETHER_TYPE_SIZE;
    if (etherType === EtherType.ipv4) return setNetwork(packet, at, 4);
    if (etherType === EtherType.ipv6) return setNetwork(packet, at, 6);
    if (isVlanTag(etherType)) {
      at += Vlan.type;
      continue;
    }
    if (etherType === EtherType.vnTag) {
      at += VnTag.type;
      continue;
    }
    if (isMplsType(etherType)) return parseMpls(packet, at);
    if (etherType === EtherType.backbone) return parseCarriedFrame(packet, at + BackboneTag.size);
    if (etherType === EtherType.fabricPath) return parseCarriedFrame(packet, at + FabricPath.size);
    if (etherType === EtherType.pppoe) return parsePppoe(packet, at);
    if (etherType < EtherType.least && belowEtherTypes === Reason.llc) return parseLlc(packet, at);
    packet.detail = etherType;
    return etherType >= EtherType.least ? Reason.etherType : belowEtherTypes;
  }
}

/** A whole frame at `at`; what the bridges of a backbone have put in front of it is taken off. */
function parseCarriedFrame(packet: Packet, at: number): number {
  decapsulate(packet, at);
  packet.link = Link.ethernet;
  return parseEtherType(packet, Ethernet.type, Reason.llc);
}

/** LLC with SNAP and an EtherType, or LLC whose service access points are those of IP. */
export function parseLlc(packet: Packet, at: number): number {
  const { bytes, captured } = packet;
  const from = packet.start + at;
  if (at + Llc.size > captured) return truncated(packet, Layer.link);
  const points = u16be(bytes, from + Llc.destinationPoint);
  const unnumbered = bytes[from + Llc.control] === 3;
  if (unnumbered && points === 0x0606) return setNetwork(packet, at + Llc.size, 4);
  packet.detail = 0;
  if (!unnumbered || points !== 0xaaaa) return Reason.llc;
  const snap = at + Llc.size;
  if (snap + Snap.type > captured) return truncated(packet, Layer.link);
  // Of the organisations, only these give the next two bytes the meaning of an EtherType.
  const organisation = (bytes[packet.start + snap]! << 16) | u16be(bytes, packet.start + snap + 1);
  if (organisation !== 0 && organisation !== 0x0000f8) return Reason.llc;
  return parseEtherType(packet, snap + Snap.type, Reason.etherType);
}
