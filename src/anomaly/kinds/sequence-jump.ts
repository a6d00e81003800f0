import type { Kind } from '../kind.ts';
import { isForward } from '../place.ts';
import type { SessionBytes } from '../session-bytes.ts';
import { addAcknowledgment, addSequence, Flag, hasFlag, isTcp } from '../tcp.ts';

/**
 * Imitates the hijack of a connection: data that a third party slipped in have moved the sequence numbers on. From some
 * packet on, those of its sender are larger by 1 … 65535, and the other end acknowledges what it seems to have got;
 * packet and jump are drawn.
 *
 * Applies to TCP sessions with a packet after the SYN whose sender was seen before. Traces: selective acknowledgments
 * stay.
 */
export const sequenceJump: Kind = {
  name: 'sequence-jump',
  apply(session, _surroundings, source) {
    if (!isTcp(session)) return false;
    let candidates = 0;
    for (let p = 1; p < session.packets; p++) if (canJump(session, p)) candidates++;
    if (candidates === 0) return false;
    let skip = source.below(candidates);
    const jump = 1 + source.below(0xffff);
    let first = 1;
    while (!canJump(session, first) || skip-- > 0) first++;
    const forward = isForward(session, first);
    for (let p = first; p < session.packets; p++)
      if (isForward(session, p) === forward) addSequence(session, p, jump);
      else addAcknowledgment(session, p, jump);
    return true;
  },
};

function canJump(session: SessionBytes, p: number): boolean {
  if (hasFlag(session, p, Flag.syn | Flag.rst)) return false;
  for (let before = 0; before < p; before++)
    if (isForward(session, before) === isForward(session, p)) return true;
  return false;
}
