import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ATTACK_KINDS, type AttackKind, type RecipeDay } from '../../src/spec/index.ts';
import { type Host, populate } from '../../src/synth/host.ts';
import { defaultRecipe, type Recipe, syntheticPackets } from '../../src/synth/index.ts';
import { usageProfilesOf } from '../../src/synth/usage-profile.ts';
import { type Decoded, hex, optionKinds, verifyFrame } from './verify.ts';

interface Seen {
  readonly time: number;
  readonly session: number;
  readonly attack: AttackKind | null;
  readonly packet: Decoded;
}

const COUNT = 150;

const day = (name: string, date: string, attacks: RecipeDay['attacks']): RecipeDay => ({
  name,
  date,
  attacks,
  labels: true,
  article: null,
});

/** A quiet day, then one with every kind of attack. */
const recipe: Recipe = {
  ...defaultRecipe,
  seed: 11,
  sessions: 4000,
  workstations: 24,
  externalServers: 40,
  ipv6: 0.1,
  administrators: 0.25,
  start: '2010-06-11T12:00:00Z',
  duration: 4 * 3600,
  snapLength: 65_535,
  days: [
    day('quiet', '2010-06-11', []),
    day(
      'attacked',
      '2010-06-12',
      ATTACK_KINDS.map((kind) => ({ kind, sessions: COUNT })),
    ),
  ],
};

/** Packets of sessions, decoded and with their checksums verified. */
function observe(of: Recipe, index: number): readonly Seen[] {
  const seen: Seen[] = [];
  for (const { seconds, microseconds, bytes, captured, session, attack } of syntheticPackets(of, index)) {
    if (session < 0) continue;
    const packet = verifyFrame(bytes.slice(0, captured));
    seen.push({ time: seconds * 1e6 + microseconds, session, attack, packet });
  }
  return seen;
}

const quiet = observe(recipe, 0);
const attacked = observe(recipe, 1);
const population = populate(recipe);
const usage = usageProfilesOf(population, recipe);
const hostOf = new Map<string, Host>(
  population.hosts.flatMap((host) => [[hex(host.ipv4), host] as const, [hex(host.ipv6), host] as const]),
);

/** First packets of sessions, by the kind of attack. */
function openings(kind: AttackKind | null): readonly Seen[] {
  const seen = new Set<number>();
  return attacked.filter(({ session, attack }) => {
    if (attack !== kind || seen.has(session)) return false;
    seen.add(session);
    return true;
  });
}

const all = (kinds: readonly AttackKind[]): readonly Seen[] => kinds.flatMap(openings);
const pairOf = ({ packet }: Seen): string => {
  const [a, b] = [hostOf.get(packet.source)!.id, hostOf.get(packet.destination)!.id];
  return `${a}>${b}`;
};

describe('an attack', () => {
  it('has as many sessions as the recipe says, and the rest of the day is not part of it', () => {
    for (const kind of ATTACK_KINDS) assert.equal(openings(kind).length, COUNT, kind);
    assert.equal(openings(null).length, 4000 - ATTACK_KINDS.length * COUNT);
    assert(quiet.every(({ attack }) => attack === null));
  });

  it('of any size and in any network runs, and keeps to its day', () => {
    const sizes = [1, 2, 7, 300];
    for (const kind of ATTACK_KINDS)
      for (const sessions of sizes) {
        const tiny: Recipe = {
          ...recipe,
          sessions,
          workstations: 1,
          internalServers: 1,
          externalServers: 1,
          administrators: 0,
          duration: 600,
          days: [day('a', '2010-06-11', [{ kind, sessions }])],
        };
        const seen = observe(tiny, 0);
        assert.equal(new Set(seen.map(({ session }) => session)).size, sessions);
        const begin = Date.parse('2010-06-11T12:00:00Z') * 1000;
        const firsts = new Map<number, number>();
        for (const { session, time } of seen) if (!firsts.has(session)) firsts.set(session, time);
        assert(Math.max(...firsts.values()) < begin + 600e6);
      }
  });

  it('is by hosts of the network, with the MAC address, time to live and options of each', () => {
    const orders: Record<string, number[]> = {
      windows: [2, 1, 3, 1, 1, 4],
      linux: [2, 4, 8, 1, 3],
      macos: [2, 1, 3, 1, 1, 8, 4, 0],
      freebsd: [2, 1, 3, 4, 8],
      appliance: [2],
    };
    for (const { packet, attack } of attacked) {
      const host = hostOf.get(packet.source);
      assert(host !== undefined);
      if (attack === null) continue;
      const { fingerprint } = host;
      assert.equal(packet.hops, fingerprint.ttl - host.hops);
      assert.equal(packet.sourceMac, hex(host.mac));
      assert.equal(packet.destinationMac, hex(hostOf.get(packet.destination)!.mac));
      if (packet.flags === 2) {
        assert.deepEqual(optionKinds(packet.options), orders[fingerprint.name]);
        assert.equal(packet.window, fingerprint.synWindow);
        const port = packet.sourcePort - fingerprint.firstPort;
        assert(port >= 0 && port < fingerprint.ports);
      }
    }
  });

  it('counts, clears or draws IPv4 identifications as the host does elsewhere', () => {
    const last = new Map<number, number>();
    for (const { packet } of attacked) {
      if (packet.ipv6) continue;
      const host = hostOf.get(packet.source)!;
      const { identification } = host.fingerprint;
      if (identification === 'zero') assert(packet.identification === 0 && packet.dontFragment);
      if (identification !== 'counter') continue;
      // One counter for attacks and everything else.
      assert.equal(packet.identification, ((last.get(host.id) ?? 0) + 1) & 0xffff);
      last.set(host.id, packet.identification);
    }
  });

  it('shows no value in its headers that usual sessions of such hosts do not show', () => {
    const facts = ({ packet }: Seen): Readonly<Record<string, string | number>> => {
      const { name } = hostOf.get(packet.source)!.fingerprint;
      return {
        'time to live': packet.hops,
        'MAC address': packet.sourceMac,
        'window of a SYN': packet.flags === 2 ? `${name} ${packet.window}` : '',
        'options of a SYN': packet.flags === 2 ? `${name} ${optionKinds(packet.options)}` : '',
        window: packet.kind === 'tcp' ? `${name} ${packet.window}` : '',
        flags: packet.flags,
        fragmentation: `${name} ${packet.kind} ${packet.ipv6 || packet.dontFragment}`,
        'port of the service': Math.min(packet.sourcePort, packet.destinationPort),
        'range of the client port': Math.max(packet.sourcePort, packet.destinationPort) >> 13,
      };
    };
    const usual = new Map<string, Set<string | number>>();
    for (const one of [...quiet, ...attacked.filter(({ attack }) => attack === null)])
      for (const [fact, value] of Object.entries(facts(one)))
        usual.set(fact, (usual.get(fact) ?? new Set()).add(value));
    for (const one of attacked)
      if (one.attack !== null)
        for (const [fact, value] of Object.entries(facts(one)))
          assert(usual.get(fact)!.has(value), `${one.attack}: ${fact} ${value}`);
  });

  it('looks like a usual session where only its first packet is seen: all its services are used by others', () => {
    const usual = new Set(openings(null).map(({ packet }) => `${packet.kind} ${packet.destinationPort}`));
    for (const { packet } of all(ATTACK_KINDS))
      assert(usual.has(`${packet.kind} ${packet.destinationPort}`), `${packet.destinationPort}`);
  });
});

describe('kinds of attack', () => {
  const usualPairs = new Set(
    population.hosts.flatMap((host) =>
      usage.contacts[host.id]!.map(({ server }) => `${host.id}>${server.id}`),
    ),
  );
  const strange = (kind: AttackKind): number =>
    openings(kind).filter((one) => !usualPairs.has(pairOf(one))).length;

  it('internal-scan: one host tries many services of all others and says nothing; most refuse or are silent', () => {
    const probes = openings('internal-scan');
    assert.equal(new Set(probes.map(({ packet }) => hostOf.get(packet.source)!.id)).size, 1);
    const targets = new Set(probes.map(({ packet }) => hostOf.get(packet.destination)!.id));
    assert.equal(targets.size, population.workstations.length + population.internal.length - 1);
    const scanned = attacked.filter(({ attack }) => attack === 'internal-scan');
    assert(scanned.every(({ packet }) => packet.payload.length === 0));
    const answered = new Set(
      scanned.filter(({ packet }) => packet.flags === 0x12).map(({ session }) => session),
    );
    assert(answered.size > 0.05 * COUNT && answered.size < 0.5 * COUNT, `${answered.size}`);
  });

  it('lateral-movement: hosts talk to hosts that they have never used, servers to workstations among them', () => {
    assert.equal(strange('lateral-movement'), COUNT);
    const moves = openings('lateral-movement').map(({ packet }) => packet);
    assert(moves.every(({ destinationPort }) => [445, 3389, 22].includes(destinationPort)));
    const kinds = new Set(
      moves.map(({ source, destination }) => `${hostOf.get(source)!.kind}>${hostOf.get(destination)!.kind}`),
    );
    assert(kinds.has('internal>workstation'), [...kinds].join(', '));
  });

  it('brute-force-ssh: many short sessions with one server by hosts that do not use it', () => {
    const tries = openings('brute-force-ssh');
    assert.equal(strange('brute-force-ssh'), COUNT);
    assert.deepEqual([...new Set(tries.map(({ packet }) => packet.destinationPort))], [22]);
    assert.equal(new Set(tries.map(({ packet }) => hostOf.get(packet.destination)!.id)).size, 1);
  });

  it('http-dos: several hosts keep one web server busy within minutes', () => {
    const requests = openings('http-dos');
    assert.deepEqual([...new Set(requests.map(({ packet }) => packet.destinationPort))], [80]);
    assert(new Set(requests.map(({ packet }) => hostOf.get(packet.source)!.id)).size >= 2);
    assert(requests.at(-1)!.time - requests[0]!.time < 10 * 60e6);
  });

  it('c2-beacons: one host asks one station outside that nobody uses, at a steady pace through the day', () => {
    const beacons = openings('c2-beacons');
    assert.equal(new Set(beacons.map(pairOf)).size, 1);
    assert.equal(strange('c2-beacons'), COUNT);
    assert.equal(hostOf.get(beacons[0]!.packet.destination)!.kind, 'external');
    const gaps = beacons.slice(1).map(({ time }, i) => time - beacons[i]!.time);
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    assert(gaps.every((gap) => gap > 0.75 * mean && gap < 1.25 * mean));
    assert(beacons.at(-1)!.time - beacons[0]!.time > 0.8 * recipe.duration * 1e6);
  });

  it('infiltration: a client reports outside, scans, goes from host to host, and carries data off', () => {
    const sessions = openings('infiltration');
    const client = hostOf.get(sessions[0]!.packet.source)!;
    assert.equal(client.kind, 'workstation');
    const outside = sessions.filter(({ packet }) => hostOf.get(packet.destination)!.kind === 'external');
    assert.equal(new Set(outside.map(pairOf)).size, 1);
    assert.equal(outside.length, Math.floor(0.12 * COUNT) + Math.floor(0.06 * COUNT));
    const sent = new Map<number, number>();
    for (const { attack, session, packet } of attacked)
      if (attack === 'infiltration' && packet.source === sessions[0]!.packet.source)
        sent.set(session, (sent.get(session) ?? 0) + packet.payload.length);
    assert(Math.max(...sent.values()) > 50_000, 'something large leaves');
  });
});
