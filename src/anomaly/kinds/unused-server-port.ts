import type { Stream } from '../../random/index.ts';
import { type Family, familyOf, serviceCode } from '../contacts.ts';
import { put16 } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { addressOf, portOf } from '../place.ts';

/** Rejected draws after which the services that are left are counted off instead. */
const TRIES = 64;

/**
 * Imitates an intruder who tries a known server for what else it may offer, or uses a back door in it. The responder's
 * port becomes one that nobody used on this server in training, but that others serve: the services of the training
 * sessions are drawn alike, so that a port counts as often as there are servers for it.
 *
 * Applies where the responder is a responder of training sessions and there is such a port. Traces: lengths, times and
 * flags stay those of the service that was really used.
 */
export const unusedServerPort: Kind = {
  name: 'unused-server-port',
  apply(session, surroundings, source) {
    const family = familyOf(surroundings.contacts, session.version[0]!);
    const server = family.addresses.find(session.bytes, addressOf(session, 0, false));
    if (server < 0 || family.answered[server] === family.answered[server + 1]) return false;
    const service = drawUnused(family, server, session.protocol, source);
    if (service < 0) return false;
    for (let p = 0; p < session.packets; p++) put16(session, p, portOf(session, p, false), service);
    return true;
  },
};

/** A service of this protocol that others serve and this server does not; −1 when there is none. At most 65 draws. */
function drawUnused(family: Family, server: number, protocol: number, source: Stream): number {
  const { second, count } = family.services;
  for (let i = 0; i < TRIES; i++) {
    const service = second[source.below(count)]!;
    if (isUnused(family, server, protocol, service)) return service;
  }
  let left = 0;
  for (let e = 0; e < count; e++) if (isUnused(family, server, protocol, second[e]!)) left++;
  if (left === 0) return -1;
  let skip = source.below(left);
  for (let e = 0; ; e++)
    if (isUnused(family, server, protocol, second[e]!) && skip-- === 0) return second[e]!;
}

const isUnused = (family: Family, server: number, protocol: number, service: number): boolean =>
  service >= serviceCode(protocol, 0) &&
  service <= serviceCode(protocol, 0xffff) &&
  !family.services.has(server, service);
