/**
 * Anomalies: benign sessions in, sessions that no benign host would have out, with every byte that tells them apart.
 */

export { type Contacts, collectContacts, type Family, familyOf, serviceCode } from './contacts.ts';
export type { KindCounts, MorphCounts, TallyRecord } from './counts.ts';
export { type Kind, type Repair, repairs, type Trace } from './kind.ts';
export { anomalyKindNames, kindOf, kinds, sparePackets } from './kinds/index.ts';
export {
  createMorpher,
  type InvisibleRule,
  invisibleRules,
  type Morpher,
  type MorphOptions,
} from './morpher.ts';
export { Pairs } from './pairs.ts';
export { addressOf, portOf } from './place.ts';
export { isMany, Scope, scopeOf } from './scope.ts';
export {
  createSessionBytes,
  loadPacket,
  loadSession,
  longestHeader,
  type SessionBytes,
} from './session-bytes.ts';
export { type AddressChoice, addressChoices, type ContactRule, contactRules } from './strangers.ts';
export { createTransplant, type Transplant } from './transplant.ts';
export { hasWrongIpChecksum, hasWrongTransportChecksum } from './verify.ts';
