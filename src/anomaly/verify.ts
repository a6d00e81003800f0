/** Whether checksums are right: what anyone can tell who sees the packet on the wire. */
import { Protocol } from '../capture/index.ts';
import { isFinal, isFirstFragment } from './chain.ts';
import { addressSum, checksumField, complement, repairTransportChecksum } from './checksum.ts';
import { get16 } from './edit.ts';
import { capturedPayloadLength, capturedTransportSize } from './segment.ts';
import { Make, type SessionBytes } from './session-bytes.ts';

/** Whether the header checksum of packet p is wrong (RFC 791 §3.1); IPv6 has none. */
export function hasWrongIpChecksum(session: SessionBytes, p: number): boolean {
  if (session.version[p] !== 4) return false;
  let sum = 0;
  for (let i = session.network[p]!; i + 1 < session.transport[p]!; i += 2) sum += get16(session, p, i);
  return complement(sum) !== 0;
}

/**
 * Whether the TCP or UDP checksum of packet p is wrong (RFC 9293 §3.1, RFC 768); a UDP checksum of 0 is none.
 *
 * Of a packet without payload it is computed from its header bytes. Of one with payload, which is not kept, the captured
 * checksum is taken as right: the presented one is wrong when it is not what follows from that by the edits (RFC 1624).
 * The same goes for a first fragment, whose checksum is that of the whole datagram, and on a source route.
 */
export function hasWrongTransportChecksum(session: SessionBytes, p: number): boolean {
  const udp = session.protocol === Protocol.udp;
  const transport = session.transport[p]!;
  const checksum = checksumField(session, p);
  const presented = get16(session, p, checksum);
  if (udp && presented === 0) return false;
  if (isWhole(session, p)) {
    const size = session.length[p]! - transport;
    let sum = addressSum(session, p) + session.protocol + size;
    for (let i = transport; i < session.length[p]!; i += 2) sum += get16(session, p, i);
    return complement(sum) !== 0;
  }
  const at = p * session.stride + checksum;
  const { bytes, edited } = session;
  const before = [bytes[at]!, bytes[at + 1]!, edited[at]!, edited[at + 1]!] as const;
  repairTransportChecksum(session, p);
  const expected = get16(session, p, checksum);
  [bytes[at], bytes[at + 1], edited[at], edited[at + 1]] = before;
  return presented !== expected;
}

/** Whether all that the transport checksum covers is there: no payload, no fragment, no other last hop. */
function isWhole(session: SessionBytes, p: number): boolean {
  if (session.made[p] === Make.converted || session.added[p]! > 0) return false;
  if (session.made[p] === Make.edited && capturedPayloadLength(session, p) !== 0) return false;
  if (isFirstFragment(session, p) || !isFinal(session, p)) return false;
  const transport = session.transport[p]!;
  const size = session.length[p]! - transport;
  return size === capturedTransportSize(session, p) || session.made[p] === Make.bare;
}
