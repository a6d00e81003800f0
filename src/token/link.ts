/**
 * The fields of a link header and of what lies between it and the IP header: VLAN tags, MPLS labels, LLC with SNAP,
 * PPPoE with PPP. Unlike those of other headers their places depend on the bytes.
 *
 * Sources: IEEE 802.3, 802.1Q, 802.2 and 802.11 §9; LINKTYPE_ registry of the tcpdump group; RFC 1042 (SNAP), 1661 and
 * 1662 (PPP), 1547 (HDLC), 2516 (PPPoE), 3032 (MPLS).
 */
import { Link } from '../session/index.ts';

/** Takes the field whose bytes are from … to − 1, counted from the start of the packet. */
export type VisitField = (name: string, from: number, to: number) => void;

/** All names that walkLink uses, in the order in which they are likely to occur. */
export const linkFields: readonly string[] = [
  ...['ethernet.destination', 'ethernet.source', 'ethernet.type'],
  ...['vlan.tag', 'vlan.type', 'mpls.label', 'llc.header', 'snap.organisation', 'snap.type'],
  ...['pppoe.session', 'pppoe.length', 'ppp.address', 'ppp.protocol', 'hdlc.address', 'hdlc.type'],
  'loopback.family',
  ...['sll.packet-type', 'sll.hardware', 'sll.address-length', 'sll.address', 'sll.type'],
  ...['sll2.type', 'sll2.reserved', 'sll2.interface', 'sll2.hardware', 'sll2.packet-type'],
  ...['sll2.address-length', 'sll2.address'],
  ...['wifi.control', 'wifi.duration', 'wifi.address1', 'wifi.address2', 'wifi.address3', 'wifi.sequence'],
  ...['wifi.address4', 'wifi.quality', 'wifi.padding'],
  'link.other',
];

/**
 * Visits every field in front of the IP header, in order, without a gap.
 *
 * @param link see Link
 * @param bytes the packet begins at bytes[start]
 * @param network offset of the IP header
 */
export function walkLink(
  link: number,
  bytes: Uint8Array,
  start: number,
  network: number,
  visit: VisitField,
): void {
  let at = 0;

  const field = (name: string, size: number): void => {
    const to = Math.min(at + size, network);
    if (to > at) visit(name, at, to);
    at = to;
  };
  const byte = (offset: number): number => bytes[start + offset]!;
  const word = (offset: number): number => (byte(offset) << 8) | byte(offset + 1);

  /** What an EtherType that has just been visited announces. */
  const follow = (type: number): void => {
    while (at < network && isVlanTag(type)) {
      type = word(at + 2);
      field('vlan.tag', 2);
      field('vlan.type', 2);
    }
    if (type === 0x8847 || type === 0x8848) labels();
    else if (type === 0x8864) pppoe();
    else if (type < 0x0600) llc();
  };
  const labels = (): void => {
    while (at < network) field('mpls.label', 4);
  };
  const llc = (): void => {
    const isSnap = word(at) === 0xaaaa;
    field('llc.header', 3);
    if (!isSnap || at >= network) return;
    const type = word(at + 3);
    field('snap.organisation', 3);
    field('snap.type', 2);
    follow(type);
  };
  const pppoe = (): void => {
    field('pppoe.session', 4);
    field('pppoe.length', 2);
    ppp();
  };
  const ppp = (): void => {
    if (word(at) === 0xff03) field('ppp.address', 2);
    // The last byte of a protocol number is odd and no other is.
    const size = (byte(at) & 1) === 1 ? 1 : 2;
    const isLabelled = size === 2 && (word(at) === 0x0281 || word(at) === 0x0283);
    field('ppp.protocol', size);
    if (isLabelled) labels();
  };
  const hdlc = (): void => {
    const type = word(2);
    field('hdlc.address', 2);
    field('hdlc.type', 2);
    follow(type);
  };
  const wifi = (): void => {
    const hasFour = (byte(1) & 3) === 3;
    const quality = (byte(0) & 0x80) === 0 ? 0 : (byte(1) & 0x80) === 0 ? 2 : 6;
    field('wifi.control', 2);
    field('wifi.duration', 2);
    field('wifi.address1', 6);
    field('wifi.address2', 6);
    field('wifi.address3', 6);
    field('wifi.sequence', 2);
    if (hasFour) field('wifi.address4', 6);
    field('wifi.quality', quality);
    // Some cards fill the header up to a multiple of 4.
    if (word(at) !== 0xaaaa && word(at) !== 0x0606) field('wifi.padding', -at & 3);
    llc();
  };

  switch (link) {
    case Link.ethernet:
      field('ethernet.destination', 6);
      field('ethernet.source', 6);
      field('ethernet.type', 2);
      if (at < network) follow(word(12));
      break;
    case Link.loopback:
      field('loopback.family', 4);
      break;
    case Link.sll:
      field('sll.packet-type', 2);
      field('sll.hardware', 2);
      field('sll.address-length', 2);
      field('sll.address', 8);
      field('sll.type', 2);
      if (at < network) follow(word(14));
      break;
    case Link.sll2:
      field('sll2.type', 2);
      field('sll2.reserved', 2);
      field('sll2.interface', 4);
      field('sll2.hardware', 2);
      field('sll2.packet-type', 1);
      field('sll2.address-length', 1);
      field('sll2.address', 8);
      if (at < network) follow(word(0));
      break;
    case Link.ppp:
      if (byte(0) === 0x0f || byte(0) === 0x8f) hdlc();
      else if (byte(0) === 0x11) pppoe();
      else ppp();
      break;
    case Link.wifi:
      wifi();
      break;
  }
  field('link.other', network - at);
}

/** Tag protocol identifiers of 802.1Q, 802.1ad and their vendors' forerunners. */
const isVlanTag = (type: number): boolean =>
  type === 0x8100 || type === 0x88a8 || type === 0x9100 || type === 0x9200 || type === 0x9300;
