/** What the training sessions show of every host, as captured: MAC addresses, TTLs, ports of services, TCP handshakes. */
import { type Contacts, type Family, familyOf, Pairs, serviceCode } from '../anomaly/index.ts';
import {
  destinationAddress,
  destinationMac,
  PORT_SIZE,
  Protocol,
  sourceAddress,
  sourceMac,
  Tcp,
  TcpFlag,
  ttlField,
} from '../capture/index.ts';
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
  /** (address, see fingerprintOf) of a SYN or SYN-ACK that the address sent. */
  readonly fingerprints: Pairs;
  readonly hasFingerprint: Uint8Array;
  /** (address, service, see serviceCode) of the end with the lower port, whichever of both began the session. */
  readonly ports: Pairs;
  /** Scopes of initiator and responder of a session, see scopesKey. */
  readonly scopes: ReadonlySet<number>;
}

/** Scopes of two addresses as one number. */
export const scopesKey = (from: number, to: number): number => 256 * from + to;

/** TCP options of which not only the kind is looked at, and the one that fills. */
const VALUED: ReadonlySet<number> = new Set([2, 3]);
const [END, FILL] = [0, 1];

/**
 * What the handshake of a system looks like, as a number: its window, the order of its TCP options, MSS and window scale
 * (FNV-1a). No time stamp enters it.
 *
 * @param at where the TCP header begins
 * @param end where the bytes that are kept of it end
 */
export function fingerprintOf(bytes: Uint8Array, at: number, end: number): number {
  let hash = 0x811c9dc5;
  const take = (from: number, to: number): void => {
    for (let i = from; i < Math.min(to, end); i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  };
  take(at + Tcp.window, at + Tcp.window + 2);
  const behind = Math.min(end, at + 4 * (bytes[at + Tcp.offset]! >> 4));
  for (let i = at + Tcp.size; i < behind; ) {
    const kind = bytes[i]!;
    if (kind === END) break;
    const size = kind === FILL || i + 1 >= behind ? 1 : Math.max(2, bytes[i + 1]!);
    take(i, VALUED.has(kind) ? i + size : i + 1);
    i += size;
  }
  return hash >>> 0;
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
  const empty = ({ addresses: { count: n }, calls, scope }: Family): HostProfiles => ({
    macs: new Pairs(),
    ttls: new Pairs(),
    hasMac: new Uint8Array(n),
    hasTtl: new Uint8Array(n),
    fingerprints: new Pairs(),
    hasFingerprint: new Uint8Array(n),
    ports: new Pairs(),
    scopes: new Set(
      Array.from({ length: calls.count }, (_, e) =>
        scopesKey(scope[calls.first[e]!]!, scope[calls.second[e]!]!),
      ),
    ),
  });
  const known = { contacts, ipv4: empty(contacts.ipv4), ipv6: empty(contacts.ipv6) };
  const { header, headerStart, firstRow, network, transport, link, protocol } = sessions;
  for (const session of train) {
    learnPorts(sessions, session, known);
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
      const tcp = start + transport[row]!;
      if (protocol[session] !== Protocol.tcp || (header[tcp + Tcp.flags]! & TcpFlag.syn) === 0) continue;
      profiles.fingerprints.add(source, fingerprintOf(header, tcp, headerStart[row + 1]!));
      profiles.hasFingerprint[source] = 1;
    }
  }
  return known;
}

/** The host that has the lower port of a session, and that port; where both are the same, both hosts. */
function learnPorts(sessions: SessionTable, session: number, known: TrainingProfile): void {
  const { header, headerStart, firstRow, network, transport, protocol } = sessions;
  const row = firstRow[session]!;
  const start = headerStart[row]!;
  const version = header[start + network[row]!]! >> 4 === 6 ? 6 : 4;
  const at = start + transport[row]!;
  const ports = [0, PORT_SIZE].map((offset) => (header[at + offset]! << 8) | header[at + offset + 1]!);
  const lower = Math.min(...ports);
  const { addresses } = familyOf(known.contacts, version);
  for (const [i, place] of [sourceAddress, destinationAddress].entries()) {
    if (ports[i] !== lower) continue;
    const address = addresses.find(header, start + place(version, network[row]!));
    if (address >= 0)
      hostProfilesOf(known, version).ports.add(address, serviceCode(protocol[session]!, lower));
  }
}
