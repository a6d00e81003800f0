import type { Kind } from '../kind.ts';
import { replaceResponder } from '../responder.ts';
import { findStranger } from '../strangers.ts';
import { ofTheHostBefore, staleChecksums } from '../traces.ts';

/**
 * Imitates an intruder who moves sideways: a host opens a conversation that should never happen. The responder becomes
 * an address of the same family that the initiator never talks to: the destination of the initiator's packets, the
 * source of the answers (Deep Session Learning, Lab41, 2018). Checksums and the MAC address follow only when repaired.
 *
 * Applies where such an address is known.
 */
export const destinationIpSwap: Kind = {
  name: 'destination-ip-swap',
  families: ['addresses'],
  fields: ['address'],
  packets: false,
  traces: [
    staleChecksums,
    { says: 'the MAC address of the new address is that of the old one', repair: 'mac' },
    ...ofTheHostBefore('the answers'),
    { says: 'the service is one that the new address may not offer' },
  ],
  apply(session, context, source) {
    const { contacts, strangers } = context;
    const stranger = findStranger(session, contacts, strangers, true, source);
    if (stranger < 0) return false;
    replaceResponder(session, context, stranger);
    return true;
  },
};
