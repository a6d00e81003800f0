/**
 * The network: all packets of a recipe in the order of time.
 *
 * An undertaking is what a host sets out to do: a contact of its habits, the name lookup before it, and the sessions
 * that it opens side by side. Undertakings and noise begin as the tide has it; a queue holds the next packet of every
 * session that is running, so that sessions interleave as their hosts' delays make them, and memory holds only what
 * is running.
 */
import { choose, type Stream, stream } from '../random/index.ts';
import { FaultError } from '../spec/index.ts';
import { converse, type Session, type Talk } from './conversation.ts';
import { type Contact, habitsOf } from './habit.ts';
import { type Host, populate } from './host.ts';
import { noise } from './noise.ts';
import { createPorts } from './port.ts';
import { createQueue } from './queue.ts';
import { resolveRecipe, type SyntheticRecipe, startSeconds } from './recipe.ts';
import { type ServiceName, services, spread, within } from './service.ts';
import { createTide } from './tide.ts';
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
}

/** Chance that a client has a name no longer in memory and asks for it again. */
const LOOKUP = 0.45;
/** Chance that a directory server has to ask outside for a client. */
const RECURSION = 0.2;
/** Undertakings that are drawn again when all ports towards a server have been used. */
const REDRAWS = 100;

/**
 * All packets of the recipe, times never going back.
 *
 * @throws FaultError when the recipe is out of range, or has more sessions than its hosts have ports.
 */
export function* syntheticPackets(given: SyntheticRecipe): Generator<SyntheticPacket, void, void> {
  const recipe = resolveRecipe({ ...given });
  const { seed, sessions } = recipe;
  const population = populate(recipe);
  const habits = habitsOf(population, recipe);
  const tide = createTide(recipe);
  const ports = createPorts(population.hosts.length);
  const wire = createWire(seed, recipe.snapLength, population.hosts.length);
  const queue = createQueue();
  const running: (Talk | undefined)[] = [];
  const sessionOf: number[] = [];
  const free: number[] = [];
  const servers = [...population.internal, ...population.external];
  const directories = population.internal.filter((host) => host.role === 'directory');

  const begin = (time: number, talk: Talk, session: number): void => {
    const slot = free.pop() ?? running.length;
    running[slot] = talk;
    sessionOf[slot] = session;
    queue.add(time, slot);
  };

  let planned = 0;
  /** Plans one session; false when its hosts have no ports left for another one. */
  const open = (
    time: number,
    client: Host,
    server: Host,
    name: ServiceName,
    subject: Host | null,
    upstream = 0,
  ): boolean => {
    const service = services[name];
    const source = stream(seed, 'synth', 'session', planned);
    const ipv6 = source.chance(recipe.ipv6);
    const clientPort = ports.take(client, server, service, ipv6);
    if (clientPort === null) return false;
    const failed = source.chance(recipe.failures);
    const failure: Session['failure'] = !failed ? 'none' : source.chance(0.5) ? 'refused' : 'unanswered';
    const named = subject ?? servers[source.below(servers.length)]!;
    const session: Session = {
      client,
      server,
      service,
      clientPort,
      ipv6,
      failure,
      subject: named,
      upstream,
      source,
    };
    begin(time, converse(wire, session), planned);
    planned++;
    return true;
  };

  /** A client asks for the server's name, and its resolver may have to ask outside; returns when it is known. */
  const lookUp = (time: number, client: Host, server: Host, source: Stream): number => {
    const resolver = directories[client.department % directories.length]!;
    const elsewhere = habits.contacts[resolver.id]!.find((contact) => contact.service === 'dns');
    const asks = elsewhere !== undefined && server.kind === 'external' && source.chance(RECURSION);
    const upstream = asks ? 2 * reaction(elsewhere.server, source) : 0;
    // One session at least is left for what the name is looked up for.
    if (planned + 1 >= sessions || !open(time, client, resolver, 'dns', server, upstream)) return time;
    const received = time + reaction(resolver, source);
    if (asks && planned + 1 < sessions) open(received, resolver, elsewhere.server, 'dns', server);
    return received + upstream + spread(2500, source);
  };

  const undertake = (time: number, source: Stream): void => {
    for (let draw = 0; draw < REDRAWS; draw++) {
      const client = habits.actives[choose(habits.activity, source)]!;
      const known = habits.contacts[client.id]!;
      const usual = known[choose(habits.weights[client.id]!, source)]!;
      const curious = client.kind === 'workstation' && source.chance(recipe.novelty);
      const { server, service } = curious ? stranger(servers, known, source) : usual;

      let when = time;
      if (client.kind === 'workstation' && source.chance(LOOKUP)) when = lookUp(time, client, server, source);
      let opened = 0;
      const wanted = within(services[service].parallel, source);
      while (opened < wanted && planned < sessions && open(when, client, server, service, null)) {
        when += spread(1500, source);
        opened++;
      }
      if (opened > 0) return;
    }
    throw new FaultError({
      place: 'recipe/sessions',
      problem: `got ${sessions}, but after ${planned} sessions there are no unused ports left`,
      cure: 'ask for fewer sessions or more hosts',
    });
  };

  const disturbances = Math.round(recipe.noise * sessions);
  let disturbed = 0;
  // An undertaking or disturbance is somewhere in the part of all activity that is its share.
  const nextUndertaking = (): { source: Stream; time: number } => {
    const source = stream(seed, 'synth', 'undertaking', planned);
    return { source, time: tide((planned + source.uniform()) / sessions) };
  };
  const nextDisturbance = (): { source: Stream; time: number } => {
    const source = stream(seed, 'synth', 'noise', disturbed);
    return { source, time: tide((disturbed + source.uniform()) / disturbances) };
  };
  let undertaking = nextUndertaking();
  let disturbance = disturbances > 0 ? nextDisturbance() : null;

  const start = startSeconds(recipe);
  const packet: SyntheticPacket = {
    seconds: 0,
    microseconds: 0,
    bytes: wire.frame.bytes,
    captured: 0,
    original: 0,
    session: -1,
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
    if (queue.size === 0) return;
    const slot = queue.take();
    wire.now = now;
    const step = running[slot]!.next();
    packet.seconds = start + Math.floor(now / 1e6);
    packet.microseconds = now % 1e6;
    packet.captured = wire.frame.captured;
    packet.original = wire.frame.original;
    packet.session = sessionOf[slot]!;
    if (step.done === true) {
      running[slot] = undefined;
      free.push(slot);
    } else queue.add(now + step.value, slot);
    yield packet;
  }
}

/** A server and service that the client does not use. */
function stranger(
  servers: readonly Host[],
  known: readonly Contact[],
  source: Stream,
): { readonly server: Host; readonly service: ServiceName } {
  const unknown = servers.filter((host) => !known.some((contact) => contact.server === host));
  const from = unknown.length > 0 ? unknown : servers;
  const server = from[source.below(from.length)]!;
  return { server, service: server.offers[source.below(server.offers.length)]! };
}
