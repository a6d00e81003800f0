import { type Contacts, drawStranger, familyOf } from '../contacts.ts';
import { replace, same } from '../edit.ts';
import type { Kind, Surroundings } from '../kind.ts';
import {
  addressSize,
  destinationAddress,
  destinationMac,
  MAC_SIZE,
  sourceAddress,
  sourceMac,
} from '../place.ts';
import type { SessionBytes } from '../session-bytes.ts';

/**
 * Imitates an intruder who moves sideways: a host opens a conversation that should never happen. The responder becomes
 * an address of the same family that the initiator never talks to: the destination of the initiator's packets, the
 * source of the answers (Deep Session Learning, Lab41, 2018). Checksums and the MAC address follow only when repaired.
 */
export const destinationIpSwap: Kind = {
  name: 'destination-ip-swap',
  apply(session, surroundings, source) {
    const { bytes } = session;
    const version = session.version[0]!;
    const network = session.network[0]!;
    const family = familyOf(surroundings.contacts, version);
    // The sender of the first packet is the initiator.
    const self = family.addresses.find(bytes, sourceAddress(version, network));
    const partner = family.addresses.find(bytes, destinationAddress(version, network));
    const stranger = drawStranger(family, self, partner, source);
    if (stranger < 0) return false;
    const size = addressSize(version);
    for (let p = 0; p < session.packets; p++) {
      const place = isForward(session, p) ? destinationAddress : sourceAddress;
      const at = place(session.version[p]!, session.network[p]!);
      replace(session, p, at, family.addresses.bytes, stranger * size, size);
    }
    if (surroundings.repairMac) repairMac(session, surroundings, family.mac[stranger]!);
    return true;
  },
};

const isForward = (session: SessionBytes, p: number): boolean =>
  session.fromInitiator[p] === session.fromInitiator[0];

/** Gives the responder this MAC address in all packets that have a place for it. */
function repairMac(session: SessionBytes, surroundings: Surroundings, mac: number): void {
  const { contacts, notes } = surroundings;
  let places = 0;
  for (let p = 0; p < session.packets; p++) {
    const at = responderMac(session, p);
    if (at < 0) continue;
    places++;
    if (mac >= 0) replace(session, p, at, contacts.macs.bytes, mac * MAC_SIZE, MAC_SIZE);
  }
  if (places > 0 && mac < 0) notes.macUnknown++;
  if (mac >= 0 && isInitiators(session, contacts, mac)) notes.macShared++;
}

function responderMac(session: SessionBytes, p: number): number {
  const link = session.link[p]!;
  return isForward(session, p) ? destinationMac(link) : sourceMac(link, session.bytes, p * session.stride);
}

/** Whether the first packet, the initiator's, came from this MAC address. */
function isInitiators(session: SessionBytes, contacts: Contacts, mac: number): boolean {
  const from = sourceMac(session.link[0]!, session.bytes, 0);
  return from >= 0 && same(session.bytes, from, contacts.macs.bytes, mac * MAC_SIZE, MAC_SIZE);
}
