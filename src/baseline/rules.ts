/**
 * Rules of one line: each looks at a presented session, and perhaps at what training showed, and says "anomalous" or not.
 * They read whole headers, also what the spec hides from the network.
 */
import {
  addressOf,
  familyOf,
  hasWrongIpChecksum,
  hasWrongTransportChecksum,
  isMany,
  portOf,
  Scope,
  type SessionBytes,
  scopeOf,
  serviceCode,
} from '../anomaly/index.ts';
import {
  destinationAddress,
  destinationMac,
  Protocol,
  sourceAddress,
  sourceMac,
  ttlField,
} from '../capture/index.ts';
import {
  beginsBackwards,
  endsOpen,
  hasNewFingerprint,
  hasNewHostPort,
  hasNewScopes,
  hasWrongLength,
  isNewCaller,
} from './conversation.ts';
import { hostProfilesOf, type TrainingProfile } from './host-profile.ts';

export interface Rule {
  readonly name: string;
  /** When it calls a session anomalous. */
  readonly says: string;
  readonly breaks: (session: SessionBytes, known: TrainingProfile) => boolean;
}

/** Ports below this are given to services (RFC 6335 §6: system ports). */
const SYSTEM_PORTS = 1024;

/** All rules, in the order in which they are reported. */
export const rules: readonly Rule[] = [
  {
    name: 'wrong-ip-checksum',
    says: 'an IPv4 header checksum is wrong',
    breaks: (session) => anyPacket(session, hasWrongIpChecksum),
  },
  {
    name: 'wrong-transport-checksum',
    says: 'a TCP or UDP checksum is wrong; where there is payload, captured ones are taken as right',
    breaks: (session) => anyPacket(session, hasWrongTransportChecksum),
  },
  {
    name: 'new-pair',
    says: 'its two addresses never talked in training',
    breaks(session, { contacts }) {
      const [initiator, responder] = ends(session, contacts);
      const { calls } = familyOf(contacts, session.version[0]!);
      return !isIn(calls, initiator, responder) && !isIn(calls, responder, initiator);
    },
  },
  {
    name: 'new-direction',
    says: 'its initiator never called its responder in training',
    breaks(session, { contacts }) {
      const [initiator, responder] = ends(session, contacts);
      return !isIn(familyOf(contacts, session.version[0]!).calls, initiator, responder);
    },
  },
  {
    name: 'new-service',
    says: 'nobody called that port of its responder in training',
    breaks(session, { contacts }) {
      const [, responder] = ends(session, contacts);
      const service = serviceCode(session.protocol, port(session, false));
      return !isIn(familyOf(contacts, session.version[0]!).services, responder, service);
    },
  },
  {
    name: 'new-mac',
    says: 'an address that training knows comes with a MAC address that it never had there',
    breaks: (session, known) => anyPacket(session, (s, p) => hasNewMac(s, p, known)),
  },
  {
    name: 'new-ttl',
    says: 'an address that training knows sends with a TTL that it never had there',
    breaks: (session, known) => anyPacket(session, (s, p) => hasNewTtl(s, p, known)),
  },
  {
    name: 'group-source',
    says: 'a packet comes from an address that no host has: a multicast group, a broadcast, one that is reserved',
    breaks: (session, known) => anyPacket(session, (s, p) => isOfMany(s, p, sourceAddress, known)),
  },
  {
    name: 'tcp-to-group',
    says: 'TCP has a multicast group or a broadcast address for an end',
    breaks: (session, known) =>
      session.protocol === Protocol.tcp &&
      (isOfMany(session, 0, sourceAddress, known) || isOfMany(session, 0, destinationAddress, known)),
  },
  {
    name: 'initiator-port-lower',
    says: "the initiator's port is lower than the responder's",
    breaks: (session) => port(session, true) < port(session, false),
  },
  {
    name: 'initiator-port-system',
    says: `the initiator's port is below ${SYSTEM_PORTS}, the responder's is not`,
    breaks: (session) => port(session, true) < SYSTEM_PORTS && port(session, false) >= SYSTEM_PORTS,
  },
  {
    name: 'new-caller',
    says: 'its initiator, whom training knows, began no session there',
    breaks: isNewCaller,
  },
  {
    name: 'new-host-port',
    says: 'the end with the lower port, which training knows, never had that port there, in either role',
    breaks: hasNewHostPort,
  },
  {
    name: 'new-scopes',
    says: 'no session of training goes from such an address to such a one (private, public, link-local, group, …)',
    breaks: hasNewScopes,
  },
  {
    name: 'new-fingerprint',
    says: 'an address that training knows sends a SYN with a window or TCP options that it never had there',
    breaks: (session, known) => anyPacket(session, (s, p) => hasNewFingerprint(s, p, known)),
  },
  {
    name: 'wrong-length',
    says: 'the length in an IP or UDP header is not that of its packet',
    breaks: (session) => anyPacket(session, hasWrongLength),
  },
  {
    name: 'short-without-end',
    says: 'TCP with fewer packets than are kept, and neither FIN nor RST',
    breaks: endsOpen,
  },
  {
    name: 'syn-backwards',
    says: 'the first packet of TCP is a SYN-ACK, or a SYN comes from whoever did not begin',
    breaks: beginsBackwards,
  },
];

/** The names of all rules. */
export const ruleNames: ReadonlySet<string> = new Set(rules.map(({ name }) => name));

function anyPacket(session: SessionBytes, is: (session: SessionBytes, p: number) => boolean): boolean {
  for (let p = 0; p < session.packets; p++) if (is(session, p)) return true;
  return false;
}

/** Numbers of the addresses of initiator and responder, −1 where training does not know one. */
function ends(session: SessionBytes, contacts: TrainingProfile['contacts']): readonly [number, number] {
  const { addresses } = familyOf(contacts, session.version[0]!);
  return [
    addresses.find(session.bytes, addressOf(session, 0, true)),
    addresses.find(session.bytes, addressOf(session, 0, false)),
  ];
}

interface Lookup {
  has(a: number, b: number): boolean;
}

const isIn = (pairs: Lookup, a: number, b: number): boolean => a >= 0 && b >= 0 && pairs.has(a, b);

/** Port of one end in the first packet. */
function port(session: SessionBytes, initiator: boolean): number {
  const at = portOf(session, 0, initiator);
  return (session.bytes[at]! << 8) | session.bytes[at + 1]!;
}

/** Whether an address of packet p is not that of one host, by itself or by what training sent it. */
function isOfMany(
  session: SessionBytes,
  p: number,
  place: (version: number, network: number) => number,
  { contacts }: TrainingProfile,
): boolean {
  const { bytes, stride } = session;
  const version = session.version[p]!;
  const at = p * stride + place(version, session.network[p]!);
  const { addresses, scope } = familyOf(contacts, version);
  const address = addresses.find(bytes, at);
  const found = address < 0 ? scopeOf(version, bytes, at) : scope[address]!;
  return found === Scope.reserved || isMany(found);
}

function hasNewMac(session: SessionBytes, p: number, known: TrainingProfile): boolean {
  const { bytes } = session;
  const start = p * session.stride;
  const version = session.version[p]!;
  const network = session.network[p]!;
  const link = session.link[p]!;
  const { addresses } = familyOf(known.contacts, version);
  const { macs, hasMac } = hostProfilesOf(known, version);
  const isNew = (addressAt: number, macAt: number): boolean => {
    if (macAt < 0) return false;
    const address = addresses.find(bytes, start + addressAt);
    if (address < 0 || hasMac[address] === 0) return false;
    const mac = known.contacts.macs.find(bytes, start + macAt);
    return mac < 0 || !macs.has(address, mac);
  };
  return (
    isNew(sourceAddress(version, network), sourceMac(link, bytes, start)) ||
    isNew(destinationAddress(version, network), destinationMac(link, bytes, start))
  );
}

function hasNewTtl(session: SessionBytes, p: number, known: TrainingProfile): boolean {
  const { bytes } = session;
  const start = p * session.stride;
  const version = session.version[p]!;
  const network = session.network[p]!;
  const address = familyOf(known.contacts, version).addresses.find(
    bytes,
    start + sourceAddress(version, network),
  );
  const { ttls, hasTtl } = hostProfilesOf(known, version);
  if (address < 0 || hasTtl[address] === 0) return false;
  return !ttls.has(address, bytes[start + ttlField(version, network)]!);
}
