/** What can be done to a synthetic network: see src/synth/attack.ts. */
export const ATTACK_KINDS = [
  'internal-scan',
  'infiltration',
  'lateral-movement',
  'brute-force-ssh',
  'http-dos',
  'c2-beacons',
] as const;
export type AttackKind = (typeof ATTACK_KINDS)[number];
