/** The MAC address of a responder that has got another IP address. */
import { MAC_SIZE } from '../capture/index.ts';
import type { Contacts } from './contacts.ts';
import { replace, same } from './edit.ts';
import type { Surroundings } from './kind.ts';
import { macOf } from './place.ts';
import type { SessionBytes } from './session-bytes.ts';

/** Gives the responder this MAC address, by number, in all packets that have a place for it; counts what cannot be. */
export function repairMac(session: SessionBytes, surroundings: Surroundings, mac: number): void {
  const { contacts, notes } = surroundings;
  let places = 0;
  for (let p = 0; p < session.packets; p++) {
    const at = macOf(session, p, false);
    if (at < 0) continue;
    places++;
    if (mac >= 0) replace(session, p, at, contacts.macs.bytes, mac * MAC_SIZE, MAC_SIZE);
  }
  if (places > 0 && mac < 0) notes.macUnknown++;
  if (mac >= 0 && isInitiators(session, contacts, mac)) notes.macShared++;
}

/** Whether the first packet, the initiator's, came from this MAC address. */
function isInitiators(session: SessionBytes, contacts: Contacts, mac: number): boolean {
  const from = macOf(session, 0, true);
  return from >= 0 && same(session.bytes, from, contacts.macs.bytes, mac * MAC_SIZE, MAC_SIZE);
}
