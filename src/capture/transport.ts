/** TCP (RFC 9293) and UDP (RFC 768) headers: ports, and where the headers end. */

import { Tcp, Udp } from './headers.ts';
import { Fragment, MAX_HEADER_BYTES, type Packet, Protocol } from './packet.ts';
import { Layer, Reason, truncated } from './reason.ts';

/**
 * The header at `packet.transport`. Its fixed part must be there. TCP options may be cut by the snap length, or go on in
 * the next fragment: then the headers end with the last whole word of four bytes that is there.
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
  const first = packet.fragment === Fragment.first;
  if (end > limit) return first ? Reason.firstFragmentShort : noRoom(packet);
  if (end > packet.captured) return truncated(packet, tcp ? Layer.tcp : Layer.udp);
  if (tcp) {
    const headerLength = (view.getUint8(at + Tcp.offset) >> 4) << 2;
    if (headerLength < Tcp.size) {
      packet.detail = headerLength;
      return Reason.tcpHeaderLength;
    }
    end = transport + headerLength;
    if (end > limit) {
      if (!first) return noRoom(packet);
      end = wholeWords(transport, limit);
    }
    if (end > packet.captured) {
      if (packet.captured >= packet.original) return truncated(packet, Layer.tcp);
      end = wholeWords(transport, packet.captured);
    }
  }
  if (end > MAX_HEADER_BYTES) return Reason.headersTooLong;
  packet.headerEnd = end;
  packet.sourcePort = view.getUint16(at + Udp.sourcePort);
  packet.destinationPort = view.getUint16(at + Udp.destinationPort);
  return Reason.none;
}

/** The end of a TCP header of which not more is there: it is made of words of 32 bits. */
const wholeWords = (transport: number, end: number): number => transport + ((end - transport) & ~3);

function noRoom(packet: Packet): number {
  packet.detail = packet.protocol;
  return Reason.ipLength;
}
