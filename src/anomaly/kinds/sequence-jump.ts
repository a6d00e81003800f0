import { drawPacket } from '../draw.ts';
import type { Kind } from '../kind.ts';
import { isForward } from '../place.ts';
import { addAcknowledgment, addSequence, continues, isTcp } from '../tcp.ts';
import { staleChecksums } from '../traces.ts';

/**
 * Imitates the hijack of a connection: data that a third party slipped in have moved the sequence numbers on. From some
 * packet on, those of its sender are larger by 1 … 65535, and the other end acknowledges what it seems to have got;
 * packet and jump are drawn.
 *
 * Applies to TCP sessions with a packet after the SYN whose sender was seen before.
 */
export const sequenceJump: Kind = {
  name: 'sequence-jump',
  families: ['dialogue'],
  fields: ['tcp.sequence', 'tcp.acknowledgment'],
  packets: false,
  traces: [staleChecksums, { says: 'selective acknowledgments stay' }],
  apply(session, _context, source) {
    if (!isTcp(session)) return false;
    const first = drawPacket(session, continues, source);
    if (first < 0) return false;
    const jump = 1 + source.below(0xffff);
    const forward = isForward(session, first);
    for (let p = first; p < session.packets; p++)
      if (isForward(session, p) === forward) addSequence(session, p, jump);
      else addAcknowledgment(session, p, jump);
    return true;
  },
};
