/** Initiator and responder change places. */
import { addressSize, MAC_SIZE, PORT_SIZE } from '../capture/index.ts';
import { exchange, same } from './edit.ts';
import { addressOf, areHosts, macOf, portOf } from './place.ts';
import type { SessionBytes } from './session-bytes.ts';

/**
 * Exchanges the IP and MAC addresses of the two ends, or their ports, or both, in all packets. MAC addresses only where
 * the link header has both. Checksums stay right.
 *
 * @returns false when both ends have the same ones, or addresses were to be exchanged with a group, which never sends
 *   anything (RFC 1122 §3.2.1.3); then nothing was changed
 */
export function exchangeEnds(session: SessionBytes, addresses: boolean, ports: boolean): boolean {
  const { bytes } = session;
  const size = addressSize(session.version[0]!);
  const differ =
    (addresses && !same(bytes, addressOf(session, 0, true), bytes, addressOf(session, 0, false), size)) ||
    (ports && !same(bytes, portOf(session, 0, true), bytes, portOf(session, 0, false), PORT_SIZE));
  if (!differ || (addresses && !areHosts(session))) return false;
  for (let p = 0; p < session.packets; p++) {
    if (ports) exchange(session, p, portOf(session, p, true), portOf(session, p, false), PORT_SIZE);
    if (!addresses) continue;
    exchange(session, p, addressOf(session, p, true), addressOf(session, p, false), size);
    const a = macOf(session, p, true);
    const b = macOf(session, p, false);
    if (a >= 0 && b >= 0) exchange(session, p, a, b, MAC_SIZE);
  }
  return true;
}
