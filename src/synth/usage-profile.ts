/**
 * Usage profiles: who talks to whom, about what, and how often. They do not change within a capture; that is what makes a
 * conversation that should never happen stand out.
 */
import { choose, permutation, type Stream, stream } from '../random/index.ts';
import { type Application, applicationsOf } from './application.ts';
import type { Host, Population, Role } from './host.ts';
import type { Recipe } from './recipe.ts';
import { type Service, type ServiceName, services } from './service.ts';
import { createWeightedChoice, type WeightedChoice } from './weighted-choice.ts';

/** A service that a host uses at a server, again and again. */
export interface Contact {
  readonly server: Host;
  readonly service: Service;
  readonly weight: number;
}

export interface UsageProfiles {
  /** Hosts that begin sessions, and how much they do. */
  readonly actives: readonly Host[];
  readonly activity: WeightedChoice;
  /** What each host uses, by host id; empty where it only answers. */
  readonly contacts: readonly (readonly Contact[])[];
  /** The weights of each host's contacts, by host id. */
  readonly weights: readonly WeightedChoice[];
}

/** Internal services of a workstation: the chance to be a user of one, and how often it is used then. */
const deskUses: readonly (readonly [Role, ServiceName, chance: number, weight: number])[] = [
  ['directory', 'kerberos', 1, 3],
  ['directory', 'ldap', 0.7, 3],
  ['infrastructure', 'ntp', 0.8, 1.5],
  ['files', 'smb', 1, 5],
  ['mail', 'imaps', 1, 4],
  ['mail', 'smtp', 1, 1],
  ['web', 'https', 0.8, 4],
];

/** What only some departments do, by turns. */
const departmentUses: readonly (readonly (readonly [Role, ServiceName, weight: number])[])[] = [
  [['database', 'postgres', 4]],
  [
    ['build', 'ssh', 4],
    ['build', 'https', 2],
  ],
  [['web', 'http', 2]],
];

/** What servers use: infrastructure, each other, and their like behind the gateway. */
const serverUses: readonly (readonly [Role, Role, ServiceName, weight: number])[] = [
  ['directory', 'resolver', 'dns', 4],
  ['directory', 'infrastructure', 'syslog', 1],
  ['files', 'directory', 'kerberos', 2],
  ['files', 'infrastructure', 'syslog', 2],
  ['web', 'database', 'postgres', 6],
  ['web', 'infrastructure', 'syslog', 3],
  ['mail', 'exchange', 'smtp', 3],
  ['mail', 'directory', 'ldap', 3],
  ['mail', 'infrastructure', 'syslog', 2],
  ['infrastructure', 'time', 'ntp', 2],
  ['database', 'infrastructure', 'syslog', 2],
  ['build', 'site', 'https', 3],
  ['build', 'files', 'smb', 1],
  ['build', 'infrastructure', 'syslog', 1],
  ['exchange', 'mail', 'smtp', 2],
];

/** Popular sites of a department. */
const FAVOURITES = 5;

/** Activity of all servers together, as a share of that of the workstations. */
const SERVER_SHARE = 0.15;

/** The usage profiles of all hosts: each has its own stream, so they depend on the population and the seed only. */
export function usageProfilesOf(population: Population, recipe: Recipe): UsageProfiles {
  const contacts: (readonly Contact[])[] = population.hosts.map(() => []);
  const actives: Host[] = [];
  const activity: number[] = [];
  const sites = population.external.filter((host) => host.role === 'site');
  const applications = applicationsOf(recipe.applications ?? 0, population, recipe.seed);
  let desks = 0;
  for (const desk of population.workstations) {
    const source = stream(recipe.seed, 'synth', 'habit', 'workstation', desk.id);
    const usual = deskContacts(desk, population, sites, recipe, source);
    const busy = 0.5 + 1.5 * source.uniform();
    contacts[desk.id] = [
      ...usual,
      ...administered(desk, population, recipe),
      ...browsed(desk, sites, recipe),
      ...applied(desk, applications, recipe),
      ...printed(desk, population, recipe),
    ];
    actives.push(desk);
    activity.push(busy);
    desks += busy;
  }

  const servers = [...population.internal, ...population.external];
  const users: Host[] = [];
  servers.forEach((server, index) => {
    const source = stream(recipe.seed, 'synth', 'habit', server.kind, index);
    const used = serverContacts(server, population, source);
    contacts[server.id] = used;
    if (used.length > 0) users.push(server);
  });
  for (const server of users) {
    actives.push(server);
    activity.push((desks * SERVER_SHARE) / users.length);
  }
  for (const device of population.devices) {
    const used = reported(device, population, sites, recipe);
    contacts[device.id] = used;
    if (used.length === 0) continue;
    actives.push(device);
    activity.push(DEVICE_ACTIVITY);
  }
  return {
    actives,
    activity: createWeightedChoice(activity),
    contacts,
    weights: contacts.map((all) => createWeightedChoice(all.map(({ weight }) => weight))),
  };
}

function deskContacts(
  desk: Host,
  population: Population,
  sites: readonly Host[],
  recipe: Recipe,
  source: Stream,
): readonly Contact[] {
  const contacts: Contact[] = [];
  const use = (role: Role, service: ServiceName, weight: number) => {
    const able = population.internal.filter((host) => host.role === role);
    if (able.length === 0) return;
    // A department works with one server of a kind: its file server, its directory.
    contacts.push({ server: able[desk.department % able.length]!, service: services[service], weight });
  };
  for (const [role, service, chance, weight] of deskUses) {
    if (source.chance(chance)) use(role, service, weight * (0.6 + 0.8 * source.uniform()));
  }
  for (const [role, service, weight] of departmentUses[desk.department % departmentUses.length]!) {
    use(role, service, weight * (0.6 + 0.8 * source.uniform()));
  }
  // Favourites come from the department's own stream: colleagues share most of them.
  const shared = favourites(sites, stream(recipe.seed, 'synth', 'habit', 'department', desk.department));
  const visited = shared.filter(() => source.chance(0.75));
  const own = sites[source.below(Math.max(1, sites.length))];
  if (own !== undefined && !visited.includes(own)) visited.push(own);
  visited.forEach((server, rank) => {
    const weight = 10 / (rank + 1.5);
    const quic = server.offers.includes('quic');
    contacts.push({ server, service: services.https, weight: quic ? weight / 2 : weight });
    if (quic) contacts.push({ server, service: services.quic, weight: weight / 2 });
    if (source.chance(0.25)) contacts.push({ server, service: services.http, weight: weight / 4 });
  });
  return contacts;
}

/** Sites that a workstation visits beside its department's, by their popularity. The draws are its own. */
function browsed(desk: Host, sites: readonly Host[], recipe: Recipe): readonly Contact[] {
  const count = Math.min(recipe.sites ?? 0, sites.length);
  if (count === 0) return [];
  const source = stream(recipe.seed, 'synth', 'habit', 'sites', desk.id);
  return favourites(sites, source, 1 + source.below(count)).flatMap((server, rank): Contact[] => {
    const weight = 8 / (rank + 3);
    const quic = server.offers.includes('quic') && source.chance(0.5);
    const plain = source.chance(0.15);
    return [{ server, service: services[quic ? 'quic' : plain ? 'http' : 'https'], weight }];
  });
}

/** Applications of a workstation at most. */
const APPLIED = 14;

/** What a workstation uses of the applications beside the usual ones, by their popularity. The draws are its own. */
function applied(desk: Host, applications: readonly Application[], recipe: Recipe): readonly Contact[] {
  if (applications.length === 0) return [];
  const source = stream(recipe.seed, 'synth', 'habit', 'applications', desk.id);
  const popularity = applications.map((application) => application.popularity);
  const count = Math.min(applications.length, 3 + source.below(APPLIED - 2));
  return Array.from({ length: count }, (_, rank): Contact => {
    const n = choose(popularity, source);
    popularity[n] = 0;
    const { service, servers } = applications[n]!;
    return { server: servers[source.below(servers.length)]!, service, weight: 12 / (rank + 2) };
  });
}

/** Activity of a thing that reports; that of a workstation is 0.5 … 2. */
const DEVICE_ACTIVITY = 0.4;
/** Makers of things that report, each with a site. */
const MAKERS = 4;

/** The printer of the department, where it has one. The draws are its own. */
function printed(desk: Host, { devices }: Population, recipe: Recipe): readonly Contact[] {
  const printers = devices.filter(({ role }) => role === 'printer');
  if (printers.length === 0) return [];
  const server = printers.find(({ department }) => department === desk.department);
  const source = stream(recipe.seed, 'synth', 'habit', 'printer', desk.id);
  return [
    {
      server: server ?? printers[desk.department % printers.length]!,
      service: services.ipp,
      weight: 0.3 + source.uniform(),
    },
  ];
}

/** What a thing talks to: its maker's site, and the time server inside. */
function reported(
  device: Host,
  population: Population,
  sites: readonly Host[],
  recipe: Recipe,
): readonly Contact[] {
  if (device.role !== 'sensor') return [];
  const source = stream(recipe.seed, 'synth', 'habit', 'device', device.id - population.gateway.id);
  const clock = population.internal.find(({ role }) => role === 'infrastructure');
  const maker = source.below(MAKERS);
  const site = sites[stream(recipe.seed, 'synth', 'habit', 'maker', maker).below(Math.max(1, sites.length))];
  return [
    ...(site === undefined
      ? []
      : [{ server: site, service: maker % 2 === 0 ? services.mqtt : services.https, weight: 4 }]),
    ...(clock === undefined ? [] : [{ server: clock, service: services.ntp, weight: 1 + source.uniform() }]),
  ];
}

/** Servers and workstations of each administrator. */
const ADMINISTERED = 4;

/** What an administrator looks after: remote desktops where there is Windows, ssh elsewhere. The draws are its own. */
function administered(desk: Host, population: Population, recipe: Recipe): readonly Contact[] {
  const share = recipe.administrators ?? 0;
  if (share === 0) return [];
  const source = stream(recipe.seed, 'synth', 'habit', 'administrator', desk.id);
  if (!source.chance(share)) return [];
  return [population.internal, population.workstations].flatMap((hosts) => {
    const others = hosts.filter((host) => host !== desk);
    const order = permutation(others.length, source).subarray(0, ADMINISTERED);
    return Array.from(order, (n): Contact => {
      const server = others[n]!;
      return { server, service: services[remoteShell(server)], weight: 0.5 + source.uniform() };
    });
  });
}

/** How a host is worked on from afar. */
export function remoteShell(host: Host): 'rdp' | 'ssh' {
  return host.fingerprint.name === 'windows' ? 'rdp' : 'ssh';
}

/** Sites in the order of a department's liking; the n-th site of the world, from 0, has the popularity 1 / (n + 2). */
function favourites(sites: readonly Host[], source: Stream, most = FAVOURITES): Host[] {
  const popularity = sites.map((_, n) => 1 / (n + 2));
  const picked: Host[] = [];
  while (picked.length < Math.min(most, sites.length)) {
    const site = choose(popularity, source);
    picked.push(sites[site]!);
    popularity[site] = 0;
  }
  return picked;
}

function serverContacts(server: Host, population: Population, source: Stream): readonly Contact[] {
  const contacts: Contact[] = [];
  for (const [user, used, service, weight] of serverUses) {
    if (server.role !== user) continue;
    const able = [...population.internal, ...population.external].filter((host) => host.role === used);
    if (able.length === 0) continue;
    const first = source.below(able.length);
    contacts.push({ server: able[first]!, service: services[service], weight });
    const second = able[(first + 1) % able.length]!;
    if (second !== able[first])
      contacts.push({ server: second, service: services[service], weight: weight / 3 });
  }
  return contacts;
}
