/**
 * Anomalies: benign sessions in, sessions that no benign host would have out, with every byte that tells them apart.
 */

export { Scope, scopeOf } from './address-groups.ts';
export { type Contacts, collectContacts, type Family, familyOf, serviceCode } from './contacts.ts';
export type { KindCounts, MorphCounts, TallyRecord } from './counts.ts';
export { Pairs } from './intern.ts';
export { anomalyKindNames } from './kinds/index.ts';
export { createMorpher, type Morpher, type MorphOptions } from './morpher.ts';
export { addressOf, portOf } from './place.ts';
export { createSessionBytes, loadSession, longestHeader, type SessionBytes } from './session-bytes.ts';
export { type AddressChoice, addressChoices, type ContactRule, contactRules } from './strangers.ts';
export { hasWrongIpChecksum, hasWrongTransportChecksum } from './verify.ts';
