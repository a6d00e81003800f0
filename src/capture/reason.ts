/**
 * Why a packet is left out, as a small number while reading and as a stable sentence in the account.
 */
import { etherTypeNames, familyNames, ipProtocolNames, linuxProtocolNames } from './names.ts';

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
} as const;

/** Where a packet ends too early. */
export const Layer = { link: 0, ipv4: 1, ipv6: 2, tcp: 3, udp: 4 } as const;
const layerNames = ['link header', 'IPv4 header', 'IPv6 headers', 'TCP header', 'UDP header'] as const;

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
      return 'IPv4 fragment without transport header';
    case Reason.ipv6Fragment:
      return 'IPv6 fragment without transport header';
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
    default:
      throw new Error(`no such reason: ${reason}`);
  }
}
