import { Ipv4 } from '../../capture/index.ts';
import { get16, put16 } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { drawWord } from '../message.ts';
import { isForward } from '../place.ts';
import { staleChecksums } from '../traces.ts';

/**
 * Imitates a covert channel in the IP identification (Rowland, First Monday 2:5, 1997): the ids of the initiator's
 * packets are two ASCII characters each of a message, small letters and spaces.
 *
 * Applies to IPv4.
 */
export const covertIpId: Kind = {
  name: 'covert-ip-id',
  families: ['header'],
  fields: ['ip.id'],
  packets: false,
  traces: [staleChecksums],
  apply(session, _context, source) {
    if (session.version[0] === 6) return false;
    for (let p = 0; p < session.packets; p++) {
      if (!isForward(session, p)) continue;
      const at = session.network[p]! + Ipv4.id;
      put16(session, p, at, drawWord(get16(session, p, at), source));
    }
    return true;
  },
};
