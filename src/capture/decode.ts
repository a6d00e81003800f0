/** From a packet record to the offsets of its headers. */
import { parseIpv4, parseIpv6 } from './internet.ts';
import { parseLink } from './link.ts';
import type { Packet } from './packet.ts';

/**
 * Completes a packet view: link, network and transport offsets, addresses, ports, number of header bytes.
 *
 * @returns 0 when the packet can be part of a session, otherwise the Reason why not, with `packet.detail`.
 */
export function decodePacket(packet: Packet): number {
  if (packet.damage !== 0) return packet.damage;
  packet.detail = 0;
  const reason = parseLink(packet);
  if (reason !== 0) return reason;
  return packet.version === 4 ? parseIpv4(packet) : parseIpv6(packet);
}
