import { exchange, same } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { addressOf, addressSize, MAC_SIZE, macOf, portOf } from '../place.ts';

const PORT_SIZE = 2;

/**
 * Imitates a server that opens the connection itself: reverse shells, call-backs and command channels that go from the
 * service's port to a client. Both ends change places in all packets: IP addresses, ports and MAC addresses.
 *
 * Applies where the ends differ. MAC addresses only where the link header has both; checksums stay right. Traces: TTL,
 * window and options stay those of the end that sent the packet before.
 */
export const roleReversal: Kind = {
  name: 'role-reversal',
  apply(session) {
    const { bytes } = session;
    const size = addressSize(session.version[0]!);
    const isSelf =
      same(bytes, addressOf(session, 0, true), bytes, addressOf(session, 0, false), size) &&
      same(bytes, portOf(session, 0, true), bytes, portOf(session, 0, false), PORT_SIZE);
    if (isSelf) return false;
    for (let p = 0; p < session.packets; p++) {
      exchange(session, p, addressOf(session, p, true), addressOf(session, p, false), size);
      exchange(session, p, portOf(session, p, true), portOf(session, p, false), PORT_SIZE);
      const a = macOf(session, p, true);
      const b = macOf(session, p, false);
      if (a >= 0 && b >= 0) exchange(session, p, a, b, MAC_SIZE);
    }
    return true;
  },
};
