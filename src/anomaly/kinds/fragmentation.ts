import { Ipv4 } from '../../capture/index.ts';
import { isFirstFragment } from '../chain.ts';
import { put16 } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { isForward } from '../place.ts';
import { payloadLength, setIpLength, transportSize } from '../segment.ts';
import type { SessionBytes } from '../session-bytes.ts';
import { staleChecksums } from '../traces.ts';

const MORE_FRAGMENTS = 0x2000;
/** Fragments end at multiples of this. */
const UNIT = 8;
/** Sizes that are drawn from, the smallest that has the whole transport header first. */
const SIZES = 4;

/**
 * Imitates evasion by fragments, as fragroute does it: a sensor that does not reassemble sees the beginning of the data
 * only. The initiator's packets become small first fragments: more fragments to come, the flag against fragmentation
 * taken off, the length that of the transport header and up to 31 bytes more. The other fragments have no transport
 * header and are in no session. The size is drawn for the session.
 *
 * Applies to IPv4 sessions where a packet of the initiator is larger than that. The transport checksum, which is that
 * of the whole segment, stays right.
 */
export const fragmentation: Kind = {
  name: 'fragmentation',
  families: ['header'],
  fields: ['ip.length', 'ip.flags'],
  packets: false,
  traces: [staleChecksums, { says: 'the IP id stays, 0 where the sender counts on not being fragmented' }],
  apply(session, _context, source) {
    if (session.version[0] === 6) return false;
    const extra = UNIT * source.below(SIZES);
    let fragments = 0;
    for (let p = 0; p < session.packets; p++)
      if (isForward(session, p) && split(session, p, extra)) fragments++;
    return fragments > 0;
  },
};

/** @returns false when packet p is too small for it; then nothing was changed */
function split(session: SessionBytes, p: number, extra: number): boolean {
  if (isFirstFragment(session, p)) return false;
  const header = transportSize(session, p);
  const segment = header + payloadLength(session, p);
  // The largest size that leaves something for another fragment, but no more than what was drawn.
  const most = Math.floor((segment - 1) / UNIT) * UNIT;
  const size = Math.min(Math.ceil(header / UNIT) * UNIT + extra, most);
  if (size < header) return false;
  const network = session.network[p]!;
  setIpLength(session, p, session.transport[p]! - network + size);
  put16(session, p, network + Ipv4.flags, MORE_FRAGMENTS);
  return true;
}
