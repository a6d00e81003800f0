/** Members in groups, and the size of the subnets that addresses form. */

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
