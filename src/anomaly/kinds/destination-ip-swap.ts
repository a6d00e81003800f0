import { addressSize } from '../../capture/index.ts';
import { familyOf } from '../contacts.ts';
import { replace } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { repairMac } from '../mac.ts';
import { addressOf } from '../place.ts';
import { findStranger } from '../strangers.ts';

/**
 * Imitates an intruder who moves sideways: a host opens a conversation that should never happen. The responder becomes
 * an address of the same family that the initiator never talks to: the destination of the initiator's packets, the
 * source of the answers (Deep Session Learning, Lab41, 2018). Checksums and the MAC address follow only when repaired.
 *
 * Applies where such an address is known. Traces: TTL and options of the answers stay those of the old responder.
 */
export const destinationIpSwap: Kind = {
  name: 'destination-ip-swap',
  apply(session, surroundings, source) {
    const { contacts, strangers } = surroundings;
    const stranger = findStranger(session, contacts, strangers, true, source);
    if (stranger < 0) return false;
    const version = session.version[0]!;
    const family = familyOf(contacts, version);
    const size = addressSize(version);
    for (let p = 0; p < session.packets; p++)
      replace(session, p, addressOf(session, p, false), family.addresses.bytes, stranger * size, size);
    if (surroundings.repairMac) repairMac(session, surroundings, family.mac[stranger]!);
    return true;
  },
};
