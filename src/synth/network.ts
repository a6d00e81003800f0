/**
 * The network: all packets of a recipe in the order of time.
 *
 * An undertaking is what a host sets out to do: one of its contacts, the name lookup before it, and the sessions
 * that it opens side by side. Undertakings and noise begin at the diurnal rate; a queue holds the next packet of every
 * session that is running, so that sessions interleave as their hosts' delays make them, and memory holds only what
 * is running.
 */

import { FaultError } from '../fault/index.ts';
import { type Stream, stream } from '../random/index.ts';
import type { AttackKind } from '../spec/index.ts';
import { type AttackSession, attackSessions } from './attack.ts';
import { converse, type Exchange, type Session } from './conversation.ts';
import { type DayPlan, plansOf } from './day.ts';
import { createArrivalTime } from './diurnal-rate.ts';
import { type Host, populate } from './host.ts';
import { noise } from './noise.ts';
import { createPorts } from './port.ts';
import { createQueue } from './queue.ts';
import type { Recipe } from './recipe.ts';
import { heavyTailed, type Service, services, within } from './service.ts';
import { type Contact, usageProfilesOf } from './usage-profile.ts';
import { draw } from './weighted-choice.ts';
import { createWire, reaction } from './wire.ts';

/** A packet as it is captured. The object and its bytes are used again for the next one. */
export interface SyntheticPacket {
  /** Whole seconds since 1970. */
  seconds: number;
  microseconds: number;
  /** The captured bytes are bytes[0] … bytes[captured − 1]. */
  readonly bytes: Uint8Array;
  captured: number;
  /** Bytes on the wire. */
  original: number;
  /** Which session it belongs to, in the order in which they were planned; −1 for noise. */
  session: number;
  /** What attack the session is part of; null for none. */
  attack: AttackKind | null;
  /** Whether it is the last of its session. */
  last: boolean;
}

/** Chance that a client has a name no longer in memory and asks for it again. */
const LOOKUP = 0.45;
/** Chance that a directory server has to ask outside for a client. */
const RECURSION = 0.2;
/** Undertakings that are drawn again when all ports towards a server have been used. */
const REDRAWS = 100;

/**
 * All packets of the recipe, or of one of its days, times never going back.
 *
 * @param recipe as spec/ resolves it
 * @param day index among the days of the recipe
 * @throws FaultError when the recipe has more sessions than its hosts have ports
 */
export function syntheticPackets(recipe: Recipe, day = 0): Generator<SyntheticPacket, void, void> {
  const plan = plansOf(recipe)[day];
  if (plan === undefined) throw new RangeError(`there is no day ${day}`);
  return packetsOf(recipe, plan);
}

/** The packets of a plan, of a recipe that was resolved. */
function* packetsOf(recipe: Recipe, plan: DayPlan): Generator<SyntheticPacket, void, void> {
  const { seed } = recipe;
  const { path, start } = plan;
  const sessions = plan.benign;
  const conditions = { retransmissions: recipe.retransmissions ?? 0, pauses: recipe.pauses ?? 1 };
  /** Microseconds after which nothing is captured. */
  const end = recipe.cut === true ? Math.floor(recipe.duration * 1e6) : Number.POSITIVE_INFINITY;
  const population = populate(recipe);
  const usage = usageProfilesOf(population, recipe);
  const arrivalTime = createArrivalTime(recipe, plan.localStart, path);
  const ports = createPorts(population.hosts.length, plan.turn, plan.turns);
  const wire = createWire(seed, recipe.snapLength, population.hosts.length);
  const queue = createQueue();
  const running: (Exchange | undefined)[] = [];
  const sessionOf: number[] = [];
  const attackOf: (AttackKind | null)[] = [];
  const free: number[] = [];
  const servers = [...population.internal, ...population.external];
  const directories = population.internal.filter((host) => host.role === 'directory');

  const begin = (
    time: number,
    exchange: Exchange,
    session: number,
    attack: AttackKind | null = null,
  ): void => {
    const slot = free.pop() ?? running.length;
    running[slot] = exchange;
    sessionOf[slot] = session;
    attackOf[slot] = attack;
    // Every session has its first packet at least.
    queue.add(Math.min(time, end), slot);
  };

  let planned = 0;
  /** Plans one session; false when its hosts have no ports left for another one. */
  const open = (
    time: number,
    client: Host,
    server: Host,
    service: Service,
    subject: Host | null,
    upstream = 0,
  ): boolean => {
    const source = stream(seed, 'synth', 'session', planned, ...path);
    const ipv6 = source.chance(recipe.ipv6);
    const clientPort = ports.take(client, server, service, ipv6);
    if (clientPort === null) return false;
    const failed = source.chance(recipe.failures);
    const failure: Session['failure'] = !failed ? 'none' : source.chance(0.5) ? 'refused' : 'unanswered';
    const named = subject ?? servers[source.below(servers.length)]!;
    const parties = { client, server, service, clientPort, ipv6, failure, subject: named };
    begin(time, converse(wire, { ...parties, upstream, ...conditions, source }), planned);
    planned++;
    return true;
  };

  /** A client asks for the server's name, and its resolver may have to ask outside; returns when it is known. */
  const lookUp = (time: number, client: Host, server: Host, source: Stream): number => {
    const resolver = directories[client.department % directories.length]!;
    const elsewhere = usage.contacts[resolver.id]!.find((contact) => contact.service === services.dns);
    const asks = elsewhere !== undefined && server.kind === 'external' && source.chance(RECURSION);
    const upstream = asks ? 2 * reaction(elsewhere.server, source) : 0;
    // One session at least is left for what the name is looked up for.
    if (planned + 1 >= sessions || !open(time, client, resolver, services.dns, server, upstream)) return time;
    const received = time + reaction(resolver, source);
    if (asks && planned + 1 < sessions) open(received, resolver, elsewhere.server, services.dns, server);
    return received + upstream + heavyTailed(2500, source);
  };

  const undertake = (time: number, source: Stream): void => {
    for (let attempt = 0; attempt < REDRAWS; attempt++) {
      const client = usage.actives[draw(usage.activity, source)]!;
      const known = usage.contacts[client.id]!;
      const usual = known[draw(usage.weights[client.id]!, source)]!;
      const curious = client.kind === 'workstation' && source.chance(recipe.novelty);
      const { server, service } = curious ? stranger(servers, known, source) : usual;

      let when = time;
      if ((client.kind === 'workstation' || client.kind === 'device') && source.chance(LOOKUP))
        when = lookUp(time, client, server, source);
      let opened = 0;
      const wanted = within(service.parallel, source);
      while (opened < wanted && planned < sessions && open(when, client, server, service, null)) {
        when += heavyTailed(1500, source);
        opened++;
      }
      if (opened > 0) return;
    }
    throw outOfPorts(sessions, planned);
  };

  // Attacks are numbered after everything else.
  let attacked = 0;
  const attacks = attackSessions(plan.attacks, { recipe, population, usage }, (n) =>
    stream(seed, 'synth', 'attack', n, ...path),
  );
  const attack = ({ time, kind, ...parties }: AttackSession & { readonly kind: AttackKind }): void => {
    const source = stream(seed, 'synth', 'attacking', attacked, ...path);
    const ipv6 = source.chance(recipe.ipv6);
    const clientPort = ports.take(parties.client, parties.server, parties.service, ipv6);
    if (clientPort === null) throw outOfPorts(sessions, planned);
    const session = {
      ...parties,
      clientPort,
      ipv6,
      subject: parties.server,
      upstream: 0,
      ...conditions,
      source,
    };
    begin(time, converse(wire, session), sessions + attacked, kind);
    attacked++;
  };

  const disturbances = Math.round(recipe.noise * sessions);
  let disturbed = 0;
  // An undertaking or disturbance is somewhere in the part of all activity that is its share.
  const nextUndertaking = (): { source: Stream; time: number } => {
    const source = stream(seed, 'synth', 'undertaking', planned, ...path);
    return { source, time: arrivalTime((planned + source.uniform()) / sessions) };
  };
  const nextDisturbance = (): { source: Stream; time: number } => {
    const source = stream(seed, 'synth', 'noise', disturbed, ...path);
    return { source, time: arrivalTime((disturbed + source.uniform()) / disturbances) };
  };
  let undertaking = nextUndertaking();
  let disturbance = disturbances > 0 ? nextDisturbance() : null;
  let attacking = attacks.next();

  const packet: SyntheticPacket = {
    seconds: 0,
    microseconds: 0,
    bytes: wire.frame.bytes,
    captured: 0,
    original: 0,
    session: -1,
    attack: null,
    last: false,
  };
  for (;;) {
    const now = queue.next;
    if (planned < sessions && undertaking.time <= now) {
      undertake(undertaking.time, undertaking.source);
      undertaking = nextUndertaking();
      continue;
    }
    if (disturbance !== null && disturbance.time <= now) {
      begin(disturbance.time, noise(wire, population, recipe.ipv6 > 0, disturbance.source), -1);
      disturbed++;
      disturbance = disturbed < disturbances ? nextDisturbance() : null;
      continue;
    }
    if (attacking.done !== true && attacking.value.time <= now) {
      attack(attacking.value);
      attacking = attacks.next();
      continue;
    }
    if (queue.size === 0 || now > end) return;
    const slot = queue.take();
    wire.now = now;
    const step = running[slot]!.next();
    packet.seconds = start + Math.floor(now / 1e6);
    packet.microseconds = now % 1e6;
    packet.captured = wire.frame.captured;
    packet.original = wire.frame.original;
    packet.session = sessionOf[slot]!;
    packet.attack = attackOf[slot]!;
    packet.last = step.done === true;
    if (step.done === true) {
      running[slot] = undefined;
      free.push(slot);
    } else queue.add(now + step.value, slot);
    yield packet;
  }
}

const outOfPorts = (sessions: number, planned: number): FaultError =>
  new FaultError({
    place: 'recipe/sessions',
    problem: `got ${sessions}, but after ${planned} sessions there are no unused ports left`,
    cure: 'ask for fewer sessions or more hosts',
  });

/** A server and service that the client does not use. */
function stranger(
  servers: readonly Host[],
  known: readonly Contact[],
  source: Stream,
): { readonly server: Host; readonly service: Service } {
  const used = new Set(known.map((contact) => contact.server));
  const unknown = servers.filter((host) => !used.has(host));
  const from = unknown.length > 0 ? unknown : servers;
  const server = from[source.below(from.length)]!;
  return { server, service: services[server.offers[source.below(server.offers.length)]!] };
}
