/** How far an address reaches, and what it may stand for: a host, all hosts of a link, a group. */

/**
 * Scopes of addresses. Groups have the number of their multicast scope added to `group`: 0 … 15 (RFC 7346 §2; those of
 * IPv4 by RFC 5771 and RFC 2365 §6).
 */
export const Scope = {
  /** "This host" before it has an address: a source, never a destination (RFC 1122 §3.2.1.3; RFC 4291 §2.5.2). */
  none: 0,
  loopback: 1,
  linkLocal: 2,
  /** Private, shared and unique local addresses. */
  private: 3,
  /** Also what stands for public addresses in documentation and benchmarks. */
  public: 4,
  /** 240.0.0.0/4 (RFC 1112 §4). */
  reserved: 5,
  /** Limited broadcast; directed broadcast is told by the MAC address alone, see hostScope. */
  broadcast: 6,
  group: 7,
} as const;

/** Multicast scopes that IPv4 has names for, by their numbers in IPv6. */
const GroupScope = { link: 2, realm: 3, organisation: 8, global: 14 } as const;

/**
 * The scope of the address at bytes[at], by the registries of special addresses (RFC 1122 §3.2.1.3, RFC 6890; private RFC
 * 1918, 6598, 4193; link-local RFC 3927, 4291).
 */
export function scopeOf(version: number, bytes: Uint8Array, at: number): number {
  const a = bytes[at]!;
  const b = bytes[at + 1]!;
  if (version === 6) return scopeOfIpv6(a, b, bytes, at);
  if (a === 255 && b === 255 && bytes[at + 2] === 255 && bytes[at + 3] === 255) return Scope.broadcast;
  if (a >= 240) return Scope.reserved;
  if (a >= 224) {
    if (a === 224 && b === 0 && bytes[at + 2] === 0) return Scope.group + GroupScope.link;
    if (a === 239 && b === 255) return Scope.group + GroupScope.realm;
    return Scope.group + (a === 239 && (b & 0xfc) === 192 ? GroupScope.organisation : GroupScope.global);
  }
  if (a === 0) return Scope.none;
  if (a === 127) return Scope.loopback;
  if (a === 169 && b === 254) return Scope.linkLocal;
  const isPrivate =
    a === 10 ||
    (a === 172 && (b & 0xf0) === 16) ||
    (a === 192 && b === 168) ||
    (a === 100 && (b & 0xc0) === 64);
  return isPrivate ? Scope.private : Scope.public;
}

function scopeOfIpv6(a: number, b: number, bytes: Uint8Array, at: number): number {
  if (a === 0xff) return Scope.group + (b & 0x0f);
  if ((a & 0xfe) === 0xfc) return Scope.private;
  if (a === 0xfe && (b & 0xc0) === 0x80) return Scope.linkLocal;
  // Site-local addresses are deprecated; they were private (RFC 3879).
  if (a === 0xfe && (b & 0xc0) === 0xc0) return Scope.private;
  for (let i = 0; i < 15; i++) if (bytes[at + i] !== 0) return Scope.public;
  const last = bytes[at + 15]!;
  return last === 0 ? Scope.none : last === 1 ? Scope.loopback : Scope.public;
}

/**
 * The scope of an address that frames go to with this MAC address: what is sent to a group of the link (I/G bit) is no
 * host, whatever its IP address looks like, such as the last one of a subnet (directed broadcast).
 *
 * @param isGroupMac whether that MAC address is one of a group
 */
export const hostScope = (scope: number, isGroupMac: boolean): number =>
  isGroupMac && isHost(scope) ? Scope.broadcast : scope;

/** Whether an address of this scope is that of one host, which can send and be sent to (RFC 1122 §3.2.1.3). */
export const isHost = (scope: number): boolean => scope >= Scope.loopback && scope <= Scope.public;

/** Whether an address of this scope stands for many hosts: never a source, never an end of a TCP connection. */
export const isMany = (scope: number): boolean => scope >= Scope.broadcast;

/**
 * What an address of this scope can be exchanged for without becoming another sort of address: private and public hosts
 * talk to each other, so that either may take the place of the other; every other scope keeps to itself.
 */
export const reachOf = (scope: number): number => (scope === Scope.private ? Scope.public : scope);
