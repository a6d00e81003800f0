/**
 * Which session the fragments of an IP datagram belong to: that of its first fragment, which alone has ports.
 *
 * Fragments belong together by source, destination, identification and, in IPv4, protocol (RFC 791 §3.2, RFC 8200
 * §4.5). Identifications come round again, so a datagram is forgotten after the time in which it would have to be
 * reassembled (RFC 8200).
 */
import { addressSize, Ipv4, type Packet, sourceAddress } from '../capture/index.ts';

/** Seconds. */
const LIFETIME = 60;
/** Datagrams that are remembered; the oldest is forgotten first. */
const MOST = 1 << 16;

interface Datagram {
  readonly session: number;
  readonly seconds: number;
}

export class Fragments {
  private readonly datagrams = new Map<string, Datagram>();

  /** The packet is a first fragment, and it belongs to this session. */
  remember(packet: Packet, session: number): void {
    const name = nameOf(packet);
    this.datagrams.delete(name);
    if (this.datagrams.size === MOST) {
      const [oldest] = this.datagrams.keys();
      this.datagrams.delete(oldest!);
    }
    this.datagrams.set(name, { session, seconds: packet.seconds });
  }

  /** What `remember` was told of the first fragment of a later one; undefined when it was not seen. */
  find(packet: Packet): number | undefined {
    const datagram = this.datagrams.get(nameOf(packet));
    if (datagram === undefined || packet.seconds - datagram.seconds > LIFETIME) return undefined;
    return datagram.session;
  }
}

/** What the fragments of a datagram have in common, one character for each byte. */
function nameOf({ bytes, start, fragmentNetwork, fragmentId }: Packet): string {
  const network = start + fragmentNetwork;
  const version = bytes[network]! >> 4;
  const from = sourceAddress(version, network);
  const addresses = bytes.subarray(from, from + 2 * addressSize(version));
  const protocol = version === 6 ? 6 : bytes[network + Ipv4.protocol]!;
  return `${String.fromCharCode(...addresses, protocol)}${fragmentId}`;
}
