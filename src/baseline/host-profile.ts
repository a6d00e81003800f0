/** What the training sessions show of every host, as captured: its MAC addresses and its TTLs. */
import { type Contacts, familyOf, Pairs } from '../anomaly/index.ts';
import { destinationAddress, destinationMac, sourceAddress, sourceMac, ttlField } from '../capture/index.ts';
import type { SessionTable } from '../session/index.ts';

/** The addresses of one IP version, numbered as in the contacts. n addresses. */
interface HostProfiles {
  /** (address, MAC address) of one packet, as sender or receiver; MAC addresses numbered as in the contacts. */
  readonly macs: Pairs;
  /** (address, TTL or hop limit) of one packet that the address sent. */
  readonly ttls: Pairs;
  /** [n]: 1 where an address has any of these. */
  readonly hasMac: Uint8Array;
  readonly hasTtl: Uint8Array;
}

/** What the rules know. */
export interface TrainingProfile {
  readonly contacts: Contacts;
  readonly ipv4: HostProfiles;
  readonly ipv6: HostProfiles;
}

export const hostProfilesOf = (known: TrainingProfile, version: number): HostProfiles =>
  version === 6 ? known.ipv6 : known.ipv4;

/**
 * Reads the training sessions.
 *
 * @param train indices of the sessions that the contacts were collected from
 */
export function learnHostProfiles(
  sessions: SessionTable,
  train: Uint32Array,
  contacts: Contacts,
): TrainingProfile {
  const empty = (n: number): HostProfiles => ({
    macs: new Pairs(),
    ttls: new Pairs(),
    hasMac: new Uint8Array(n),
    hasTtl: new Uint8Array(n),
  });
  const known = {
    contacts,
    ipv4: empty(contacts.ipv4.addresses.count),
    ipv6: empty(contacts.ipv6.addresses.count),
  };
  const { header, headerStart, firstRow, network, link } = sessions;
  for (const session of train) {
    for (let row = firstRow[session]!; row < firstRow[session + 1]!; row++) {
      const start = headerStart[row]!;
      const version = header[start + network[row]!]! >> 4 === 6 ? 6 : 4;
      const { addresses } = familyOf(contacts, version);
      const profiles = hostProfilesOf(known, version);
      const source = addresses.find(header, start + sourceAddress(version, network[row]!));
      const destination = addresses.find(header, start + destinationAddress(version, network[row]!));
      const pair = (address: number, offset: number) => {
        if (offset < 0 || address < 0) return;
        profiles.macs.add(address, contacts.macs.find(header, start + offset));
        profiles.hasMac[address] = 1;
      };
      pair(source, sourceMac(link[row]!, header, start));
      pair(destination, destinationMac(link[row]!, header, start));
      if (source < 0) continue;
      profiles.ttls.add(source, header[start + ttlField(version, network[row]!)]!);
      profiles.hasTtl[source] = 1;
    }
  }
  return known;
}
