/** A responder that gets another IP address, and the MAC address that goes with it. */
import { addressSize, MAC_SIZE } from '../capture/index.ts';
import { type Contacts, familyOf } from './contacts.ts';
import { replace, same } from './edit.ts';
import type { MorphContext } from './kind.ts';
import { addressOf, macOf } from './place.ts';
import type { SessionBytes } from './session-bytes.ts';

/** Gives the responder an address that training knows, by number, in all packets; with repair also its MAC address. */
export function replaceResponder(session: SessionBytes, context: MorphContext, address: number): void {
  const version = session.version[0]!;
  const { addresses, mac } = familyOf(context.contacts, version);
  const size = addressSize(version);
  for (let p = 0; p < session.packets; p++)
    replace(session, p, addressOf(session, p, false), addresses.keys, address * size, size);
  if (context.repairMac) repairMac(session, context, mac[address]!);
}

/** Gives the responder this MAC address, by number, in all packets that have a place for it; counts what cannot be. */
function repairMac(session: SessionBytes, context: MorphContext, mac: number): void {
  const { contacts, notes } = context;
  let places = 0;
  for (let p = 0; p < session.packets; p++) {
    const at = macOf(session, p, false);
    if (at < 0) continue;
    places++;
    if (mac >= 0) replace(session, p, at, contacts.macs.keys, mac * MAC_SIZE, MAC_SIZE);
  }
  if (places > 0 && mac < 0) notes.macUnknown++;
  if (mac >= 0 && isInitiators(session, contacts, mac)) notes.macShared++;
}

/** Whether the first packet, the initiator's, came from this MAC address. */
function isInitiators(session: SessionBytes, contacts: Contacts, mac: number): boolean {
  const from = macOf(session, 0, true);
  return from >= 0 && same(session.bytes, from, contacts.macs.keys, mac * MAC_SIZE, MAC_SIZE);
}
