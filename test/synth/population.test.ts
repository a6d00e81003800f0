import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createArrivalTime } from '../../src/synth/diurnal-rate.ts';
import { populate } from '../../src/synth/host.ts';
import { defaultRecipe } from '../../src/synth/index.ts';
import { createPorts } from '../../src/synth/port.ts';
import { services } from '../../src/synth/service.ts';
import { usageProfilesOf } from '../../src/synth/usage-profile.ts';
import { hex } from './verify.ts';

describe('the population', () => {
  it('does not depend on what happens in it', () => {
    const busy = { ...defaultRecipe, sessions: 50_000, noise: 0, duration: 7200, snapLength: 98 };
    assert.deepEqual(populate(busy), populate(defaultRecipe));
    assert.deepEqual(
      usageProfilesOf(populate(busy), busy),
      usageProfilesOf(populate(defaultRecipe), defaultRecipe),
    );
  });

  it('keeps its hosts when others join', () => {
    const small = populate(defaultRecipe);
    const large = populate({ ...defaultRecipe, workstations: 40 });
    const joined = large.workstations.slice(0, small.workstations.length);
    assert.deepEqual(joined, small.workstations);
  });

  it('gives every host an address of its own, and external hosts the MAC address of the gateway', () => {
    for (const seed of [1, 2, 3]) {
      const { hosts, external, gateway } = populate({ ...defaultRecipe, seed, workstations: 200 });
      assert.equal(new Set(hosts.map((host) => hex(host.ipv4))).size, hosts.length);
      assert.equal(new Set(hosts.map((host) => hex(host.ipv6))).size, hosts.length);
      assert(external.every((host) => hex(host.mac) === hex(gateway.mac)));
      const cards = hosts.filter((host) => host.kind !== 'external').map((host) => hex(host.mac));
      assert.equal(new Set(cards).size, cards.length);
      // Locally administered, not multicast.
      assert(hosts.every((host) => (host.mac[0]! & 3) === 2));
    }
  });

  it('has every service that is used, and workstations with 6 to 14 servers each', () => {
    const population = populate(defaultRecipe);
    const usage = usageProfilesOf(population, defaultRecipe);
    for (const desk of population.workstations) {
      const contacts = usage.contacts[desk.id]!;
      const servers = new Set(contacts.map((contact) => contact.server.id));
      assert(servers.size >= 6 && servers.size <= 14, `${desk.name} has ${servers.size}`);
    }
    for (const contacts of usage.contacts) {
      for (const { server, service } of contacts)
        assert((server.offers as readonly string[]).includes(service.name), server.name);
    }
  });

  it('lets colleagues share more contacts than strangers', () => {
    const population = populate({ ...defaultRecipe, workstations: 60, externalServers: 60 });
    const usage = usageProfilesOf(population, defaultRecipe);
    const sites = population.workstations.map(
      (desk) =>
        new Set(usage.contacts[desk.id]!.filter((c) => c.server.kind === 'external').map((c) => c.server.id)),
    );
    const shared = { same: [0, 0], other: [0, 0] };
    for (let a = 0; a < sites.length; a++) {
      for (let b = 0; b < a; b++) {
        const same = population.workstations[a]!.department === population.workstations[b]!.department;
        const tally = same ? shared.same : shared.other;
        tally[0]! += [...sites[a]!].filter((site) => sites[b]!.has(site)).length;
        tally[1]!++;
      }
    }
    const mean = ([sum, pairs]: readonly number[]) => sum! / pairs!;
    assert(mean(shared.same) > 1.5 * mean(shared.other), JSON.stringify(shared));
  });

  it('has every role from one server each on, and works with the smallest of networks', () => {
    const smallest = { ...defaultRecipe, workstations: 1, internalServers: 1, externalServers: 1 };
    const population = populate(smallest);
    assert.deepEqual(
      [...population.internal, ...population.external].map((host) => host.role),
      ['directory', 'site'],
    );
    assert(usageProfilesOf(population, smallest).contacts[0]!.length > 0);
  });
});

describe('ephemeral ports', () => {
  it('are all used before they run out, and never twice for the same destination', () => {
    const { workstations, internal } = populate({ ...defaultRecipe, workstations: 30 });
    for (const name of ['windows', 'linux', 'macos']) {
      const client = workstations.find((host) => host.fingerprint.name === name)!;
      const ports = createPorts(100);
      const { firstPort, ports: count } = client.fingerprint;
      const used = new Set<number>();
      for (let i = 0; i < count; i++) used.add(ports.take(client, internal[0]!, services.dns, false)!);
      assert.equal(used.size, count);
      assert.equal(Math.min(...used), firstPort);
      assert.equal(Math.max(...used), firstPort + count - 1);
      assert.equal(ports.take(client, internal[0]!, services.dns, false), null);
      assert.notEqual(ports.take(client, internal[0]!, services.dns, true), null);
      assert.notEqual(ports.take(client, internal[0]!, services.kerberos, false), null);
    }
  });

  it('do not give their destination away: a dozen of them is spread over the whole range', () => {
    const { workstations, internal, external } = populate({ ...defaultRecipe, workstations: 30 });
    const ports = createPorts(100);
    for (const client of workstations) {
      const { firstPort, ports: count } = client.fingerprint;
      for (const server of [...internal, ...external]) {
        const taken = Array.from(
          { length: 12 },
          () => ports.take(client, server, services.https, false)! - firstPort,
        );
        taken.sort((a, b) => a - b);
        const gaps = taken.map((port, i) => (i === 0 ? port + count - taken.at(-1)! : port - taken[i - 1]!));
        assert(Math.max(...gaps) < count / 4, `${client.fingerprint.name}: ${taken}`);
      }
    }
  });
});

describe('the tide', () => {
  it('runs from the start to the end of the recipe without going back', () => {
    for (const duration of [1, 59.5, 1800, 100_000]) {
      const arrivalTime = createArrivalTime({ ...defaultRecipe, duration });
      let before = 0;
      for (let part = 0; part <= 1000; part++) {
        const now = arrivalTime(part / 1000);
        assert(Number.isInteger(now) && now >= before && now <= duration * 1e6);
        before = now;
      }
      assert.equal(arrivalTime(0), 0);
      assert(before > 0.999 * duration * 1e6 - 2);
    }
  });

  it('is higher by day than at night', () => {
    const arrivalTime = createArrivalTime({
      ...defaultRecipe,
      start: '2018-03-05T00:00:00Z',
      duration: 86_400,
    });
    const hour = 3600e6;
    assert(arrivalTime(0.1) > 6 * hour, 'less than a tenth happens before six');
    assert(arrivalTime(0.9) < 18 * hour, 'less than a tenth happens after six');
  });
});
