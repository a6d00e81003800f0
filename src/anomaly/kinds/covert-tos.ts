import { get16, put16 } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { isForward } from '../place.ts';
import { staleChecksums } from '../traces.ts';

/**
 * The differentiated services field without the two bits of ECN (RFC 2474, 3168), in the first word of either header.
 */
const IPV4_MASK = 0x00fc;
const IPV6_MASK = 0x0fc0;
const CODES = 64;

/**
 * Imitates a covert channel in the type of service: the six bits of the differentiated services field (IPv4 TOS, IPv6
 * traffic class) of the initiator's packets carry a message; each is another code than it was, drawn alike.
 *
 * Applies to every session.
 */
export const covertTos: Kind = {
  name: 'covert-tos',
  families: ['header'],
  fields: ['ip.tos', 'ipv6.version'],
  packets: false,
  traces: [staleChecksums],
  apply(session, _context, source) {
    for (let p = 0; p < session.packets; p++) {
      if (!isForward(session, p)) continue;
      const at = session.network[p]!;
      const mask = session.version[p] === 6 ? IPV6_MASK : IPV4_MASK;
      const unit = mask & -mask;
      const word = get16(session, p, at);
      const code = ((word & mask) / unit + 1 + source.below(CODES - 1)) % CODES;
      put16(session, p, at, (word & ~mask) | (code * unit));
    }
    return true;
  },
};
