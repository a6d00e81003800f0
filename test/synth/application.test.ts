import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadSpec } from '../../src/spec/index.ts';
import { applicationsOf } from '../../src/synth/application.ts';
import { populate } from '../../src/synth/host.ts';
import { defaultRecipe, type Recipe, syntheticPackets } from '../../src/synth/index.ts';
import { services } from '../../src/synth/service.ts';
import { type Decoded, verifyFrame } from './verify.ts';

interface Seen {
  readonly session: number;
  readonly time: number;
  readonly packet: Decoded;
}

function observe(recipe: Recipe): readonly Seen[] {
  const seen: Seen[] = [];
  for (const { session, seconds, microseconds, bytes, captured } of syntheticPackets({
    ...recipe,
    snapLength: 65_535,
  }))
    if (session >= 0)
      seen.push({
        session,
        time: seconds * 1e6 + microseconds,
        packet: verifyFrame(bytes.slice(0, captured)),
      });
  return seen;
}

const firsts = (seen: readonly Seen[]): readonly Seen[] => {
  const known = new Set<number>();
  return seen.filter(({ session }) => !known.has(session) && known.add(session));
};

const large: Recipe = { ...defaultRecipe, sessions: 2500, workstations: 60, externalServers: 300 };

describe('applications beside the usual ones', () => {
  const population = populate(large);

  it('have ports of their own, none of which is that of a usual service', () => {
    const applications = applicationsOf(300, population, 1);
    const ports = new Set(applications.map(({ service }) => service.port));
    assert.equal(ports.size, 300);
    for (const { port } of Object.values(services)) assert(!ports.has(port));
    assert(applications.every(({ servers }) => servers.length >= 1 && servers.length <= 3));
    assert.deepEqual(new Set(applications.map(({ service }) => service.protocol)), new Set(['tcp', 'udp']));
  });

  it('depend on the seed and their number alone: more of them change none', () => {
    assert.deepEqual(applicationsOf(50, population, 3), applicationsOf(80, population, 3).slice(0, 50));
    assert.notDeepEqual(applicationsOf(50, population, 3), applicationsOf(50, population, 4));
  });

  it('are used, and few of them make most of the sessions', () => {
    const usual = new Set(Object.values(services).map(({ port }) => port));
    const used = new Map<number, number>();
    for (const { packet } of firsts(observe({ ...large, applications: 132 })))
      if (!usual.has(packet.destinationPort))
        used.set(packet.destinationPort, (used.get(packet.destinationPort) ?? 0) + 1);
    assert(used.size > 80, `${used.size} ports`);
    const counts = [...used.values()].sort((a, b) => b - a);
    const all = counts.reduce((sum, count) => sum + count, 0);
    const most = counts.slice(0, Math.ceil(counts.length / 10)).reduce((sum, count) => sum + count, 0);
    assert(most > 0.3 * all, `a tenth of them makes ${most} of ${all} sessions`);
  });

  it('are of no use where there are none: the network without them is what it was', () => {
    const first = observe({ ...defaultRecipe, sessions: 50 });
    assert(firsts(first).every(({ packet }) => packet.destinationPort !== 0));
    const usual = new Set(Object.values(services).map(({ port }) => port));
    assert(firsts(first).every(({ packet }) => usual.has(packet.destinationPort)));
  });
});

describe('sites beside those of a department', () => {
  it('are visited by popularity: workstations have more contacts, and some sites many visitors', () => {
    const contactsOf = (recipe: Recipe) => {
      const pairs = new Set(
        firsts(observe(recipe)).map(({ packet }) => `${packet.source}>${packet.destination}`),
      );
      return pairs.size;
    };
    const few = contactsOf({ ...large, ipv6: 0 });
    const many = contactsOf({ ...large, ipv6: 0, sites: 30 });
    assert(many > 1.3 * few, `${few} and ${many} pairs`);
  });
});

describe('retransmissions', () => {
  it('are segments that come again, whole and later, as often as the recipe says', () => {
    const share = 0.05;
    const seen = observe({ ...defaultRecipe, sessions: 1500, retransmissions: share });
    const segments = new Map<string, { time: number; payload: string }>();
    let data = 0;
    let again = 0;
    for (const { session, time, packet } of seen) {
      if (packet.kind !== 'tcp' || packet.payload.length === 0) continue;
      const key = `${session} ${packet.source} ${packet.sequence}`;
      const payload = Buffer.from(packet.payload).toString('base64');
      const before = segments.get(key);
      if (before === undefined) data++;
      else {
        again++;
        assert.equal(payload, before.payload);
        assert(time - before.time >= 200_000 && time - before.time < 220_000);
      }
      segments.set(key, { time, payload });
    }
    const found = again / data;
    assert(found > 0.04 && found < 0.06, `${found}`);
  });
});

describe('pauses', () => {
  it('of some sessions are long where the recipe says so: others stay as they are', () => {
    const durations = (recipe: Recipe): readonly number[] => {
      const span = new Map<number, [number, number]>();
      for (const { session, time } of observe(recipe)) {
        const known = span.get(session);
        if (known === undefined) span.set(session, [time, time]);
        else known[1] = time;
      }
      return [...span.values()].map(([from, to]) => to - from).sort((a, b) => a - b);
    };
    const usual = durations({ ...defaultRecipe, sessions: 1500 });
    const slow = durations({ ...defaultRecipe, sessions: 1500, pauses: 200 });
    const at = (list: readonly number[], share: number) => list[Math.floor(share * (list.length - 1))]!;
    assert(at(slow, 0.95) > 5 * at(usual, 0.95), `${at(usual, 0.95)} and ${at(slow, 0.95)} µs`);
    assert(at(slow, 0.25) < 3 * at(usual, 0.25), `${at(usual, 0.25)} and ${at(slow, 0.25)} µs`);
  });
});

describe('a capture that is cut', () => {
  it('ends with its duration, and has of each session the first packet at least', () => {
    for (const sessions of [1, 40, 1500]) {
      const recipe = { ...defaultRecipe, sessions, pauses: 100, cut: true, duration: 20, failures: 0 };
      const seen = observe(recipe);
      const begin = Date.parse(recipe.start) * 1000;
      assert(seen.every(({ time }) => time <= begin + 20e6));
      assert.equal(firsts(seen).length, sessions);
    }
  });
});

describe('the synthetic stand-in for bigFlows', () => {
  it('has its packets for each session, and their length, also when it is scaled down', async () => {
    const { dataset } = await loadSpec('experiments/quickstart.json', {
      set: ['dataset=synthetic-bigflows'],
    });
    assert(dataset.kind === 'synthetic');
    let packets = 0;
    let bytes = 0;
    const sessions = 2000;
    for (const packet of syntheticPackets({ ...dataset.recipe, sessions })) {
      assert.equal(packet.captured, packet.original, 'nothing is cut');
      packets++;
      bytes += packet.original;
    }
    // bigFlows.pcap: 791,615 packets of 449 bytes in about 40,500 flows.
    assert(packets / sessions > 16 && packets / sessions < 23, `${packets / sessions} packets a session`);
    assert(bytes / packets > 410 && bytes / packets < 490, `${bytes / packets} bytes a packet`);
  });
});
