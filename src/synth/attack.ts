/**
 * Attacks: what is done to a network, session by session.
 *
 * Every session of an attack is one that a host's own network stack and a usual client could have opened: its time to
 * live, options, windows, identifications and ports are those of the host, and its service is one that others use. What
 * gives an attack away is who talks to whom, how often, and how it goes.
 */
import { permutation, type Stream, stream } from '../random/index.ts';
import type { AttackKind, RecipeDay } from '../spec/index.ts';
import type { Session } from './conversation.ts';
import type { Host, Population } from './host.ts';
import type { Recipe } from './recipe.ts';
import { type Service, type ServiceName, services } from './service.ts';
import { remoteShell, type UsageProfiles } from './usage-profile.ts';

/** One session of an attack. */
export interface AttackSession {
  /** Microseconds after the start of the capture. */
  readonly time: number;
  readonly client: Host;
  readonly server: Host;
  readonly service: Service;
  readonly failure: Session['failure'];
}

/** The sessions of an attack in the order of time. */
type Campaign = Generator<AttackSession, void, void>;

/** What an attacker finds. */
export interface Setting {
  readonly recipe: Recipe;
  readonly population: Population;
  readonly usage: UsageProfiles;
}

/** The part of the capture in which something happens, microseconds. */
interface Window {
  readonly from: number;
  readonly to: number;
}

/** A part of an attack: so many sessions in a window. */
interface Phase {
  readonly sessions: number;
  readonly window: Window;
  readonly setting: Setting;
  readonly source: Stream;
}

/** The sessions of several attacks in the order of time, each with the kind of its attack. */
export function attackSessions(
  attacks: RecipeDay['attacks'],
  setting: Setting,
  streamOf: (attack: number) => Stream,
): Generator<AttackSession & { readonly kind: AttackKind }, void, void> {
  return merge(
    attacks.map(function* ({ kind, sessions }, n) {
      for (const session of campaignOf(kind, sessions, setting, streamOf(n))) yield { ...session, kind };
    }),
  );
}

/** An attack of so many sessions. */
function campaignOf(kind: AttackKind, sessions: number, setting: Setting, source: Stream): Campaign {
  switch (kind) {
    case 'internal-scan':
      return scan(workstation(setting, source), burst(sessions, 90_000, setting, source));
    case 'lateral-movement':
      return lateral(workstation(setting, source), burst(sessions, 25e6, setting, source));
    case 'brute-force-ssh':
      return bruteForce(sessions, setting, source);
    case 'http-dos':
      return denial(sessions, setting, source);
    case 'c2-beacons': {
      const victim = workstation(setting, source);
      const window = { from: 0.05 * length(setting), to: 0.95 * length(setting) };
      return beacons(victim, station(victim, setting, source), { sessions, window, setting, source });
    }
    case 'infiltration':
      return infiltration(sessions, setting, source);
  }
}

/**
 * A client inside is taken over. It reports to a station outside through the rest of the day, looks around, goes from host
 * to host, servers among them, and carries off what it finds.
 */
function infiltration(sessions: number, setting: Setting, source: Stream): Campaign {
  const victim = workstation(setting, source);
  const outside = station(victim, setting, source);
  const beacon = Math.floor(0.12 * sessions);
  const moved = Math.floor(0.28 * sessions);
  const upload = Math.floor(0.06 * sessions);
  const scanned = sessions - beacon - moved - upload;
  const day = length(setting);
  const begin = day * (0.08 + 0.15 * source.uniform());
  const part = (count: number, from: number, to: number): Phase => ({
    sessions: count,
    window: { from: begin + from * (day - begin), to: begin + to * (day - begin) },
    setting,
    // Each has its own stream: they take turns in time.
    source: stream(source.below(2 ** 32), 'synth', 'infiltration', source.below(2 ** 32)),
  });
  return merge([
    beacons(victim, outside, part(beacon, 0, 0.95)),
    scan(victim, part(scanned, 0.1, 0.4)),
    lateral(victim, part(moved, 0.35, 0.85)),
    uploads(victim, outside, part(upload, 0.6, 0.93)),
  ]);
}

/** A host inside tries the services that the network has on everybody else. */
function* scan(scanner: Host, phase: Phase): Campaign {
  const { sessions, setting, source } = phase;
  const targets = shuffled(
    insiders(setting).filter((host) => host !== scanner),
    source,
  );
  const names = shuffled(usualServices(setting), source);
  if (targets.length === 0) targets.push(setting.population.gateway);
  for (let n = 0; n < sessions; n++) {
    const server = targets[n % targets.length]!;
    const name = names[Math.floor(n / targets.length) % names.length]!;
    // A port that answers is closed at once: nothing is said.
    const service: Service = { ...services[name], opening: [], rounds: [0, 0], pause: 0, endings: [2, 0, 3] };
    yield {
      time: moment(n, phase),
      client: scanner,
      server,
      service,
      ...outcome(server, name, setting, source),
    };
  }
}

/** Hosts that were taken over work on others that they have never talked to; which of them then are taken over, too. */
function* lateral(victim: Host, phase: Phase): Campaign {
  const { sessions, setting, source } = phase;
  const owned = [victim];
  const strange = (host: Host): readonly Host[] => {
    const known = new Set(setting.usage.contacts[host.id]!.map(({ server }) => server));
    const others = insiders(setting).filter((other) => other !== host);
    const unknown = others.filter((other) => !known.has(other) && !knows(other, host, setting));
    // From clients on to servers, and from servers back to clients.
    const kind = (host.kind === 'workstation') === source.chance(0.6) ? 'internal' : 'workstation';
    const wanted = unknown.filter((other) => other.kind === kind);
    const found = [wanted, unknown, others].find((hosts) => hosts.length > 0);
    return found ?? [setting.population.gateway];
  };
  /** Servers are taken over as well: what they then do to workstations is the wrong way round. */
  const mostOwned = 6;
  for (let n = 0; n < sessions; n++) {
    const client = owned[source.below(owned.length)]!;
    const targets = strange(client);
    const server = targets[source.below(targets.length)]!;
    const administered = (setting.recipe.administrators ?? 0) > 0;
    const name: ServiceName = administered && source.chance(0.5) ? remoteShell(server) : 'smb';
    const result = outcome(server, name, setting, source);
    yield { time: moment(n, phase), client, server, service: services[name], ...result };
    if (result.failure === 'none' && owned.length < mostOwned && !owned.includes(server) && ephemeral(server))
      owned.push(server);
  }
}

/** Passwords are tried on a server, several in a session, by hosts inside and outside that have no business there. */
function* bruteForce(sessions: number, setting: Setting, source: Stream): Campaign {
  const { internal } = setting.population;
  const server = internal.find((host) => host.role === 'build') ?? internal[internal.length - 1]!;
  const attackers = intruders(1 + Math.floor(sessions / 1500), server, setting, source);
  const phase = burst(sessions, 1.4e6, setting, source);
  const service: Service = {
    ...services.ssh,
    rounds: [1, 4],
    response: [36, 80],
    pause: 30_000,
    endings: [2, 5, 1],
  };
  for (let n = 0; n < sessions; n++) {
    const client = attackers[n % attackers.length]!;
    const { failures } = setting.recipe;
    const failure = source.chance(failures) ? (source.chance(0.5) ? 'refused' : 'unanswered') : 'none';
    yield { time: moment(n, phase), client, server, service, failure };
  }
}

/** A web server is kept busy: many small requests, and some that never come to an end. */
function* denial(sessions: number, setting: Setting, source: Stream): Campaign {
  const { internal } = setting.population;
  const server = internal.find((host) => host.role === 'web') ?? internal[0]!;
  const attackers = intruders(3 + Math.floor(sessions / 2500), server, setting, source);
  const phase = burst(sessions, 60_000, setting, source);
  const flood: Service = { ...services.http, rounds: [1, 2], response: [180, 1200], pause: 2000 };
  const slow: Service = {
    ...services.http,
    rounds: [3, 8],
    request: [12, 60],
    response: [0, 0],
    pause: 7e6,
    endings: [1, 4, 2],
  };
  for (let n = 0; n < sessions; n++) {
    const client = attackers[source.below(attackers.length)]!;
    const service = source.chance(0.3) ? slow : flood;
    const failure = source.chance(0.12) ? 'unanswered' : 'none';
    yield { time: moment(n, phase), client, server, service, failure };
  }
}

/** A host that was taken over asks its station for orders, at a steady pace. */
function* beacons(victim: Host, outside: Host, phase: Phase): Campaign {
  const { sessions, window, setting, source } = phase;
  const service: Service = { ...services.https, rounds: [1, 1], request: [120, 420], response: [120, 600] };
  const step = (window.to - window.from) / Math.max(1, sessions);
  for (let n = 0; n < sessions; n++) {
    const time = Math.floor(window.from + step * (n + 0.2 * source.uniform()));
    const failure = source.chance(setting.recipe.failures) ? 'unanswered' : 'none';
    yield { time, client: victim, server: outside, service, failure };
  }
}

/** What was found is carried off. */
function* uploads(victim: Host, outside: Host, phase: Phase): Campaign {
  const { sessions, setting, source } = phase;
  const service: Service = {
    ...services.https,
    rounds: [1, 2],
    request: [9000, 400_000],
    response: [150, 600],
  };
  for (let n = 0; n < sessions; n++) {
    const failure = source.chance(setting.recipe.failures) ? 'unanswered' : 'none';
    yield { time: moment(n, phase), client: victim, server: outside, service, failure };
  }
}

/** Several campaigns as one. */
function* merge<T extends AttackSession>(campaigns: readonly Generator<T, void, void>[]) {
  const next = campaigns.map((campaign) => campaign.next());
  for (;;) {
    let first = -1;
    for (let n = 0; n < next.length; n++) {
      const move = next[n]!;
      if (move.done !== true && (first < 0 || move.value.time < next[first]!.value!.time)) first = n;
    }
    if (first < 0) return;
    yield next[first]!.value!;
    next[first] = campaigns[first]!.next();
  }
}

/** Microseconds of the recipe. */
const length = ({ recipe }: Setting): number => recipe.duration * 1e6;

/** So many sessions with a typical gap between them, somewhere in the day. */
function burst(sessions: number, gap: number, setting: Setting, source: Stream): Phase {
  const day = length(setting);
  const from = day * (0.1 + 0.5 * source.uniform());
  const window = { from, to: Math.min(0.97 * day, from + sessions * gap) };
  return { sessions, window, setting, source };
}

/** The time of the n-th session of a phase, never before that of an earlier one. */
function moment(n: number, { sessions, window: { from, to }, source }: Phase): number {
  return Math.floor(from + ((to - from) * (n + source.uniform())) / sessions);
}

const insiders = ({ population: { workstations, internal, devices } }: Setting): Host[] => [
  ...workstations,
  ...internal,
  ...devices,
];

function workstation({ population }: Setting, source: Stream): Host {
  return population.workstations[source.below(population.workstations.length)]!;
}

/** Whether a host uses another. */
const knows = (host: Host, other: Host, { usage }: Setting): boolean =>
  usage.contacts[host.id]!.some(({ server }) => server === other);

/** Whether its ephemeral ports are of a range that clients have. */
const ephemeral = ({ fingerprint: { name } }: Host): boolean =>
  name === 'windows' || name === 'linux' || name === 'macos';

/** A site outside that the victim does not use; one that nobody inside uses, where there is one. */
function station(victim: Host, setting: Setting, source: Stream): Host {
  const sites = setting.population.external.filter(({ role }) => role === 'site');
  const unused = sites.filter((site) =>
    setting.population.workstations.every((desk) => !knows(desk, site, setting)),
  );
  const strange = sites.filter((site) => !knows(victim, site, setting));
  const from = unused.length > 0 ? unused : strange.length > 0 ? strange : sites;
  return from[source.below(from.length)]!;
}

/** Hosts that do not use a server: workstations, and sites outside with client ports as everybody has them. */
function intruders(count: number, server: Host, setting: Setting, source: Stream): readonly Host[] {
  const { workstations, external } = setting.population;
  const strange = (hosts: readonly Host[]) => {
    const some = hosts.filter((host) => ephemeral(host) && !knows(host, server, setting));
    return shuffled(some.length > 0 ? some : workstations, source);
  };
  const inside = strange(workstations);
  const outside = strange(external.filter(({ role }) => role === 'site'));
  return Array.from({ length: count }, (_, n) => {
    const from = source.chance(0.5) ? inside : outside;
    return from[n % from.length]!;
  });
}

/** What comes of a session with a service that the server may not have: Windows clients are silent, others refuse. */
function outcome(
  server: Host,
  name: ServiceName,
  setting: Setting,
  source: Stream,
): { readonly failure: Session['failure'] } {
  const draw = source.uniform();
  if (answers(server, name, setting)) return { failure: draw < setting.recipe.failures ? 'refused' : 'none' };
  const silent = server.kind === 'workstation' && server.fingerprint.name === 'windows';
  return { failure: draw < (silent ? 0.7 : 0.1) ? 'unanswered' : 'refused' };
}

function answers(server: Host, name: ServiceName, { recipe }: Setting): boolean {
  if (server.offers.includes(name)) return true;
  if (name === 'smb') return server.fingerprint.name === 'windows';
  return (recipe.administrators ?? 0) > 0 && name === remoteShell(server);
}

/** The services over TCP that hosts inside use of each other, sorted by name. */
function usualServices({ population, usage }: Setting): readonly ServiceName[] {
  const names = new Set<ServiceName>();
  for (const contacts of usage.contacts)
    for (const { server, service } of contacts)
      if (server.kind !== 'external' && service.protocol === 'tcp' && isUsual(service.name))
        names.add(service.name);
  if (names.size === 0 && population.internal.length > 0) names.add('smb');
  return [...names].sort();
}

const isUsual = (name: string): name is ServiceName => Object.hasOwn(services, name);

function shuffled<T>(items: readonly T[], source: Stream): T[] {
  return Array.from(permutation(items.length, source), (n) => items[n]!);
}
