import { addressSize, MAC_SIZE } from '../../capture/index.ts';
import { familyOf } from '../contacts.ts';
import { replace } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { addressOf, isForward, macOf } from '../place.ts';
import { findStranger } from '../strangers.ts';
import { ofTheHostBefore, staleChecksums } from '../traces.ts';

/**
 * Imitates a host that uses an address of another one, to get past address filters or to hide. The initiator becomes an
 * address of the same family that never talks to the responder: the source of its packets, the destination of the
 * answers. Its own MAC address stays, which is how the spoofing shows on its network; with MAC repair the answers go to
 * the MAC address of the address's owner, where ARP would send them.
 *
 * Applies where such an address is known.
 */
export const sourceIpSpoof: Kind = {
  name: 'source-ip-spoof',
  families: ['addresses'],
  fields: ['address'],
  packets: false,
  traces: [
    staleChecksums,
    { says: 'the answers go to the MAC address of the spoofing host', repair: 'mac' },
    ...ofTheHostBefore("the initiator's packets"),
    { says: 'the conversation goes on although the answers go elsewhere' },
  ],
  apply(session, context, source) {
    const { contacts, strangers } = context;
    const stranger = findStranger(session, contacts, strangers, false, source);
    if (stranger < 0) return false;
    const version = session.version[0]!;
    const family = familyOf(contacts, version);
    const size = addressSize(version);
    const owner = context.repairMac ? family.mac[stranger]! : -1;
    for (let p = 0; p < session.packets; p++) {
      replace(session, p, addressOf(session, p, true), family.addresses.keys, stranger * size, size);
      if (owner < 0 || isForward(session, p)) continue;
      const at = macOf(session, p, true);
      if (at >= 0) replace(session, p, at, contacts.macs.keys, owner * MAC_SIZE, MAC_SIZE);
    }
    return true;
  },
};
