/**
 * The header field of every header byte, by the names of the field table (capture/headers.ts).
 *
 * A name is `header.field`. Fields that share a byte share a name, that of the first (`ip.version` holds the header
 * length too, `ip.flags` the fragment offset, `ipv6.version` traffic class and flow label).
 */
import type { SessionBytes } from '../anomaly/index.ts';
import { type HeaderLayout, Ipv4, Ipv6, Protocol, Tcp, Udp, walkLink } from '../capture/index.ts';

/**
 * The field of every header byte of packet p, in order: `ethernet.source`, `ip.ttl`, `tcp.sequence`, …
 *
 * Headers begin where the capture's decoder found them, whatever a morph has made of their bytes.
 */
export function fieldNames(session: SessionBytes, p: number): readonly string[] {
  const network = session.network[p]!;
  const transport = session.transport[p]!;
  const names: string[] = [];
  walkLink(session.link[p]!, session.bytes, p * session.stride, network, (name, from, to) => {
    for (let i = from; i < to; i++) names.push(name);
  });
  addNames(session.version[p] === 6 ? Ipv6 : Ipv4, transport - network, names);
  addNames(session.protocol === Protocol.udp ? Udp : Tcp, session.length[p]! - transport, names);
  return names;
}

/** Adds the names of the first `length` bytes of a header. */
function addNames({ fields, size, rest: [rest] }: HeaderLayout, length: number, names: string[]): void {
  if (length > size && rest === undefined)
    throw new RangeError(`fieldNames: a header of ${length} bytes, expected at most ${size}`);
  const end = names.length + length;
  for (const [name, bytes] of fields) for (let i = 0; i < bytes && names.length < end; i++) names.push(name);
  while (names.length < end) names.push(rest!);
}
