/** Whether what a morph did to a session can be seen in its tokens. */
import { createSessionBytes, loadPacket, type SessionBytes } from '../anomaly/index.ts';
import type { SessionTable } from '../session/index.ts';
import type { TokenEncoder } from './encode.ts';

/**
 * Tells whether a session of the table has other tokens than it had when it was captured, or more packets, or fewer. It
 * stops at the first difference, which most morphs make in the first packet.
 *
 * @param stride room for the header bytes of a packet, see createSessionBytes
 */
export function createSight(
  encoder: TokenEncoder,
  sessions: SessionTable,
  stride: number,
): (session: SessionBytes) => boolean {
  const captured = createSessionBytes(1, stride);
  const { firstRow, protocol } = sessions;
  return (session) => {
    const first = firstRow[session.session]!;
    const rows = Math.min(firstRow[session.session + 1]! - first, session.maxPackets);
    if (session.packets !== rows) return true;
    captured.protocol = protocol[session.session]!;
    for (let p = 0; p < rows; p++) {
      loadPacket(sessions, first + p, captured, 0);
      if (!encoder.isSamePacket(session, p, captured, 0)) return true;
    }
    return false;
  };
}
