import type { Stream } from '../../random/index.ts';
import { type Contacts, familyOf, serviceCode } from '../contacts.ts';
import { get16, put16 } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { addressOf, portOf, scopeOfEnd } from '../place.ts';
import { replaceResponder } from '../responder.ts';
import { isHost, reachOf } from '../scope.ts';
import type { SessionBytes } from '../session-bytes.ts';
import { drawOf } from '../strangers.ts';
import { ofTheHostBefore, staleChecksums } from '../traces.ts';

/** User ports (RFC 6335 §6). */
const FIRST_PORT = 1024;
const PORTS = 49_152 - FIRST_PORT;
const TRIES = 64;

/**
 * Imitates malware that listens on a workstation, and whoever calls it there. The responder becomes an address that
 * began sessions in training but was never the responder of one, and its port a user port (1024 … 49151) that nobody
 * serves in training.
 *
 * Applies where the responder is a single host and another such address is known. Checksums and the MAC address follow
 * only when repaired.
 */
export const newService: Kind = {
  name: 'new-service',
  families: ['addresses', 'ports'],
  fields: ['address', 'port'],
  packets: false,
  traces: [
    staleChecksums,
    { says: 'the MAC address of the new address is that of the old one', repair: 'mac' },
    ...ofTheHostBefore('the answers'),
    { says: 'lengths, times and flags stay those of the service that was really used' },
  ],
  apply(session, context, source) {
    const { contacts } = context;
    const family = familyOf(contacts, session.version[0]!);
    const { clients, addresses } = family;
    const scope = scopeOfEnd(session, false);
    if (!isHost(scope)) return false;
    const self = addresses.find(session.bytes, addressOf(session, 0, true));
    const partner = addresses.find(session.bytes, addressOf(session, 0, false));
    const fits = (client: number): boolean => client !== self && client !== partner;
    const client = drawOf(clients, reachOf(scope), fits, source);
    if (client < 0) return false;
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
