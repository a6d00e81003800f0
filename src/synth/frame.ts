/**
 * Frames: Ethernet with IPv4, IPv6, TCP, UDP, ARP and ICMP, byte by byte (RFC 894, 791, 8200, 9293, 768, 826, 792,
 * 4443, 4861).
 *
 * Every function writes the whole frame into the buffer, except for payload beyond the snap length, which only enters
 * lengths and checksums. The Internet checksum is that of RFC 1071.
 */

import { Ethernet, EtherType, Ipv4, Ipv6, Protocol, Tcp, Udp } from '../capture/index.ts';

/** A frame being written, used again for each one. */
export interface Frame {
  /** The captured bytes are bytes[0] … bytes[captured − 1]. */
  readonly bytes: Uint8Array;
  readonly snapLength: number;
  captured: number;
  /** Bytes on the wire, without the frame check sequence. */
  original: number;
}

/** What the Ethernet and IP headers say. */
export interface Envelope {
  fromMac: Uint8Array;
  toMac: Uint8Array;
  /** 4 bytes for IPv4, 16 for IPv6. */
  from: Uint8Array;
  to: Uint8Array;
  /** Time to live or hop limit, as it is where the capture is taken. */
  hops: number;
  /** DSCP and ECN. */
  trafficClass: number;
  /** IPv4 only. */
  identification: number;
  dontFragment: boolean;
  /** IPv6 only. */
  flowLabel: number;
}

/** What a TCP header says. */
export interface Segment {
  fromPort: number;
  toPort: number;
  sequence: number;
  acknowledgement: number;
  flags: number;
  window: number;
  /** The first `optionBytes` count, a multiple of 4. */
  readonly options: Uint8Array;
  optionBytes: number;
}

/** Bytes above UDP or TCP: bytes[start] … bytes[start + length − 1]. */
export interface Payload {
  bytes: Uint8Array;
  start: number;
  length: number;
  /** Sum of its big-endian 16-bit words, an odd last byte padded with zero. */
  sum: number;
}

/** Where the IP header is: behind an Ethernet header without tags. */
export const IP_AT = Ethernet.size;
/** Shorter frames are padded with zeros by the sender's card. */
const LEAST = 60;
const LARGEST = 2048;

/** An empty frame. Frames on the wire are at most 1514 bytes here. */
export function createFrame(snapLength: number): Frame {
  return { bytes: new Uint8Array(LARGEST), snapLength, captured: 0, original: 0 };
}

/** Frame with a TCP segment. */
export function writeTcp(frame: Frame, envelope: Envelope, segment: Segment, payload: Payload): void {
  const header = Tcp.size + segment.optionBytes;
  const at = writeNetwork(frame, envelope, Protocol.tcp, header + payload.length);
  const { bytes } = frame;
  put16(bytes, at + Tcp.sourcePort, segment.fromPort);
  put16(bytes, at + Tcp.destinationPort, segment.toPort);
  put32(bytes, at + Tcp.sequence, segment.sequence);
  put32(bytes, at + Tcp.acknowledgment, segment.acknowledgement);
  bytes[at + Tcp.offset] = (header / 4) << 4;
  bytes[at + Tcp.flags] = segment.flags;
  put16(bytes, at + Tcp.window, segment.window);
  put16(bytes, at + Tcp.checksum, 0);
  put16(bytes, at + Tcp.urgent, 0);
  for (let i = 0; i < segment.optionBytes; i++) bytes[at + Tcp.size + i] = segment.options[i]!;
  const pseudo = pseudoSum(envelope, Protocol.tcp, header + payload.length);
  put16(bytes, at + Tcp.checksum, checksum(pseudo + wordSum(bytes, at, header) + payload.sum));
  finish(frame, at + header, payload);
}

/** Frame with a UDP datagram. A checksum of zero is sent as its other form, ones (RFC 768). */
export function writeUdp(
  frame: Frame,
  envelope: Envelope,
  fromPort: number,
  toPort: number,
  payload: Payload,
): void {
  const length = Udp.size + payload.length;
  const at = writeNetwork(frame, envelope, Protocol.udp, length);
  const { bytes } = frame;
  put16(bytes, at + Udp.sourcePort, fromPort);
  put16(bytes, at + Udp.destinationPort, toPort);
  put16(bytes, at + Udp.length, length);
  put16(bytes, at + Udp.checksum, 0);
  const pseudo = pseudoSum(envelope, Protocol.udp, length);
  const sum = checksum(pseudo + wordSum(bytes, at, Udp.size) + payload.sum);
  put16(bytes, at + Udp.checksum, sum === 0 ? 0xffff : sum);
  finish(frame, at + Udp.size, payload);
}

/** Frame with an ICMP message, or ICMPv6 when the envelope is IPv6: type, code, the four bytes after the checksum. */
export function writeIcmp(
  frame: Frame,
  envelope: Envelope,
  type: number,
  code: number,
  rest: number,
  payload: Payload,
): void {
  const version6 = envelope.from.length === 16;
  const protocol = version6 ? 58 : 1;
  const length = 8 + payload.length;
  const at = writeNetwork(frame, envelope, protocol, length);
  const { bytes } = frame;
  bytes[at] = type;
  bytes[at + 1] = code;
  put16(bytes, at + 2, 0);
  put32(bytes, at + 4, rest);
  // Only ICMPv6 covers the addresses.
  const addresses = version6 ? pseudoSum(envelope, protocol, length) : 0;
  put16(bytes, at + 2, checksum(addresses + wordSum(bytes, at, 8) + payload.sum));
  finish(frame, at + 8, payload);
}

/** Frame with an ARP packet: operation 1 asks for the owner of an address, 2 answers. */
export function writeArp(
  frame: Frame,
  operation: 1 | 2,
  sender: { readonly mac: Uint8Array; readonly ipv4: Uint8Array },
  target: { readonly mac: Uint8Array; readonly ipv4: Uint8Array },
): void {
  const { bytes } = frame;
  const broadcast = operation === 1;
  for (let i = 0; i < 6; i++) bytes[i] = broadcast ? 0xff : target.mac[i]!;
  bytes.set(sender.mac, 6);
  put16(bytes, 12, 0x0806);
  put16(bytes, 14, 1);
  put16(bytes, 16, 0x0800);
  bytes[18] = 6;
  bytes[19] = 4;
  put16(bytes, 20, operation);
  bytes.set(sender.mac, 22);
  bytes.set(sender.ipv4, 28);
  for (let i = 0; i < 6; i++) bytes[32 + i] = broadcast ? 0 : target.mac[i]!;
  bytes.set(target.ipv4, 38);
  pad(frame, 42);
}

/** Writes Ethernet and IP headers; `length` is what IP carries. Returns where the transport header goes. */
function writeNetwork(frame: Frame, envelope: Envelope, protocol: number, length: number): number {
  const { bytes } = frame;
  for (let i = 0; i < 6; i++) {
    bytes[Ethernet.destination + i] = envelope.toMac[i]!;
    bytes[Ethernet.source + i] = envelope.fromMac[i]!;
  }
  if (envelope.from.length === 16) {
    put16(bytes, Ethernet.type, EtherType.ipv6);
    put32(
      bytes,
      IP_AT + Ipv6.version,
      ((6 << 28) | (envelope.trafficClass << 20) | envelope.flowLabel) >>> 0,
    );
    put16(bytes, IP_AT + Ipv6.length, length);
    bytes[IP_AT + Ipv6.next] = protocol;
    bytes[IP_AT + Ipv6.hops] = envelope.hops;
    for (let i = 0; i < 16; i++) {
      bytes[IP_AT + Ipv6.source + i] = envelope.from[i]!;
      bytes[IP_AT + Ipv6.destination + i] = envelope.to[i]!;
    }
    return IP_AT + Ipv6.size;
  }
  put16(bytes, Ethernet.type, EtherType.ipv4);
  bytes[IP_AT + Ipv4.version] = 0x45;
  bytes[IP_AT + Ipv4.tos] = envelope.trafficClass;
  put16(bytes, IP_AT + Ipv4.length, Ipv4.size + length);
  put16(bytes, IP_AT + Ipv4.id, envelope.identification);
  put16(bytes, IP_AT + Ipv4.flags, envelope.dontFragment ? 0x4000 : 0);
  bytes[IP_AT + Ipv4.ttl] = envelope.hops;
  bytes[IP_AT + Ipv4.protocol] = protocol;
  put16(bytes, IP_AT + Ipv4.checksum, 0);
  for (let i = 0; i < 4; i++) {
    bytes[IP_AT + Ipv4.source + i] = envelope.from[i]!;
    bytes[IP_AT + Ipv4.destination + i] = envelope.to[i]!;
  }
  put16(bytes, IP_AT + Ipv4.checksum, checksum(wordSum(bytes, IP_AT, Ipv4.size)));
  return IP_AT + Ipv4.size;
}

/** Copies what the snap length leaves of the payload, and sets the lengths. */
function finish(frame: Frame, at: number, payload: Payload): void {
  const kept = Math.min(payload.length, Math.max(0, frame.snapLength - at));
  copyBytes(payload.bytes, payload.start, frame.bytes, at, kept);
  pad(frame, at + payload.length);
}

/** Below so many bytes a loop is faster than a call that copies. */
const FEW = 96;

/** Copies bytes between arrays. */
export function copyBytes(from: Uint8Array, start: number, to: Uint8Array, at: number, count: number): void {
  if (count > FEW) to.set(from.subarray(start, start + count), at);
  else for (let i = 0; i < count; i++) to[at + i] = from[start + i]!;
}

function pad(frame: Frame, length: number): void {
  for (let i = length; i < LEAST; i++) frame.bytes[i] = 0;
  frame.original = Math.max(LEAST, length);
  frame.captured = Math.min(frame.snapLength, frame.original);
}

/** Addresses, protocol and length as TCP, UDP and ICMPv6 sum them up; both IP versions give this sum. */
function pseudoSum(envelope: Envelope, protocol: number, length: number): number {
  const { from, to } = envelope;
  return wordSum(from, 0, from.length) + wordSum(to, 0, to.length) + protocol + length;
}

/** Sum of the big-endian 16-bit words of an even number of bytes. */
function wordSum(bytes: Uint8Array, at: number, length: number): number {
  let sum = 0;
  for (let i = at; i < at + length; i += 2) sum += (bytes[i]! << 8) | bytes[i + 1]!;
  return sum;
}

/** The payload that is bytes[start] … bytes[start + length − 1]. */
export function setPayload(payload: Payload, bytes: Uint8Array, start: number, length: number): void {
  const even = length & ~1;
  payload.bytes = bytes;
  payload.start = start;
  payload.length = length;
  payload.sum = wordSum(bytes, start, even) + (even < length ? bytes[start + even]! << 8 : 0);
}

/** The ones' complement of the ones' complement sum; sums of words up to 2^31 are folded. */
function checksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return ~folded & 0xffff;
}

function put16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

function put32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
