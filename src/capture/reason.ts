/**
 * Why a packet is left out, as a small number while reading and as a stable sentence in the account.
 */
import {
  etherTypeNames,
  familyNames,
  ipProtocolNames,
  linuxProtocolNames,
  pppProtocolNames,
} from './names.ts';
import { type Packet, Protocol } from './packet.ts';

const layers = {
  link: 'link header',
  ipv4: 'IPv4 header',
  ipv6: 'IPv6 headers',
  tcp: 'TCP header',
  udp: 'UDP header',
  radiotap: 'radiotap header',
  wifi: 'IEEE 802.11 header',
  tunnel: 'tunnel header',
  capture: 'capture header',
} as const;

/** The keys of a record by their places in it. */
const numbered = <K extends string>(record: Readonly<Record<K, unknown>>): Readonly<Record<K, number>> =>
  Object.fromEntries(Object.keys(record).map((key, i) => [key, i])) as Record<K, number>;

/** Where a packet ends too early. */
export const Layer = numbered(layers);

const hex = (value: number, digits: number): string => `0x${value.toString(16).padStart(digits, '0')}`;

/** `ARP (0x0806)`, or the number alone where it has no name here. */
function named(
  names: Readonly<Record<number, string>>,
  value: number,
  number: string,
  unnamed: string,
): string {
  const name = names[value];
  return name === undefined ? `${unnamed} ${number}` : `${name} (${number})`;
}

/** @param kind the lower four bits of the frame control field: version, then type; 8 is a data frame */
function wifiKind(kind: number): string {
  if ((kind & 3) !== 0) return `malformed: IEEE 802.11 version ${kind & 3}, expected 0`;
  if (kind === 8) return 'not IP: IEEE 802.11 data frame without data';
  return `not IP: IEEE 802.11 ${['management', 'control', 'data', 'extension'][kind >> 2]} frame`;
}

const version = (found: number, expected: string): string =>
  `malformed: IP version ${found}, expected ${expected}`;
const headerLength = (protocol: string, found: number): string =>
  `malformed: ${protocol} header length ${found}, expected at least 20`;
const isNot = (names: Readonly<Record<number, string>>, value: number, number: string, unnamed: string) =>
  `not IP: ${named(names, value, number, unnamed)}`;

/** The sentence for every reason, from what `Packet.detail` then holds. Stable: people filter on them. */
const sentences = {
  /** Nothing is wrong. */
  none: () => '',
  linkType: (type) => `link type ${type} is not supported`,
  etherType: (type) => isNot(etherTypeNames, type, hex(type, 4), 'EtherType'),
  /** An IEEE 802.3 length stands in place of an EtherType. */
  llc: () => 'not IP: IEEE 802.3 frame with LLC',
  /** The protocol field of a Linux cooked header is below the EtherTypes. */
  linuxProtocol: (protocol) => isNot(linuxProtocolNames, protocol, hex(protocol, 4), 'Linux protocol'),
  /** The address family of a loopback header. */
  family: (family) => isNot(familyNames, family, `${family}`, 'address family'),
  ipProtocol(protocol) {
    const name = ipProtocolNames[protocol];
    return `IP protocol ${protocol}${name === undefined ? '' : ` (${name})`} is neither TCP nor UDP`;
  },
  ipv4Fragment: () => 'IPv4 fragment whose first fragment was left out or not seen before it',
  ipv6Fragment: () => 'IPv6 fragment whose first fragment was left out or not seen before it',
  /** The record holds fewer bytes than the packet had, and the headers do not fit. */
  snapLength: () => 'header cut by the snap length',
  /** The whole packet ends inside a Layer. */
  endsInside: (layer) => `malformed: the packet ends inside its ${Object.values(layers)[layer] ?? 'headers'}`,
  /** Of what should be IPv4, IPv6, raw IP. */
  notVersion4: (found) => version(found, '4'),
  notVersion6: (found) => version(found, '6'),
  notVersion: (found) => version(found, '4 or 6'),
  ipv4HeaderLength: (bytes) => headerLength('IPv4', bytes),
  ipv4TotalLength: () => 'malformed: IPv4 total length is less than its header length',
  /** The protocol does not fit into the length that the IP header states. */
  ipLength: (protocol) =>
    `malformed: the IP length leaves no room for the ${protocol === Protocol.tcp ? 'TCP' : 'UDP'} header`,
  tcpHeaderLength: (bytes) => headerLength('TCP', bytes),
  headersTooLong: () => 'malformed: more than 65535 bytes of headers',
  recordHeaderCut: () => 'malformed: the file ends inside the header of the record',
  recordCut: () => 'malformed: the file ends inside the record',
  recordLength: () => 'malformed: the captured length of the record is absurd',
  blockLength: () => 'malformed: the lengths of the block contradict each other',
  interfaceUnknown: () => 'malformed: the record names an interface that the section does not describe',
  blockTooShort: () => 'malformed: the captured length does not fit into the block',
  mpls: () => 'not IP: MPLS with something else inside',
  pppProtocol: (protocol) => isNot(pppProtocolNames, protocol, hex(protocol, 4), 'PPP protocol'),
  hdlcAddress: (address) => `not IP: HDLC address ${hex(address, 2)}, neither PPP nor Cisco HDLC`,
  /** Version and type, then the code. */
  pppoe: (detail) =>
    `malformed: PPPoE version and type ${hex(detail >> 8, 2)} with code ${hex(detail & 0xff, 2)}, expected 0x11 with 0x00`,
  /** The version or, in the upper bits, the length. */
  radiotap: (detail) =>
    detail < 256
      ? `malformed: radiotap version ${detail}, expected 0`
      : `malformed: radiotap header length ${detail >> 8}, expected at least 8`,
  wifiKind,
  wifiEncrypted: () => 'encrypted IEEE 802.11 data frame',
  wifiFragment: () => 'later fragment of an IEEE 802.11 frame',
  wifiAggregate: () => 'aggregated IEEE 802.11 data frame (A-MSDU)',
  wifiChecksum: () => 'IEEE 802.11 frame with a wrong check sequence',
  /** What a capturing host puts in front of packets: PPI, NFLOG, Prism. */
  captureHeader: (length) => `malformed: a capture header or field of ${length} bytes`,
  firstFragmentShort: () => 'first IP fragment without all of the fixed TCP header',
  /** Flags and version. */
  gre: (flags) => `GRE with flags and version ${hex(flags, 4)} is not supported`,
} satisfies Record<string, (detail: number) => string>;
const describe: readonly ((detail: number) => string)[] = Object.values(sentences);

/** The number of every reason. 0 means that nothing is wrong. */
export const Reason = numbered(sentences);

/** Added to a Reason that was met inside a tunnel. */
export const INSIDE_TUNNEL = 128;

/** Whether a packet is the later fragment of an IP datagram that can be part of a session. */
export function isFragmentReason(reason: number): boolean {
  const own = reason & (INSIDE_TUNNEL - 1);
  return own === Reason.ipv4Fragment || own === Reason.ipv6Fragment;
}

/** The packet ends too early: because the capture kept only its beginning, or because it is malformed. */
export function truncated(packet: Packet, layer: number): number {
  if (packet.captured < packet.original) return Reason.snapLength;
  packet.detail = layer;
  return Reason.endsInside;
}

/** The sentence for a reason and its detail. */
export function describeReason(reason: number, detail: number): string {
  if (reason >= INSIDE_TUNNEL) return `${describeReason(reason - INSIDE_TUNNEL, detail)} (inside a tunnel)`;
  const sentence = describe[reason];
  if (sentence === undefined || reason === Reason.none) throw new Error(`no such reason: ${reason}`);
  return sentence(detail);
}
