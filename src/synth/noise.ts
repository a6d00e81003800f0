/**
 * Noise: what is on every network and part of no session, such as ARP, ICMP and neighbour discovery.
 */
import { choose, type Stream } from '../random/index.ts';
import type { Exchange } from './conversation.ts';
import { writeArp, writeIcmp } from './frame.ts';
import type { Host, Population } from './host.ts';
import { address, reaction, type Wire } from './wire.ts';

const SECOND = 1_000_000;

/** One exchange: an address resolution or a few echoes. Neighbour discovery only where there is IPv6. */
export function noise(wire: Wire, population: Population, ipv6: boolean, source: Stream): Exchange {
  const { workstations, internal, devices, external, gateway } = population;
  const inside = workstations.length + internal.length + devices.length;
  const hosts = [workstations, internal, devices, external, [gateway]];
  const place = source.below(inside);
  const asker = nth(hosts, place);
  // Everybody else: whoever comes after the asker moves up by one.
  const other = source.below(inside + external.length);
  const asked = nth(hosts, other < place ? other : other + 1);
  // Whoever is outside is reached by way of the gateway.
  const neighbour = asked.kind === 'external' ? population.gateway : asked;
  const kind = choose([5, ipv6 ? 1 : 0, 3], source);
  if (kind === 0) return resolve(wire, asker, neighbour, source);
  if (kind === 1) return solicit(wire, asker, neighbour, source);
  return ping(wire, asker, asked, ipv6 && source.chance(0.2), source);
}

/** The host at a place of lists that follow each other. */
function nth(lists: readonly (readonly Host[])[], place: number): Host {
  let rest = place;
  for (const list of lists) {
    if (rest < list.length) return list[rest]!;
    rest -= list.length;
  }
  throw new RangeError(`there is no host ${place}`);
}

/** ARP (RFC 826): who has this address? */
function* resolve(wire: Wire, asker: Host, asked: Host, source: Stream): Exchange {
  writeArp(wire.frame, 1, asker, asked);
  yield reaction(asked, source);
  writeArp(wire.frame, 2, asked, asker);
}

/** Neighbour solicitation and advertisement (RFC 4861): the question goes to the solicited-node multicast group. */
function* solicit(wire: Wire, asker: Host, asked: Host, source: Stream): Exchange {
  const { envelope, payloads } = wire;
  const low = asked.ipv6.subarray(13);
  address(wire, asker, asked, true, 0);
  envelope.hops = 255;
  envelope.toMac = Uint8Array.of(0x33, 0x33, 0xff, ...low);
  envelope.to = Uint8Array.of(0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, ...low);
  payloads.neighbour(asked.ipv6, 1, asker.mac);
  writeIcmp(wire.frame, envelope, 135, 0, 0, payloads.current);
  yield reaction(asked, source);
  address(wire, asked, asker, true, 0);
  envelope.hops = 255;
  payloads.neighbour(asked.ipv6, 2, asked.mac);
  writeIcmp(wire.frame, envelope, 136, 0, 0x60000000, payloads.current); // solicited, override
}

/** Echo and echo reply (RFC 792, RFC 4443), one to four times. */
function* ping(wire: Wire, asker: Host, asked: Host, ipv6: boolean, source: Stream): Exchange {
  const { payloads } = wire;
  const identifier = source.below(1 << 16);
  const bytes = asker.fingerprint.name === 'windows' ? 32 : 56;
  const rounds = 1 + source.below(4);
  for (let round = 1; round <= rounds; round++) {
    const draw = source.uniform();
    if (round > 1) yield SECOND + source.below(3000);
    const rest = ((identifier << 16) | round) >>> 0;
    address(wire, asker, asked, ipv6, 0);
    payloads.slice('text', draw, bytes);
    writeIcmp(wire.frame, wire.envelope, ipv6 ? 128 : 8, 0, rest, payloads.current);
    yield reaction(asked, source);
    address(wire, asked, asker, ipv6, 0);
    payloads.slice('text', draw, bytes);
    writeIcmp(wire.frame, wire.envelope, ipv6 ? 129 : 0, 0, rest, payloads.current);
  }
}
