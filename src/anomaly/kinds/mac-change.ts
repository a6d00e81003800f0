import { MAC_SIZE } from '../../capture/index.ts';
import type { Stream } from '../../random/index.ts';
import type { Contacts } from '../contacts.ts';
import { countOff, TRIES } from '../draw.ts';
import { replace, same } from '../edit.ts';
import type { Kind } from '../kind.ts';
import { macOf, scopeOfEnd } from '../place.ts';
import { isHost } from '../scope.ts';
import type { SessionBytes } from '../session-bytes.ts';

/**
 * Imitates ARP spoofing: from some packet on, the frames of one end come from and go to the MAC address of another host
 * of the network, while its IP address stays. The end, the first packet and the host are drawn; hosts are all MAC
 * addresses of the training sessions but those of groups and the two that the session has.
 *
 * Applies where the link header has the address of that end, and an end is a single host.
 */
export const macChange: Kind = {
  name: 'mac-change',
  families: ['addresses'],
  fields: ['mac'],
  packets: false,
  traces: [{ says: 'an attacker who routes would lower the TTL' }],
  apply(session, context, source) {
    const { macs } = context.contacts;
    const drawn = source.chance(0.5);
    // What goes to a group goes to the MAC address of the group.
    if (!isHost(scopeOfEnd(session, true)) && !isHost(scopeOfEnd(session, false))) return false;
    const initiator = isHost(scopeOfEnd(session, drawn)) ? drawn : !drawn;
    let places = 0;
    for (let p = 0; p < session.packets; p++) if (macOf(session, p, initiator) >= 0) places++;
    if (places === 0) return false;
    const chosen = drawHost(session, context.contacts, source);
    if (chosen < 0) return false;
    let wait = source.below(places);
    for (let p = 0; p < session.packets; p++) {
      const at = macOf(session, p, initiator);
      if (at >= 0 && wait-- <= 0) replace(session, p, at, macs.keys, chosen * MAC_SIZE, MAC_SIZE);
    }
    return true;
  },
};

/** The MAC address of a host that is none of the session's ends, by number; −1 when there is none. At most 65 draws. */
function drawHost(session: SessionBytes, { hostMacs, macs }: Contacts, source: Stream): number {
  const n = hostMacs.length;
  if (n === 0) return -1;
  for (let i = 0; i < TRIES; i++) {
    const mac = hostMacs[source.below(n)]!;
    if (!isEnd(session, macs.keys, mac)) return mac;
  }
  return countOff(hostMacs, 0, n, (mac) => !isEnd(session, macs.keys, mac), source);
}

/** Whether an end of the session has this MAC address, in any packet. */
function isEnd(session: SessionBytes, macs: Uint8Array, mac: number): boolean {
  for (let p = 0; p < session.packets; p++)
    if (isAt(session, p, true, macs, mac) || isAt(session, p, false, macs, mac)) return true;
  return false;
}

function isAt(session: SessionBytes, p: number, initiator: boolean, macs: Uint8Array, mac: number): boolean {
  const at = macOf(session, p, initiator);
  return at >= 0 && same(session.bytes, p * session.stride + at, macs, mac * MAC_SIZE, MAC_SIZE);
}
