/** Members in groups, and the groups that addresses form: subnets and scopes. */

/** Numbers in groups, back to back. */
export interface Partition {
  /** Group g has members[start[g]] … members[start[g + 1] − 1], in the order in which they were given. */
  readonly start: Uint32Array;
  readonly members: Uint32Array;
}

/** Puts each member into the group with its number ≥ 0 (counting sort: stable, O(members + groups)). */
export function groupBy(members: ArrayLike<number>, group: ArrayLike<number>): Partition {
  let groups = 0;
  for (let i = 0; i < group.length; i++) groups = Math.max(groups, group[i]! + 1);
  const start = new Uint32Array(groups + 1);
  for (let i = 0; i < group.length; i++) start[group[i]! + 1]!++;
  for (let g = 0; g < groups; g++) start[g + 1]! += start[g]!;
  const next = start.slice(0, groups);
  const sorted = new Uint32Array(members.length);
  for (let i = 0; i < members.length; i++) sorted[next[group[i]!]!++] = members[i]!;
  return { start, members: sorted };
}

/** Bytes of an address that name its subnet: /24 in IPv4, /64 in IPv6 (RFC 4291 §2.5.4). */
export const subnetSize = (version: number): number => (version === 6 ? 8 : 3);

/** How far an address reaches. */
export const Scope = { internal: 0, external: 1, /** Multicast and broadcast. */ many: 2 } as const;

/**
 * The scope of the address at bytes[at]: internal are private, shared, loopback and link-local ones (RFC 1918, 6598,
 * 1122, 3927; RFC 4193, 4291), many are multicast and limited broadcast ones (RFC 5771, 919, 4291).
 */
export function scopeOf(version: number, bytes: Uint8Array, at: number): number {
  const a = bytes[at]!;
  const b = bytes[at + 1]!;
  if (version === 6) {
    if (a === 0xff) return Scope.many;
    if ((a & 0xfe) === 0xfc || (a === 0xfe && (b & 0x80) === 0x80)) return Scope.internal;
    for (let i = 0; i < 15; i++) if (bytes[at + i] !== 0) return Scope.external;
    return Scope.internal;
  }
  if (a >= 224) return Scope.many;
  const isPrivate =
    a === 10 ||
    (a === 172 && (b & 0xf0) === 16) ||
    (a === 192 && b === 168) ||
    (a === 100 && (b & 0xc0) === 64);
  return isPrivate || a === 0 || a === 127 || (a === 169 && b === 254) ? Scope.internal : Scope.external;
}
