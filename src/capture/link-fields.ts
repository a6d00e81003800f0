/**
 * The fields in front of the IP header: a link header and what lies between it and IP. Unlike those of other headers
 * their places depend on the bytes. Parsers find the IP header (link.ts); this names what they have passed.
 */

import {
  Ethernet,
  EtherType,
  Hdlc,
  type HeaderField,
  type HeaderLayout,
  isCiscoHdlc,
  isMplsProtocol,
  isMplsType,
  isVlanTag,
  Llc,
  Loopback,
  linkHeaders,
  Mpls,
  Ppp,
  Pppoe,
  Sll,
  Sll2,
  Snap,
  Vlan,
  VnTag,
  Wifi,
} from './headers.ts';
import { Link } from './packet.ts';

/** Takes the field whose bytes are from … to − 1, counted from the start of the packet. */
export type VisitField = (name: string, from: number, to: number) => void;

/** What no field is known of. */
const OTHER = 'link.other';

/** All names that walkLink uses, in the order in which they are likely to occur. */
export const linkFields: readonly string[] = [
  ...linkHeaders.flatMap(({ fields, rest }) => [...fields.map(([name]) => name), ...rest]),
  OTHER,
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
  const field = ([name, size]: HeaderField): void => {
    const to = Math.min(at + size, network);
    if (to > at) visit(name, at, to);
    at = to;
  };
  const all = ({ fields }: HeaderLayout): void => fields.forEach(field);
  const byte = (offset: number): number => bytes[start + offset]!;
  const word = (offset: number): number => (byte(offset) << 8) | byte(offset + 1);

  /** What an EtherType that has just been visited announces. */
  const follow = (announced: number): void => {
    let type = announced;
    while (at < network && (isVlanTag(type) || type === EtherType.vnTag)) {
      const tag = type === EtherType.vnTag ? VnTag : Vlan;
      type = word(at + tag.type);
      all(tag);
    }
    if (isMplsType(type)) labels();
    else if (type === EtherType.pppoe) pppoe();
    else if (type < EtherType.least) llc();
  };
  const labels = (): void => {
    while (at < network) all(Mpls);
  };
  const llc = (): void => {
    const isSnap = word(at + Llc.destinationPoint) === 0xaaaa;
    all(Llc);
    if (!isSnap || at >= network) return;
    const type = word(at + Snap.type);
    all(Snap);
    follow(type);
  };
  const pppoe = (): void => {
    all(Pppoe);
    ppp();
  };
  const ppp = (): void => {
    const [address, protocol] = Ppp.fields;
    if (word(at) === 0xff03) field(address!);
    // The last byte of a protocol number is odd and no other is.
    const size = (byte(at) & 1) === 1 ? 1 : 2;
    const isLabelled = size === 2 && isMplsProtocol(word(at));
    field([protocol![0], size]);
    if (isLabelled) labels();
  };
  const wifi = (): void => {
    const [control, flags] = [byte(Wifi.kind), byte(Wifi.flags)];
    const [address4, quality, padding] = Wifi.rest;
    all(Wifi);
    if ((flags & 3) === 3) field([address4!, 6]);
    if ((control & 0x80) !== 0) field([quality!, (flags & 0x80) === 0 ? 2 : 6]);
    // Some cards fill the header up to a multiple of 4.
    if (word(at) !== 0xaaaa && word(at) !== 0x0606) field([padding!, -at & 3]);
    llc();
  };

  /** A header that states what follows by an EtherType. */
  const typed = (layout: HeaderLayout, type: number): void => {
    all(layout);
    if (at < network) follow(word(type));
  };
  switch (link) {
    case Link.ethernet:
      typed(Ethernet, Ethernet.type);
      break;
    case Link.loopback:
      all(Loopback);
      break;
    case Link.sll:
      typed(Sll, Sll.type);
      break;
    case Link.sll2:
      typed(Sll2, Sll2.type);
      break;
    case Link.ppp:
      if (isCiscoHdlc(byte(0))) typed(Hdlc, Hdlc.type);
      else if (byte(0) === 0x11) pppoe();
      else ppp();
      break;
    case Link.wifi:
      wifi();
      break;
  }
  field([OTHER, network - at]);
}
