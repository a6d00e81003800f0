/**
 * Who talks to whom, and which MAC address goes with which IP address: learnt from the sessions that one is given,
 * which are those that train. What a test session shows is not known here.
 *
 * Two addresses are contacts when a session has them as its ends, whichever of them began it.
 */
import type { Stream } from '../random/index.ts';
import type { SessionTable } from '../session/index.ts';
import { Interner, Pairs } from './intern.ts';
import {
  addressSize,
  destinationAddress,
  destinationMac,
  MAC_SIZE,
  sourceAddress,
  sourceMac,
} from './place.ts';

/** The addresses of one IP version, numbered from 0 in the order of their first packet. n addresses. */
export interface Family {
  readonly addresses: Interner;
  /** Contacts as (lower number, higher number). */
  readonly pairs: Pairs;
  /** [n]: how many others each address talks to. */
  readonly degree: Uint32Array;
  /** [n]: number of the MAC address that goes with each address, −1 when no packet showed one. */
  readonly mac: Int32Array;
}

export interface Contacts {
  readonly ipv4: Family;
  readonly ipv6: Family;
  readonly macs: Interner;
}

/** The family of an IP version. */
export const familyOf = (contacts: Contacts, version: number): Family =>
  version === 6 ? contacts.ipv6 : contacts.ipv4;

/** Whether two different addresses, by number, are contacts. */
export const areContacts = (family: Family, a: number, b: number): boolean =>
  a < b ? family.pairs.has(a, b) : family.pairs.has(b, a);

/**
 * Contacts of these sessions, read in this order.
 *
 * The MAC address of an IP address is the one that most of its own packets came from: for a host behind a gateway,
 * the gateway's. An address that was only ever sent to (a silent host, a multicast group) has the one that most packets
 * to it went to. Of equally frequent ones the first seen wins.
 *
 * @param indices sessions that train
 */
export function collectContacts(sessions: SessionTable, indices: Uint32Array): Contacts {
  const macs = new Interner(MAC_SIZE);
  const ipv4 = new FamilyLearner(4, macs);
  const ipv6 = new FamilyLearner(6, macs);
  const { header, headerStart, firstRow, network } = sessions;
  for (const session of indices) {
    const first = firstRow[session]!;
    const version = header[headerStart[first]! + network[first]!]! >> 4;
    (version === 6 ? ipv6 : ipv4).learn(sessions, session);
  }
  return { ipv4: ipv4.family(), ipv6: ipv6.family(), macs };
}

class FamilyLearner {
  private readonly addresses: Interner;
  private readonly pairs = new Pairs();
  /** (address, MAC address) of senders and of receivers. */
  private readonly sent = new Pairs();
  private readonly received = new Pairs();
  private readonly version: number;
  private readonly macs: Interner;

  constructor(version: 4 | 6, macs: Interner) {
    this.version = version;
    this.addresses = new Interner(addressSize(version));
    this.macs = macs;
  }

  learn(sessions: SessionTable, session: number): void {
    const { header, headerStart, firstRow, network, link, fromInitiator } = sessions;
    const { version, addresses, macs } = this;
    const first = firstRow[session]!;
    const begin = headerStart[first]!;
    // All packets of a session have the same two addresses; the first is the initiator's.
    const a = addresses.add(header, begin + sourceAddress(version, network[first]!));
    const b = addresses.add(header, begin + destinationAddress(version, network[first]!));
    if (a !== b) this.pairs.add(Math.min(a, b), Math.max(a, b));
    for (let row = first; row < firstRow[session + 1]!; row++) {
      const start = headerStart[row]!;
      const forward = fromInitiator[row] === fromInitiator[first];
      const from = sourceMac(link[row]!, header, start);
      const to = destinationMac(link[row]!);
      if (from >= 0) this.sent.add(forward ? a : b, macs.add(header, start + from));
      if (to >= 0) this.received.add(forward ? b : a, macs.add(header, start + to));
    }
  }

  family(): Family {
    const { addresses, pairs } = this;
    const degree = new Uint32Array(addresses.count);
    for (let e = 0; e < pairs.count; e++) {
      degree[pairs.first[e]!]!++;
      degree[pairs.second[e]!]!++;
    }
    const mac = mostFrequent(this.sent, addresses.count);
    const fallback = mostFrequent(this.received, addresses.count);
    for (let n = 0; n < mac.length; n++) if (mac[n]! < 0) mac[n] = fallback[n]!;
    return { addresses, pairs, degree, mac };
  }
}

/** [n]: the partner that each number was paired with most often, the first of equals; −1 for none. */
function mostFrequent(pairs: Pairs, n: number): Int32Array {
  const best = new Int32Array(n).fill(-1);
  const most = new Uint32Array(n);
  for (let e = 0; e < pairs.count; e++) {
    const a = pairs.first[e]!;
    if (pairs.times[e]! <= most[a]!) continue;
    most[a] = pairs.times[e]!;
    best[a] = pairs.second[e]!;
  }
  return best;
}

/** Rejected draws after which the addresses that are left are counted off instead. */
const TRIES = 64;

/**
 * An address that an address never talks to, uniformly among all of its family but itself and the one it talks to now.
 * At most 65 draws.
 *
 * @param self number of the address, −1 when it is not known: then it has no contacts
 * @param partner number of the address it talks to now, −1 when it is not known
 * @returns −1 when there is none; then nothing was drawn
 */
export function drawStranger(family: Family, self: number, partner: number, source: Stream): number {
  const n = family.addresses.count;
  let left = n;
  if (self >= 0) left -= 1 + family.degree[self]!;
  if (partner >= 0 && partner !== self && !(self >= 0 && areContacts(family, self, partner))) left--;
  if (left === 0) return -1;
  for (let i = 0; i < TRIES; i++) {
    const candidate = source.below(n);
    if (isStranger(family, self, partner, candidate)) return candidate;
  }
  let skip = source.below(left);
  for (let candidate = 0; candidate < n; candidate++)
    if (isStranger(family, self, partner, candidate) && skip-- === 0) return candidate;
  throw new Error(`drawStranger: fewer than ${left} of ${n} addresses are strangers`);
}

const isStranger = (family: Family, self: number, partner: number, candidate: number): boolean =>
  candidate !== self && candidate !== partner && !(self >= 0 && areContacts(family, self, candidate));
