import { type Family, familyOf, serviceCode } from '../contacts.ts';
import { countOff, TRIES } from '../draw.ts';
import { put16 } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { addressOf, portOf } from '../place.ts';
import { staleChecksums } from '../traces.ts';

/**
 * Imitates an intruder who tries a known server for what else it may offer, or uses a back door in it. The responder's
 * port becomes one that nobody used on this server in training, but that others serve: the services of the training
 * sessions are drawn alike, so that a port counts as often as there are servers for it.
 *
 * Applies where the responder is a responder of training sessions and there is such a port.
 */
export const unusedServerPort: Kind = {
  name: 'unused-server-port',
  families: ['ports'],
  fields: ['port'],
  packets: false,
  traces: [
    staleChecksums,
    { says: 'lengths, times and flags stay those of the service that was really used' },
  ],
  apply(session, context, source) {
    const family = familyOf(context.contacts, session.version[0]!);
    const server = family.addresses.find(session.bytes, addressOf(session, 0, false));
    if (server < 0 || family.answered[server] === family.answered[server + 1]) return false;
    const { second, count } = family.services;
    const { protocol } = session;
    let service = -1;
    for (let i = 0; i < TRIES && service < 0; i++) {
      const candidate = second[source.below(count)]!;
      if (isUnused(family, server, protocol, candidate)) service = candidate;
    }
    if (service < 0) {
      const fits = (candidate: number): boolean => isUnused(family, server, protocol, candidate);
      service = countOff(second, 0, count, fits, source);
    }
    if (service < 0) return false;
    for (let p = 0; p < session.packets; p++) put16(session, p, portOf(session, p, false), service);
    return true;
  },
};

/** Whether a service is of this protocol and not one that the server offers. */
const isUnused = (family: Family, server: number, protocol: number, service: number): boolean =>
  service >= serviceCode(protocol, 0) &&
  service <= serviceCode(protocol, 0xffff) &&
  !family.services.has(server, service);
