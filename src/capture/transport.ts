/** TCP (RFC 9293) and UDP (RFC 768) headers: ports, and where the headers end. */

import { Tcp, Udp } from './headers.ts';
import { MAX_HEADER_BYTES, type Packet, Protocol } from './packet.ts';
import { Layer, Reason, truncated } from './reason.ts';

/**
 * The header at `packet.transport`. A header that is not there completely is no header: a packet whose TCP options
 * are cut is left out, since its end would be taken for the end of the header.
 *
 * @param limit offset of the end of the packet as its IP header states it
 * @returns a Reason, 0 when the header is there.
 */
export function parseTransport(packet: Packet, limit: number): number {
  const tcp = packet.protocol === Protocol.tcp;
  const transport = packet.transport;
  const at = packet.start + transport;
  const view = packet.view;
  let end = transport + (tcp ? Tcp.size : Udp.size);
  if (end > limit) return noRoom(packet);
  if (end > packet.captured) return truncated(packet, tcp ? Layer.tcp : Layer.udp);
  if (tcp) {
    const headerLength = (view.getUint8(at + Tcp.offset) >> 4) << 2;
    if (headerLength < Tcp.size) {
      packet.detail = headerLength;
      return Reason.tcpHeaderLength;
    }
    end = transport + headerLength;
    if (end > limit) return noRoom(packet);
    if (end > packet.captured) return truncated(packet, Layer.tcp);
  }
  if (end > MAX_HEADER_BYTES) return Reason.headersTooLong;
  packet.headerEnd = end;
  packet.sourcePort = view.getUint16(at + Udp.sourcePort);
  packet.destinationPort = view.getUint16(at + Udp.destinationPort);
  return Reason.none;
}

function noRoom(packet: Packet): number {
  packet.detail = packet.protocol;
  return Reason.ipLength;
}
