/** Strangers: addresses that a host never talks to, and how one of them is chosen. */
import type { Stream } from '../random/index.ts';
import type { Partition } from './address-groups.ts';
import { areContacts, type Contacts, type Family, familyOf, serviceCode } from './contacts.ts';
import { countOff, drawMember, drawWeighted, TRIES } from './draw.ts';
import { get16 } from './edit.ts';
import { addressOf, portOf, scopeOfEnd } from './place.ts';
import { reachOf } from './scope.ts';
import type { SessionBytes } from './session-bytes.ts';

/**
 * Who counts as a contact of a host: whoever it had a session with, whichever of them began it (pair); only whom it
 * called, or who called it, as in the session at hand (direction); only whom it had a session with at the same service
 * (pair-and-port).
 */
export const contactRules = ['pair', 'direction', 'pair-and-port'] as const;
export type ContactRule = (typeof contactRules)[number];

/**
 * How a new address is chosen among the strangers: all alike (uniform); by the number of training sessions that they
 * have in the same role, as initiator or responder (popularity); all alike in the subnet of the old address, /24 or /64
 * (subnet); all alike of the very scope of the old address, such as private or public (side). Whatever the choice, a host
 * takes the place of a host and a group that of a group of the same scope (see reachOf).
 */
export const addressChoices = ['uniform', 'popularity', 'subnet', 'side'] as const;
export type AddressChoice = (typeof addressChoices)[number];

export interface StrangerOptions {
  readonly rule: ContactRule;
  readonly choice: AddressChoice;
}

/**
 * An address that one end of a session never talks to, to take the place of the other end: neither of both, nor a
 * contact of the end that stays, and one that can stand where the other does: see reachOf. At most 65 draws.
 *
 * @param initiatorStays whether the responder is to be replaced, or else the initiator
 * @returns its number, −1 when there is none
 */
export function findStranger(
  session: SessionBytes,
  contacts: Contacts,
  options: StrangerOptions,
  initiatorStays: boolean,
  source: Stream,
): number {
  const { bytes } = session;
  const version = session.version[0]!;
  const family = familyOf(contacts, version);
  const other = addressOf(session, 0, !initiatorStays);
  const self = family.addresses.find(bytes, addressOf(session, 0, initiatorStays));
  const partner = family.addresses.find(bytes, other);
  const { rule, choice } = options;
  const scope = partner >= 0 ? family.scope[partner]! : scopeOfEnd(session, !initiatorStays);
  const reach = reachOf(scope);
  if (rule === 'pair' && choice === 'uniform') return drawStranger(family, self, partner, reach, source);
  const service = serviceCode(session.protocol, get16(session, 0, portOf(session, 0, false)));
  const isStranger = (candidate: number): boolean =>
    candidate !== self &&
    candidate !== partner &&
    reachOf(family.scope[candidate]!) === reach &&
    (self < 0 || !knows(family, rule, self, candidate, initiatorStays, service));
  switch (choice) {
    case 'uniform':
      return drawOf(family.byReach, reach, isStranger, source);
    case 'popularity':
      return drawWeighted(initiatorStays ? family.answered : family.began, isStranger, source);
    case 'subnet': {
      const subnet = family.subnets.find(bytes, other);
      return subnet < 0 ? -1 : drawOf(family.bySubnet, subnet, isStranger, source);
    }
    case 'side':
      return drawOf(family.byScope, scope, isStranger, source);
  }
}

/** One of a group that fits; −1 when none does, or there is no such group. */
export function drawOf(
  { start, members }: Partition,
  group: number,
  fits: (candidate: number) => boolean,
  source: Stream,
): number {
  if (group + 1 >= start.length) return -1;
  return drawMember(members, start[group]!, start[group + 1]!, fits, source);
}

/** Whether a host has a contact by this rule. @param initiator whether the host is the one that begins */
function knows(
  family: Family,
  rule: ContactRule,
  self: number,
  other: number,
  initiator: boolean,
  service: number,
): boolean {
  const { calls, dialogues } = family;
  switch (rule) {
    case 'pair':
      return areContacts(family, self, other);
    case 'direction':
      return initiator ? calls.has(self, other) : calls.has(other, self);
    case 'pair-and-port': {
      const made = calls.find(self, other);
      const taken = calls.find(other, self);
      return (made >= 0 && dialogues.has(made, service)) || (taken >= 0 && dialogues.has(taken, service));
    }
  }
}

/**
 * An address that an address never talks to, uniformly among all of a reach but itself and the one it talks to now. At most
 * 65 draws.
 *
 * @param self number of the address, −1 when it is not known: then it has no contacts
 * @param partner number of the address it talks to now, −1 when it is not known
 * @returns −1 when there is none
 */
export function drawStranger(
  family: Family,
  self: number,
  partner: number,
  reach: number,
  source: Stream,
): number {
  const { start, members } = family.byReach;
  if (reach + 1 >= start.length) return -1;
  const from = start[reach]!;
  const n = start[reach + 1]! - from;
  if (n === 0) return -1;
  for (let i = 0; i < TRIES; i++) {
    const candidate = members[from + source.below(n)]!;
    if (isStranger(family, self, partner, candidate)) return candidate;
  }
  const fits = (candidate: number): boolean => isStranger(family, self, partner, candidate);
  return countOff(members, from, from + n, fits, source);
}

const isStranger = (family: Family, self: number, partner: number, candidate: number): boolean =>
  candidate !== self && candidate !== partner && !(self >= 0 && areContacts(family, self, candidate));
