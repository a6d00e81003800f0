/** Lengths of a packet beyond its headers, as its IP header states them, and packets without payload. */
import {
  ETHER_TYPE_SIZE,
  Ethernet,
  EtherType,
  Ipv4,
  Ipv6,
  ipHeaderSize,
  isVlanTag,
  Link,
  Pppoe,
  Protocol,
  Tcp,
  Udp,
  Vlan,
} from '../capture/index.ts';
import { protocolField } from './chain.ts';
import { captured16, get16, put, put16, put32 } from './edit.ts';
import { Make, type SessionBytes } from './session-bytes.ts';

/** Ethernet's largest IP packet (RFC 894). */
export const MTU = 1500;

/** Bytes of the IP packet, header included; −1 where its header states none (segmentation offload, jumbograms). */
export function ipLength(session: SessionBytes, p: number): number {
  const network = session.network[p]!;
  if (session.version[p] === 6) {
    const payload = get16(session, p, network + Ipv6.length);
    return payload === 0 ? -1 : payload + ipHeaderSize(6);
  }
  const total = get16(session, p, network + Ipv4.length);
  return total === 0 ? -1 : total;
}

/** Bytes of the transport header of packet p, those of options that the capture has cut off among them. */
export const transportSize = (session: SessionBytes, p: number): number =>
  session.length[p]! - session.transport[p]! + (session.made[p] === Make.edited ? session.cut[p]! : 0);

/** Bytes of payload behind the transport header; −1 where the IP header states no length. */
export function payloadLength(session: SessionBytes, p: number): number {
  const length = ipLength(session, p);
  return length < 0 ? -1 : length - (session.transport[p]! - session.network[p]!) - transportSize(session, p);
}

/** Sets the length of the IP packet, header included, and what follows from it in front of and around the packet. */
export function setIpLength(session: SessionBytes, p: number, length: number): void {
  const network = session.network[p]!;
  const link = linkLengthField(session, p);
  const before = ipLength(session, p);
  if (link >= 0 && before >= 0) put16(session, p, link, get16(session, p, link) + length - before);
  if (session.version[p] === 6) put16(session, p, network + Ipv6.length, length - ipHeaderSize(6));
  else put16(session, p, network + Ipv4.length, length);
  session.originalLength[p] = network + length;
}

/** Offset of the length in the link header (IEEE 802.3, PPPoE), −1 where it has none. */
function linkLengthField(session: SessionBytes, p: number): number {
  const network = session.network[p]!;
  switch (session.link[p]) {
    case Link.ethernet: {
      let at = Ethernet.type;
      while (at + ETHER_TYPE_SIZE + Vlan.size <= network && isVlanTag(get16(session, p, at))) at += Vlan.size;
      const type = get16(session, p, at);
      if (type < EtherType.least) return at;
      return type === EtherType.pppoe ? at + ETHER_TYPE_SIZE + Pppoe.length : -1;
    }
    case Link.ppp:
      return network > Pppoe.size && get16(session, p, Pppoe.version) === 0x1100 ? Pppoe.length : -1;
    default:
      return -1;
  }
}

/** Makes packet p end with its headers; all header bytes are there and true. */
export function dropPayload(session: SessionBytes, p: number): void {
  session.made[p] = Make.bare;
  setIpLength(session, p, session.length[p]! - session.network[p]!);
}

/**
 * Makes a bare TCP segment of packet p: no payload, no options, no acknowledgment, these flags. Ports, sequence number
 * and window stay. The packet must be at the end of its route (isFinal), so that its checksum can be computed.
 */
export function makeBare(session: SessionBytes, p: number, flags: number): void {
  const transport = session.transport[p]!;
  session.length[p] = transport + Tcp.size;
  put32(session, p, transport + Tcp.acknowledgment, 0);
  put(session, p, transport + Tcp.offset, (Tcp.size / 4) << 4);
  put(session, p, transport + Tcp.flags, flags);
  put16(session, p, transport + Tcp.urgent, 0);
  dropPayload(session, p);
}

/** Protocol number of the captured packet that packet p was made from. */
export const capturedProtocol = (session: SessionBytes, p: number): number =>
  session.captured[session.origin[p]! + protocolField(session, p)]!;

/** Bytes of its transport header, as its data offset states them: more than are there where its options were cut. */
export function capturedTransportSize(session: SessionBytes, p: number): number {
  if (capturedProtocol(session, p) === Protocol.udp) return Udp.size;
  const at = session.origin[p]! + session.transport[p]! + Tcp.offset;
  return (session.captured[at]! >> 4) << 2;
}

/** Bytes of its payload; −1 where its IP header states no length. */
export function capturedPayloadLength(session: SessionBytes, p: number): number {
  const network = session.network[p]!;
  const v6 = session.version[p] === 6;
  const stated = captured16(session, p, network + (v6 ? Ipv6.length : Ipv4.length));
  if (stated === 0) return -1;
  const headers = session.transport[p]! - network + capturedTransportSize(session, p);
  return (v6 ? stated + ipHeaderSize(6) : stated) - headers;
}
