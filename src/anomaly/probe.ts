/** Probes of port scanners: one TCP segment without payload or options, and nothing after it. */
import { isFinal } from './chain.ts';
import { makeBare, payloadLength } from './segment.ts';
import type { SessionBytes } from './session-bytes.ts';
import { flagsOf, isTcp } from './tcp.ts';

/**
 * Leaves of a TCP session its first packet, as a probe with these flags.
 *
 * @returns false when it is no TCP session, is that probe already, or is on its way along a source route
 */
export function becomeProbe(session: SessionBytes, flags: number): boolean {
  if (!isTcp(session) || !isFinal(session, 0)) return false;
  if (session.packets === 1 && flagsOf(session, 0) === flags && payloadLength(session, 0) === 0) return false;
  session.packets = 1;
  makeBare(session, 0, flags);
  return true;
}
