/**
 * What lies between the IP header and the transport header: IPv4 options (RFC 791) and IPv6 extension headers (RFC
 * 8200, 4302), as captured. A kind that asks before it edits asks about the packet as it is.
 */
import { Extension, ExtensionType, extensionSize, Ipv4, Ipv6 } from '../capture/index.ts';
import type { SessionBytes } from './session-bytes.ts';

/** Offset of the byte that names the transport protocol of packet p. */
export function protocolField(session: SessionBytes, p: number): number {
  const network = session.network[p]!;
  if (session.version[p] !== 6) return network + Ipv4.protocol;
  const { captured } = session;
  const transport = session.transport[p]!;
  const base = session.origin[p]!;
  let field = network + Ipv6.next;
  for (let at = network + Ipv6.size; at + Extension.size <= transport; ) {
    const length = extensionSize(captured[base + field]!, captured[base + at + Extension.length]!);
    field = at;
    at += length;
  }
  return field;
}

/** Whether packet p is the first fragment of a larger one; later ones are in no session. */
export function isFirstFragment(session: SessionBytes, p: number): boolean {
  const { captured } = session;
  const network = session.network[p]!;
  const base = session.origin[p]!;
  if (session.version[p] !== 6) return (captured[base + network + Ipv4.flags]! & 0x20) !== 0;
  return extension(session, p, ExtensionType.fragment) >= 0;
}

/**
 * Whether the destination address of the IP header is that of the pseudo-header. It is not while the packet is on its
 * way along a source route, whose last hop counts instead (RFC 8200 §8.1; RFC 791 §3.1, loose and strict routes).
 */
export function isFinal(session: SessionBytes, p: number): boolean {
  const { captured } = session;
  const network = session.network[p]!;
  const transport = session.transport[p]!;
  const base = session.origin[p]!;
  if (session.version[p] === 6) {
    const routing = extension(session, p, ExtensionType.routing);
    return routing < 0 || captured[base + routing + Extension.segmentsLeft] === 0;
  }
  for (let at = network + Ipv4.size; at + 2 < transport; ) {
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

/** Offset of the first IPv6 extension header of a kind, −1 when there is none. */
function extension(session: SessionBytes, p: number, kind: number): number {
  const { captured } = session;
  const network = session.network[p]!;
  const transport = session.transport[p]!;
  const base = session.origin[p]!;
  let next = captured[base + network + Ipv6.next]!;
  for (let at = network + Ipv6.size; at + Extension.size <= transport; ) {
    if (next === kind) return at;
    const length = extensionSize(next, captured[base + at + Extension.length]!);
    next = captured[base + at + Extension.next]!;
    at += length;
  }
  return -1;
}
