import type { Stream } from '../../random/index.ts';
import { type Contacts, familyOf, serviceCode } from '../contacts.ts';
import { get16, put16 } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { addressOf, portOf } from '../place.ts';
import { replaceResponder } from '../responder.ts';
import type { SessionBytes } from '../session-bytes.ts';

/** User ports (RFC 6335 §6). */
const FIRST_PORT = 1024;
const PORTS = 49_152 - FIRST_PORT;
const TRIES = 64;

/**
 * Imitates malware that listens on a workstation, and whoever calls it there. The responder becomes an address that
 * began sessions in training but was never the responder of one, and its port a user port (1024 … 49151) that nobody
 * serves in training.
 *
 * Applies where another such address is known. Checksums and the MAC address follow only when repaired. Traces:
 * lengths, times, flags and TTL stay those of the service that was really used.
 */
export const newService: Kind = {
  name: 'new-service',
  apply(session, context, source) {
    const { contacts } = context;
    const family = familyOf(contacts, session.version[0]!);
    const { clients, addresses } = family;
    const self = addresses.find(session.bytes, addressOf(session, 0, true));
    // The initiator may be among the clients: the last one then takes its place in the draw.
    const isClient = self >= 0 && family.answered[self] === family.answered[self + 1];
    const others = clients.length - (isClient ? 1 : 0);
    if (others === 0) return false;
    let client = clients[source.below(others)]!;
    if (client === self) client = clients[clients.length - 1]!;
    const port = drawPort(session, contacts, source);
    if (port < 0) return false;
    replaceResponder(session, context, client);
    for (let p = 0; p < session.packets; p++) put16(session, p, portOf(session, p, false), port);
    return true;
  },
};

/**
 * A user port other than the present one that nobody serves, −1 when there is none. At most 65 draws; after that many
 * the ports behind the last one are tried in order.
 */
function drawPort(session: SessionBytes, contacts: Contacts, source: Stream): number {
  const { served } = familyOf(contacts, session.version[0]!);
  const present = get16(session, 0, portOf(session, 0, false));
  let port = FIRST_PORT;
  for (let i = 0; i < TRIES + PORTS; i++) {
    port = FIRST_PORT + (i <= TRIES ? source.below(PORTS) : (port - FIRST_PORT + 1) % PORTS);
    if (port !== present && !served.has(serviceCode(session.protocol, port), 0)) return port;
  }
  return -1;
}
