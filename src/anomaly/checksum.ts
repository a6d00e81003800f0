/**
 * Checksums follow edits incrementally, so neither payload nor a whole packet is needed, and a checksum that was wrong
 * stays wrong by the same amount: the morph leaves no trace in it.
 *
 * RFC 1624, equation 3, in one's complement arithmetic, with m → m′ over the 16-bit words that changed:
 *
 *   HC′ = ~(~HC + Σ (~m + m′))
 *
 * HC and m are those of the capture, so repairing twice is repairing once. A one's complement sum is a residue modulo
 * 65535 with two forms of zero, 0x0000 and 0xFFFF:
 *  - Σ ≡ 0 (a change that cancels out, such as a swap): the checksum keeps its captured form, whichever that is.
 *  - Otherwise a sum that is not 0 folds to 0x0001 … 0xFFFF and HC′ to 0x0000 … 0xFFFE, as it does when the
 *    checksum is computed from scratch. RFC 1141's equation would give 0xFFFF for 0x0000 here.
 *  - UDP has no 0x0000 that means zero: it says that there is no checksum (RFC 768; over IPv6, RFC 6935). That stays,
 *    and a HC′ of 0x0000 is sent as 0xFFFF.
 *
 * The same equation covers a header that became longer or shorter: Σ then has ~m of every word that went away and m′ of
 * every word that came. Only a packet that lost a payload nobody knows gets a checksum from scratch, a right one.
 */
import {
  addressSize,
  destinationAddress,
  Ipv4,
  Protocol,
  sourceAddress,
  Tcp,
  Udp,
} from '../capture/index.ts';
import { isFinal } from './chain.ts';
import { captured16, get16, put16 } from './edit.ts';
import { capturedPayloadLength, capturedProtocol, capturedTransportSize } from './segment.ts';
import { Make, type SessionBytes } from './session-bytes.ts';

/**
 * Brings the IPv4 header checksum and the TCP or UDP checksum of every packet in line with what was edited.
 *
 * The transport checksum covers the transport header, the payload and the pseudo-header. Of this, addresses are those
 * of the IP header; length and protocol change when the segment does, but not when a morph garbles the fields of the IP
 * header that state them: the segment is still the same.
 */
export function repairChecksums(session: SessionBytes): void {
  for (let p = 0; p < session.packets; p++) {
    if (session.version[p] === 4) repairIp(session, p);
    repairTransportChecksum(session, p);
  }
}

/** Offset of the TCP or UDP checksum of packet p. */
export const checksumField = (session: SessionBytes, p: number): number =>
  session.transport[p]! + (session.protocol === Protocol.udp ? Udp.checksum : Tcp.checksum);

/** The TCP or UDP checksum of packet p alone. */
export function repairTransportChecksum(session: SessionBytes, p: number): void {
  if (session.made[p] === Make.edited) repairTransport(session, p);
  else remakeTransport(session, p);
}

function repairIp(session: SessionBytes, p: number): void {
  const network = session.network[p]!;
  const checksum = network + Ipv4.checksum;
  const sum = change(session, p, network, checksum) + change(session, p, checksum + 2, session.transport[p]!);
  if (sum > 0 || isEdited(session, p, checksum))
    put16(session, p, checksum, updated(captured16(session, p, checksum), sum));
}

/** Of a segment whose header has the captured layout. */
function repairTransport(session: SessionBytes, p: number): void {
  const udp = session.protocol === Protocol.udp;
  const transport = session.transport[p]!;
  const checksum = checksumField(session, p);
  const captured = captured16(session, p, checksum);
  if (udp && captured === 0) return;
  const sum =
    addressChange(session, p) +
    session.added[p]! +
    change(session, p, transport, checksum) +
    change(session, p, checksum + 2, session.length[p]!);
  if (sum === 0 && !isEdited(session, p, checksum)) return;
  put16(session, p, checksum, withoutZero(updated(captured, sum), udp));
}

/** Of a segment whose header has another layout, or that has lost its payload. */
function remakeTransport(session: SessionBytes, p: number): void {
  const udp = session.protocol === Protocol.udp;
  const wasUdp = capturedProtocol(session, p) === Protocol.udp;
  const transport = session.transport[p]!;
  const checksum = checksumField(session, p);
  const checksumBefore = wasUdp ? Udp.checksum : Tcp.checksum;
  const before = captured16(session, p, transport + checksumBefore);
  const size = session.length[p]! - transport;
  const sizeBefore = capturedTransportSize(session, p);
  const keepsPayload = session.made[p] === Make.converted || capturedPayloadLength(session, p) === 0;
  let now = size + session.protocol;
  for (let i = transport; i < session.length[p]!; i += 2) if (i !== checksum) now += get16(session, p, i);
  if (!keepsPayload || session.cut[p]! > 0 || (wasUdp && before === 0)) {
    put16(session, p, checksum, withoutZero(complement(addressSum(session, p) + now), udp));
    return;
  }
  let gone = (sizeBefore ^ 0xffff) + (capturedProtocol(session, p) ^ 0xffff);
  for (let i = 0; i < sizeBefore; i += 2)
    if (i !== checksumBefore) gone += captured16(session, p, transport + i) ^ 0xffff;
  put16(session, p, checksum, withoutZero(updated(before, addressChange(session, p) + gone + now), udp));
}

/** Of the addresses in the pseudo-header. */
function addressChange(session: SessionBytes, p: number): number {
  const version = session.version[p]!;
  const network = session.network[p]!;
  const destination = destinationAddress(version, network);
  const end = isFinal(session, p) ? destination + addressSize(version) : destination;
  return change(session, p, sourceAddress(version, network), end);
}

/** Sum of the 16-bit words of both addresses of packet p. */
export function addressSum(session: SessionBytes, p: number): number {
  const version = session.version[p]!;
  const source = sourceAddress(version, session.network[p]!);
  let sum = 0;
  for (let i = 0; i < 2 * addressSize(version); i += 2) sum += get16(session, p, source + i);
  return sum;
}

/** Σ (~m + m′) over the 16-bit words from an offset to another that changed; below 2³² for any header. */
function change(session: SessionBytes, p: number, from: number, to: number): number {
  const { bytes, captured } = session;
  const now = p * session.stride;
  const before = session.origin[p]!;
  let sum = 0;
  for (let i = from; i + 1 < to; i += 2) {
    const m = (captured[before + i]! << 8) | captured[before + i + 1]!;
    const changed = (bytes[now + i]! << 8) | bytes[now + i + 1]!;
    if (m !== changed) sum += (m ^ 0xffff) + changed;
  }
  return sum;
}

/** HC′ of HC and Σ. */
function updated(checksum: number, sum: number): number {
  return sum % 0xffff === 0 ? checksum : complement((checksum ^ 0xffff) + sum);
}

/** The complement of a sum below 2³², folded to 16 bits; 0 for the sum of words that hold their right checksum. */
export function complement(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded >>> 16) + (folded & 0xffff);
  return folded ^ 0xffff;
}

const withoutZero = (checksum: number, udp: boolean): number => (udp && checksum === 0 ? 0xffff : checksum);

function isEdited(session: SessionBytes, p: number, offset: number): boolean {
  const at = p * session.stride + offset;
  return session.edited[at] === 1 || session.edited[at + 1] === 1;
}
