/**
 * The population: who is in the office and who is behind its gateway.
 *
 * The office is one switched network, 10.20.0.0/16 and 2001:db8:20::/64, with a /24 block for the servers, one for
 * devices, and one for each department. The capture is taken where everything passes: on the mirror port of the core switch, so that
 * frames inside the office carry the addresses of their hosts, and frames from behind the gateway carry the
 * gateway's. External addresses are from the ranges for benchmarks and documentation (RFC 2544, 5737, 3849).
 */
import { choose, type Stream, stream } from '../random/index.ts';
import { appliance, freebsd, linux, macos, type OsFingerprint, windows } from './os-fingerprint.ts';
import type { Recipe } from './recipe.ts';
import { heavyTailed, type ServiceName } from './service.ts';

/** What a server is there for. */
export type Role =
  | 'directory'
  | 'infrastructure'
  | 'files'
  | 'web'
  | 'mail'
  | 'database'
  | 'build'
  | 'site'
  | 'resolver'
  | 'exchange'
  | 'time'
  | 'printer'
  | 'sensor';

export interface Host {
  /** Index among all hosts. */
  readonly id: number;
  readonly kind: 'workstation' | 'internal' | 'external' | 'gateway' | 'device';
  /** What names are resolved to it: `files2.office.example`. */
  readonly name: string;
  /** Null for workstations and the gateway. */
  readonly role: Role | null;
  readonly department: number;
  readonly offers: readonly ServiceName[];
  readonly fingerprint: OsFingerprint;
  /** What frames from and to it carry: of external hosts, the gateway's. */
  readonly mac: Uint8Array;
  readonly ipv4: Uint8Array;
  readonly ipv6: Uint8Array;
  /** Routers between the host and the capture; each takes one from the time to live. */
  readonly hops: number;
  /** Microseconds between the host and the capture, one way. */
  readonly delay: number;
  /** Largest IP packet on its way, bytes. */
  readonly mtu: number;
}

export interface Population {
  /** All hosts by id: workstations, internal servers, external servers, the gateway, devices. */
  readonly hosts: readonly Host[];
  readonly workstations: readonly Host[];
  readonly internal: readonly Host[];
  readonly external: readonly Host[];
  readonly gateway: Host;
  /** Printers, and things that report to a site of their maker. */
  readonly devices: readonly Host[];
}

const DEPARTMENT_SIZE = 6;

/** Roles of the internal servers in order; more servers start again after the first. */
const internalRoles: readonly Role[] = [
  'directory',
  'files',
  'web',
  'infrastructure',
  'mail',
  'database',
  'build',
  'files',
];

const offers: Readonly<Record<Role, readonly ServiceName[]>> = {
  directory: ['dns', 'kerberos', 'ldap'],
  infrastructure: ['ntp', 'syslog'],
  files: ['smb'],
  web: ['https', 'http'],
  mail: ['imaps', 'smtp'],
  database: ['postgres'],
  build: ['ssh', 'https'],
  site: ['https', 'http'],
  resolver: ['dns'],
  exchange: ['smtp'],
  time: ['ntp'],
  printer: ['ipp'],
  sensor: ['http'],
};

/** All hosts of a recipe. A host depends on the seed and its place among its kind, not on how many sessions there are. */
export function populate(recipe: Recipe): Population {
  const taken = new Set<string>();
  const hosts: Host[] = [];
  const gatewaySource = stream(recipe.seed, 'synth', 'host', 'gateway', 0);
  const gatewayMac = card(appliance, gatewaySource, taken);

  const inside = (kind: 'workstation' | 'internal', index: number): Host => {
    const source = stream(recipe.seed, 'synth', 'host', kind, index);
    const role = kind === 'internal' ? internalRole(index) : null;
    const department = kind === 'workstation' ? Math.floor(index / DEPARTMENT_SIZE) : 0;
    const fingerprint =
      kind === 'workstation' ? workstationFingerprint(source) : serverFingerprint(role, source);
    const block = kind === 'workstation' ? 10 + department : 1;
    const ipv4 = unused(taken, () => Uint8Array.of(10, 20, block, 10 + source.below(240)));
    return {
      id: hosts.length,
      kind,
      name: `${role ?? 'desk'}${index + 1}.office.example`,
      role,
      department,
      offers: role === null ? [] : offers[role],
      fingerprint,
      mac: card(fingerprint, source, taken),
      ipv4,
      ipv6: unused(taken, () => address6([0x2001, 0xdb8, 0x20, 0], source)),
      hops: 0,
      delay: 25 + source.below(kind === 'workstation' ? 140 : 60),
      mtu: 1500,
    };
  };
  const outside = (index: number): Host => {
    const source = stream(recipe.seed, 'synth', 'host', 'external', index);
    const role = externalRole(index);
    const fingerprint = [linux, linux, freebsd, windows, appliance][choose([5, 3, 2, 2, 2], source)]!;
    const quic = role === 'site' && source.chance(0.4);
    const hops = 5 + source.below(14);
    return {
      id: hosts.length,
      kind: 'external',
      name: `${role}${index + 1}.example`,
      role,
      department: 0,
      offers: quic ? [...offers.site, 'quic'] : offers[role],
      fingerprint,
      mac: gatewayMac,
      ipv4: unused(taken, () => publicAddress(source)),
      ipv6: unused(taken, () => address6([0x2001, 0xdb8, 0x4000 + source.below(0x8000), 0], source)),
      hops,
      delay: 900 + hops * 90 + heavyTailed(9000, source),
      mtu: [1500, 1492, 1440][choose([8, 1, 1], source)]!,
    };
  };
  const add = (count: number, make: (index: number) => Host): readonly Host[] => {
    const first = hosts.length;
    for (let i = 0; i < count; i++) hosts.push(make(i));
    return hosts.slice(first);
  };

  const workstations = add(recipe.workstations, (i) => inside('workstation', i));
  const internal = add(recipe.internalServers, (i) => inside('internal', i));
  const external = add(recipe.externalServers, outside);
  const gateway: Host = {
    id: hosts.length,
    kind: 'gateway',
    name: 'gateway.office.example',
    role: null,
    department: 0,
    offers: [],
    fingerprint: appliance,
    mac: gatewayMac,
    ipv4: Uint8Array.of(10, 20, 0, 1),
    ipv6: address6([0x2001, 0xdb8, 0x20, 0], gatewaySource),
    hops: 0,
    delay: 20,
    mtu: 1500,
  };
  hosts.push(gateway);
  const departments = Math.ceil(recipe.workstations / DEPARTMENT_SIZE);
  const devices = add(recipe.devices ?? 0, (index): Host => {
    const source = stream(recipe.seed, 'synth', 'host', 'device', index);
    // One in three is a printer, for one department after the other.
    const role = index % 3 === 0 ? 'printer' : 'sensor';
    const fingerprint = role === 'printer' || source.chance(0.4) ? appliance : linux;
    return {
      id: hosts.length,
      kind: 'device',
      name: `${role}${index + 1}.office.example`,
      role,
      department: Math.floor(index / 3) % departments,
      offers: offers[role],
      fingerprint,
      mac: card(fingerprint, source, taken),
      ipv4: unused(taken, () => Uint8Array.of(10, 20, 2, 10 + source.below(240))),
      ipv6: unused(taken, () => address6([0x2001, 0xdb8, 0x20, 0], source)),
      hops: 0,
      delay: 60 + source.below(900),
      mtu: 1500,
    };
  });
  return { hosts, workstations, internal, external, gateway, devices };
}

function internalRole(index: number): Role {
  const cycle = internalRoles.length - 1;
  return index === 0 ? internalRoles[0]! : internalRoles[1 + ((index - 1) % cycle)]!;
}

/** One of twelve external servers resolves names, one exchanges mail and one tells the time; the rest are sites. */
function externalRole(index: number): Role {
  const place = index % 12;
  if (place === 3) return 'resolver';
  if (place === 7) return 'exchange';
  return place === 11 ? 'time' : 'site';
}

function workstationFingerprint(source: Stream): OsFingerprint {
  return [windows, macos, linux][choose([6, 2, 2], source)]!;
}

function serverFingerprint(role: Role | null, source: Stream): OsFingerprint {
  if (role === 'directory' || role === 'files') return source.chance(0.8) ? windows : linux;
  return role === 'infrastructure' && source.chance(0.5) ? appliance : linux;
}

function card(fingerprint: OsFingerprint, source: Stream, taken: Set<string>): Uint8Array {
  return unused(taken, () =>
    Uint8Array.of(...fingerprint.vendor, source.below(256), source.below(256), source.below(256)),
  );
}

function publicAddress(source: Stream): Uint8Array {
  const range = source.below(8);
  const last = 1 + source.below(254);
  if (range === 0) return Uint8Array.of(192, 0, 2, last);
  if (range === 1) return Uint8Array.of(198, 51, 100, last);
  if (range === 2) return Uint8Array.of(203, 0, 113, last);
  return Uint8Array.of(198, 18 + source.below(2), source.below(256), last);
}

/** A prefix of four groups and a stable random interface identifier (RFC 7217). */
function address6(prefix: readonly number[], source: Stream): Uint8Array {
  const address = new Uint8Array(16);
  for (let i = 0; i < 4; i++) {
    address[2 * i] = prefix[i]! >>> 8;
    address[2 * i + 1] = prefix[i]! & 0xff;
  }
  for (let i = 8; i < 16; i++) address[i] = source.below(256);
  return address;
}

/** The first draw that nobody has yet. */
function unused(taken: Set<string>, draw: () => Uint8Array): Uint8Array {
  for (;;) {
    const drawn = draw();
    const key = drawn.join('.');
    if (taken.has(key)) continue;
    taken.add(key);
    return drawn;
  }
}
