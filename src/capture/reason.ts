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
import type { Packet } from './packet.ts';

/** Reasons, each with what `Packet.detail` then holds. 0 means that nothing is wrong. */
export const Reason = {
  none: 0,
  /** The link type. */ linkType: 1,
  /** The EtherType. */ etherType: 2,
  /** An IEEE 802.3 length instead of an EtherType. */ llc: 3,
  /** The protocol field of a Linux cooked header, below the EtherTypes. */ linuxProtocol: 4,
  /** The address family of a loopback header. */ family: 5,
  /** The IP protocol number. */ ipProtocol: 6,
  ipv4Fragment: 7,
  ipv6Fragment: 8,
  /** The record holds fewer bytes than the packet had, and the headers do not fit. */ snapLength: 9,
  /** The Layer inside which the whole packet ends. */ endsInside: 10,
  /** The version found in what should be IPv4. */ notVersion4: 11,
  /** The version found in what should be IPv6. */ notVersion6: 12,
  /** The version found in raw IP. */ notVersion: 13,
  /** The IPv4 header length in bytes. */ ipv4HeaderLength: 14,
  ipv4TotalLength: 15,
  /** The protocol that does not fit into the length that the IP header states. */ ipLength: 16,
  /** The TCP header length in bytes. */ tcpHeaderLength: 17,
  headersTooLong: 18,
  recordHeaderCut: 19,
  recordCut: 20,
  recordLength: 21,
  blockLength: 22,
  interfaceUnknown: 23,
  blockTooShort: 24,
  mpls: 25,
  /** The PPP protocol number. */ pppProtocol: 26,
  /** The address byte. */ hdlcAddress: 27,
  /** Version and type, then the code. */ pppoe: 28,
  /** The version or, in the upper bits, the length. */ radiotap: 29,
  /** Version and type of the frame; 8: data frame without data. */ wifiKind: 30,
  wifiEncrypted: 31,
  wifiFragment: 32,
  wifiAggregate: 33,
  wifiChecksum: 34,
  /** Flags and version. */ gre: 35,
} as const;

/** Added to a Reason that was met inside a tunnel. */
export const INSIDE_TUNNEL = 128;

/** Whether a packet is the later fragment of an IP datagram that can be part of a session. */
export function isFragmentReason(reason: number): boolean {
  const own = reason & (INSIDE_TUNNEL - 1);
  return own === Reason.ipv4Fragment || own === Reason.ipv6Fragment;
}

/** Where a packet ends too early. */
export const Layer = {
  link: 0,
  ipv4: 1,
  ipv6: 2,
  tcp: 3,
  udp: 4,
  radiotap: 5,
  wifi: 6,
  tunnel: 7,
} as const;
const layerNames = [
  'link header',
  'IPv4 header',
  'IPv6 headers',
  'TCP header',
  'UDP header',
  'radiotap header',
  'IEEE 802.11 header',
  'tunnel header',
] as const;

/** The packet ends too early: because the capture kept only its beginning, or because it is malformed. */
export function truncated(packet: Packet, layer: number): number {
  if (packet.captured < packet.original) return Reason.snapLength;
  packet.detail = layer;
  return Reason.endsInside;
}

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

/** The sentence for a reason and its detail. Stable: people filter on it. */
export function describeReason(reason: number, detail: number): string {
  if (reason >= INSIDE_TUNNEL) return `${describeReason(reason - INSIDE_TUNNEL, detail)} (inside a tunnel)`;
  switch (reason) {
    case Reason.linkType:
      return `link type ${detail} is not supported`;
    case Reason.etherType:
      return `not IP: ${named(etherTypeNames, detail, hex(detail, 4), 'EtherType')}`;
    case Reason.llc:
      return 'not IP: IEEE 802.3 frame with LLC';
    case Reason.linuxProtocol:
      return `not IP: ${named(linuxProtocolNames, detail, hex(detail, 4), 'Linux protocol')}`;
    case Reason.family:
      return `not IP: ${named(familyNames, detail, `${detail}`, 'address family')}`;
    case Reason.ipProtocol: {
      const name = ipProtocolNames[detail];
      return `IP protocol ${detail}${name === undefined ? '' : ` (${name})`} is neither TCP nor UDP`;
    }
    case Reason.ipv4Fragment:
      return 'IPv4 fragment whose first fragment was not seen before it';
    case Reason.ipv6Fragment:
      return 'IPv6 fragment whose first fragment was not seen before it';
    case Reason.snapLength:
      return 'header cut by the snap length';
    case Reason.endsInside:
      return `malformed: the packet ends inside its ${layerNames[detail] ?? 'headers'}`;
    case Reason.notVersion4:
      return `malformed: IP version ${detail}, expected 4`;
    case Reason.notVersion6:
      return `malformed: IP version ${detail}, expected 6`;
    case Reason.notVersion:
      return `malformed: IP version ${detail}, expected 4 or 6`;
    case Reason.ipv4HeaderLength:
      return `malformed: IPv4 header length ${detail}, expected at least 20`;
    case Reason.ipv4TotalLength:
      return 'malformed: IPv4 total length is less than its header length';
    case Reason.ipLength:
      return `malformed: the IP length leaves no room for the ${detail === 6 ? 'TCP' : 'UDP'} header`;
    case Reason.tcpHeaderLength:
      return `malformed: TCP header length ${detail}, expected at least 20`;
    case Reason.headersTooLong:
      return 'malformed: more than 65535 bytes of headers';
    case Reason.recordHeaderCut:
      return 'malformed: the file ends inside the header of the record';
    case Reason.recordCut:
      return 'malformed: the file ends inside the record';
    case Reason.recordLength:
      return 'malformed: the captured length of the record is absurd';
    case Reason.blockLength:
      return 'malformed: the lengths of the block contradict each other';
    case Reason.interfaceUnknown:
      return 'malformed: the record names an interface that the section does not describe';
    case Reason.blockTooShort:
      return 'malformed: the captured length does not fit into the block';
    case Reason.mpls:
      return 'not IP: MPLS with something else inside';
    case Reason.pppProtocol:
      return `not IP: ${named(pppProtocolNames, detail, hex(detail, 4), 'PPP protocol')}`;
    case Reason.hdlcAddress:
      return `not IP: HDLC address ${hex(detail, 2)}, neither PPP nor Cisco HDLC`;
    case Reason.pppoe:
      return `malformed: PPPoE version and type ${hex(detail >> 8, 2)} with code ${hex(detail & 0xff, 2)}, expected 0x11 with 0x00`;
    case Reason.radiotap:
      return detail < 256
        ? `malformed: radiotap version ${detail}, expected 0`
        : `malformed: radiotap header length ${detail >> 8}, expected at least 8`;
    case Reason.wifiKind:
      return wifiKind(detail);
    case Reason.wifiEncrypted:
      return 'encrypted IEEE 802.11 data frame';
    case Reason.wifiFragment:
      return 'later fragment of an IEEE 802.11 frame';
    case Reason.wifiAggregate:
      return 'aggregated IEEE 802.11 data frame (A-MSDU)';
    case Reason.wifiChecksum:
      return 'IEEE 802.11 frame with a wrong check sequence';
    case Reason.gre:
      return `GRE with flags and version ${hex(detail, 4)} is not supported`;
    default:
      throw new Error(`no such reason: ${reason}`);
  }
}

/** @param kind the lower four bits of the frame control field: version, then type; 8 is a data frame */
function wifiKind(kind: number): string {
  if ((kind & 3) !== 0) return `malformed: IEEE 802.11 version ${kind & 3}, expected 0`;
  if (kind === 8) return 'not IP: IEEE 802.11 data frame without data';
  return `not IP: IEEE 802.11 ${['management', 'control', 'data', 'extension'][kind >> 2]} frame`;
}
