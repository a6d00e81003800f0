import { Protocol } from '../../capture/index.ts';
import { canBeTcp, toTcp } from '../convert-tcp.ts';
import { toUdp } from '../convert-udp.ts';
import type { Kind } from '../kind.ts';
import { staleChecksums } from '../traces.ts';

/**
 * Imitates a service over the wrong transport, as tunnels and command channels use it: a TCP service is spoken to over
 * UDP and the other way round. A TCP session becomes the datagrams that its payloads are, from the first one of the
 * initiator on. A UDP session becomes a connection: handshake, then the datagrams as segments; where nobody answered, a
 * lone SYN.
 *
 * Applies to TCP sessions where the initiator sends payload, and to UDP sessions between single hosts of datagrams with
 * payload and checksum, where the longer headers fit; an answered one must be read for 4 packets or more.
 */
export const protocolMismatch: Kind = {
  name: 'protocol-mismatch',
  families: ['transport'],
  fields: ['ip.protocol', 'ipv6.next'],
  packets: true,
  traces: [
    staleChecksums,
    {
      says: 'what happens is that of the other protocol: no datagram for an acknowledgment, no segment repeated',
    },
    { says: 'a TCP header that is new is a plain one: window 64240, segments of 1460 bytes, no timestamps' },
    { says: 'the IP ids of the handshake precede the first ones' },
  ],
  apply(session, _context, source) {
    if (session.protocol === Protocol.tcp) return toUdp(session);
    if (!canBeTcp(session)) return false;
    toTcp(session, source);
    return true;
  },
};
