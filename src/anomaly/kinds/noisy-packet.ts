import type { Stream } from '../../random/index.ts';
import { put } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { staleChecksums } from '../traces.ts';

/** Share of the hexadecimal digits that noise replaces. */
const SHARE = 0.2;

/**
 * Imitates a broken or crafted packet, as fuzzers and fingerprinting tools send: in one packet, a fifth of the
 * hexadecimal digits of the network header are replaced by other ones at random. After the original of Deep Session
 * Learning (Lab41, 2018), where it covers bytes 12 to 26 of an Ethernet frame and, as published, changes nothing. Here
 * it covers the network header from its version to its header checksum (IPv4, 4 of 20 digits) or source address (IPv6,
 * 3 of 16), wherever that begins; the checksum itself is a matter of repair.
 */
export const noisyPacket: Kind = {
  name: 'noisy-packet',
  families: ['header'],
  fields: [
    'ip.version',
    'ip.tos',
    'ip.length',
    'ip.id',
    'ip.flags',
    'ip.ttl',
    'ip.protocol',
    'ip.checksum',
    'ipv6.version',
    'ipv6.length',
    'ipv6.next',
    'ipv6.hops',
  ],
  packets: false,
  traces: [staleChecksums, { says: 'a length or protocol that contradicts the packet' }],
  apply(session, _context, source) {
    const p = source.below(session.packets);
    const network = session.network[p]!;
    const digits = session.version[p] === 6 ? 16 : 20;
    const chosen = drawSubset(digits, Math.round(SHARE * digits), source);
    for (let d = 0; d < digits; d++) {
      if (((chosen >>> d) & 1) === 0) continue;
      const offset = network + (d >> 1);
      const other = (1 + source.below(15)) << ((d & 1) === 0 ? 4 : 0);
      put(session, p, offset, session.bytes[p * session.stride + offset]! ^ other);
    }
    return true;
  },
};

/** k of n < 32 numbers as bits, every choice equally likely, with k draws (R. W. Floyd, CACM 30:9, 1987). */
function drawSubset(n: number, k: number, source: Stream): number {
  let chosen = 0;
  for (let j = n - k; j < n; j++) {
    const t = source.below(j + 1);
    chosen |= 1 << (((chosen >>> t) & 1) === 1 ? j : t);
  }
  return chosen;
}
