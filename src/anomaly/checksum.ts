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
 */
import { Protocol } from '../session/index.ts';
import { put } from './edit.ts';
import { addressSize, destinationAddress, sourceAddress } from './place.ts';
import type { SessionBytes } from './session-bytes.ts';

const IP_CHECKSUM = 10;
const TCP_CHECKSUM = 16;
const UDP_CHECKSUM = 6;

/**
 * Brings the IPv4 header checksum and the TCP or UDP checksum of every packet in line with the bytes that were edited.
 *
 * The transport checksum covers the transport header and, of the pseudo-header, the addresses. Length and protocol of the
 * pseudo-header are taken as captured: the segment is still the same, whatever its IP header now says.
 */
export function repairChecksums(session: SessionBytes): void {
  const udp = session.protocol === Protocol.udp;
  for (let p = 0; p < session.packets; p++) {
    const version = session.version[p]!;
    const network = session.network[p]!;
    const transport = session.transport[p]!;
    if (version === 4) {
      const checksum = network + IP_CHECKSUM;
      const sum = change(session, p, network, checksum) + change(session, p, checksum + 2, transport);
      if (sum > 0 || isEdited(session, p, checksum)) write(session, p, checksum, sum, false);
    }
    const checksum = transport + (udp ? UDP_CHECKSUM : TCP_CHECKSUM);
    if (udp && capturedWord(session, p, checksum) === 0) continue;
    const source = sourceAddress(version, network);
    const destination = destinationAddress(version, network);
    const end = isFinal(session, p) ? destination + addressSize(version) : destination;
    const sum =
      change(session, p, source, end) +
      change(session, p, transport, checksum) +
      change(session, p, checksum + 2, session.length[p]!);
    if (sum > 0 || isEdited(session, p, checksum)) write(session, p, checksum, sum, udp);
  }
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

function write(session: SessionBytes, p: number, offset: number, sum: number, udp: boolean): void {
  let checksum = capturedWord(session, p, offset);
  if (sum % 0xffff !== 0) {
    let folded = (checksum ^ 0xffff) + sum;
    while (folded > 0xffff) folded = (folded >>> 16) + (folded & 0xffff);
    checksum = folded ^ 0xffff;
    if (udp && checksum === 0) checksum = 0xffff;
  }
  put(session, p, offset, checksum >> 8);
  put(session, p, offset + 1, checksum & 0xff);
}

function capturedWord(session: SessionBytes, p: number, offset: number): number {
  const at = session.origin[p]! + offset;
  return (session.captured[at]! << 8) | session.captured[at + 1]!;
}

function isEdited(session: SessionBytes, p: number, offset: number): boolean {
  const at = p * session.stride + offset;
  return session.edited[at] === 1 || session.edited[at + 1] === 1;
}

/**
 * Whether the destination address of the IP header is that of the pseudo-header. It is not while the packet is on its
 * way along a source route, whose last hop counts instead (RFC 8200 §8.1; RFC 791 §3.1, loose and strict routes).
 */
function isFinal(session: SessionBytes, p: number): boolean {
  const { captured } = session;
  const network = session.network[p]!;
  const transport = session.transport[p]!;
  const base = session.origin[p]!;
  if (session.version[p] === 6) {
    let next = captured[base + network + 6]!;
    for (let at = network + 40; at + 8 <= transport; ) {
      if (next === 43 && captured[base + at + 3] !== 0) return false;
      const size = captured[base + at + 1]!;
      const length = next === 44 ? 8 : next === 51 ? (size + 2) << 2 : (size + 1) << 3;
      next = captured[base + at]!;
      at += length;
    }
    return true;
  }
  for (let at = network + 20; at + 2 < transport; ) {
    const kind = captured[base + at]!;
    if (kind === 0) return true;
    if (kind === 1) {
      at++;
      continue;
    }
    const length = captured[base + at + 1]!;
    if ((kind === 131 || kind === 137) && captured[base + at + 2]! <= length) return false;
    at += Math.max(2, length);
  }
  return true;
}
