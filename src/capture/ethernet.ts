/**
 * From an EtherType to the IP header: through VLAN tags, MPLS labels, LLC with SNAP, PPPoE.
 *
 * Sources: IEEE 802.1Q for tags; RFC 3032 for labels; IEEE 802.2 and RFC 1042 for LLC and SNAP; RFC 2516 for PPPoE.
 */
import { u16be } from './bytes.ts';
import { isMplsType, labelled } from './mpls.ts';
import { found, type Packet } from './packet.ts';
import { parsePppoe } from './ppp.ts';
import { cut, Layer, Reason } from './reason.ts';

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const PPPOE_SESSION = 0x8864;
/** Below this, the field after the MAC addresses is an IEEE 802.3 length and no EtherType. */
const FIRST_ETHER_TYPE = 0x0600;

/** True for the tag protocol identifiers of 802.1Q, 802.1ad and their vendors' forerunners for stacked tags. */
export function isVlanTag(etherType: number): boolean {
  return (
    etherType === 0x8100 ||
    etherType === 0x88a8 ||
    etherType === 0x9100 ||
    etherType === 0x9200 ||
    etherType === 0x9300
  );
}

/**
 * From the EtherType at `at` to the network header.
 *
 * @param belowEtherTypes the Reason for a field that is too small for an EtherType; with Reason.llc, the field is a
 *   length and LLC follows
 */
export function followEtherType(packet: Packet, at: number, belowEtherTypes: number): number {
  const { view, start, captured } = packet;
  for (;;) {
    if (at + 2 > captured) return cut(packet, Layer.link);
    const etherType = view.getUint16(start + at);
    at += 2;
    if (etherType === IPV4) return found(packet, at, 4);
    if (etherType === IPV6) return found(packet, at, 6);
    if (isVlanTag(etherType)) {
      at += 2;
      continue;
    }
    if (isMplsType(etherType)) return labelled(packet, at);
    if (etherType === PPPOE_SESSION) return parsePppoe(packet, at);
    if (etherType < FIRST_ETHER_TYPE && belowEtherTypes === Reason.llc) return parseLlc(packet, at);
    packet.detail = etherType;
    return etherType >= FIRST_ETHER_TYPE ? Reason.etherType : belowEtherTypes;
  }
}

/** LLC with SNAP and an EtherType, or LLC whose service access points are those of IP. */
export function parseLlc(packet: Packet, at: number): number {
  const { bytes, captured } = packet;
  const from = packet.start + at;
  if (at + 3 > captured) return cut(packet, Layer.link);
  const points = u16be(bytes, from);
  const unnumbered = bytes[from + 2] === 3;
  if (unnumbered && points === 0x0606) return found(packet, at + 3, 4);
  packet.detail = 0;
  if (!unnumbered || points !== 0xaaaa) return Reason.llc;
  if (at + 6 > captured) return cut(packet, Layer.link);
  // Of the organisations, only these give the next two bytes the meaning of an EtherType.
  const organisation = (bytes[from + 3]! << 16) | u16be(bytes, from + 4);
  if (organisation !== 0 && organisation !== 0x0000f8) return Reason.llc;
  return followEtherType(packet, at + 6, Reason.etherType);
}
