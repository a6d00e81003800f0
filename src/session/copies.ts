/**
 * Copies: packets that were captured twice, as a mirror port does that sends what comes in and what goes out.
 *
 * A copy has the IP and transport headers of a packet at most a millisecond before it, but for the time to live and what
 * depends on it: addresses and ports, IP length and identification, and of TCP the sequence numbers, flags, window and
 * checksum, of UDP length and checksum. What is in front of IP may differ. A packet sent again comes later than that or
 * has another identification; UDP without identification and checksum is never taken for a copy.
 */
import { Ipv4, Ipv6, type Packet, Protocol, Tcp, Udp } from '../capture/index.ts';
import type { KeyScratch } from './key.ts';

/** Nanoseconds. */
const WITHIN = 1_000_000;
/** Packets that are remembered, each in the place that its headers give it: the last one there counts. */
const PLACES = 1 << 10;

// Local constants are folded by the compiler, those of another module are not.
const TCP = Protocol.tcp as number;
const [LENGTH_4, LENGTH_6] = [Ipv4.length, Ipv6.length];
const SEQUENCE = Tcp.sequence;
const ACKNOWLEDGMENT = Tcp.acknowledgment;
const OFFSET = Tcp.offset;
const CHECKSUM = Tcp.checksum;
const LENGTH = Udp.length;

export class Copies {
  /** [PLACES, 4]: two hashes, seconds, nanoseconds. */
  private readonly places = new Int32Array(PLACES << 2);

  /** Whether the packet is a copy; if not, it is remembered. @param key of the packet */
  isCopy(packet: Packet, key: KeyScratch): boolean {
    const { view, start, network, transport, seconds, nanoseconds } = packet;
    const ip = start + network;
    const at = start + transport;
    // Length and identification stand together; IPv6 has none, and its next header and hop limit are cut off.
    const stated = packet.version === 4 ? view.getInt32(ip + LENGTH_4) : view.getUint16(ip + LENGTH_6) << 16;
    let mixed: number;
    if (packet.protocol === TCP)
      mixed =
        Math.imul(view.getInt32(at + SEQUENCE), 0x9e3779b1) ^
        Math.imul(view.getInt32(at + ACKNOWLEDGMENT), 0x1b873593) ^
        Math.imul(view.getInt32(at + OFFSET), 0xcc9e2d51) ^
        Math.imul(view.getInt32(at + CHECKSUM), 0x27d4eb2f);
    else {
      const rest = view.getInt32(at + LENGTH);
      if ((rest & 0xffff) === 0 && (stated & 0xffff) === 0) return false;
      mixed = Math.imul(rest, 0x9e3779b1);
    }
    mixed = Math.imul(mixed ^ (mixed >>> 15) ^ stated, 0x85ebca6b) ^ (key.swapped ? 0x5bd1e995 : 0);
    const { hash } = key;
    const { places } = this;
    const place = ((mixed ^ (mixed >>> 16) ^ hash) & (PLACES - 1)) << 2;
    if (places[place] === mixed && places[place + 1] === hash) {
      const after = (seconds - places[place + 2]!) * 1e9 + nanoseconds - places[place + 3]!;
      if (after >= 0 && after <= WITHIN) return true;
    }
    places[place] = mixed;
    places[place + 1] = hash;
    places[place + 2] = seconds;
    places[place + 3] = nanoseconds;
    return false;
  }
}
