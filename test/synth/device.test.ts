import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { populate } from '../../src/synth/host.ts';
import { defaultRecipe, type Recipe, syntheticPackets } from '../../src/synth/index.ts';
import { usageProfilesOf } from '../../src/synth/usage-profile.ts';
import { hex, verifyFrame } from './verify.ts';

const recipe: Recipe = { ...defaultRecipe, devices: 12, ipv6: 0 };
const population = populate(recipe);

describe('devices', () => {
  it('come to a network that is otherwise what it was', () => {
    const { devices, hosts, ...rest } = population;
    const { devices: none, hosts: others, ...before } = populate(defaultRecipe);
    assert.deepEqual(none, []);
    assert.deepEqual(rest, before);
    assert.deepEqual(hosts.slice(0, others.length), others);
    assert.equal(devices.length, 12);
    assert(devices.every(({ id }) => hosts[id]!.kind === 'device'));
  });

  it('are printers that departments print on, and things that talk to their maker and the time server alone', () => {
    const { contacts } = usageProfilesOf(population, recipe);
    const printers = new Set(population.devices.filter(({ role }) => role === 'printer'));
    assert.equal(printers.size, 4);
    for (const desk of population.workstations) {
      const used = contacts[desk.id]!.filter(({ server }) => printers.has(server));
      assert.deepEqual(
        used.map(({ service }) => service.port),
        [631],
      );
      assert.equal(used[0]!.server.department, desk.department);
    }
    for (const device of population.devices) {
      const used = contacts[device.id]!;
      if (device.role === 'printer') assert.equal(used.length, 0);
      else
        assert.deepEqual(
          used.map(({ server }) => server.role),
          ['site', 'infrastructure'],
        );
    }
  });

  it('are seen: print jobs go to printers, and reports come from things that few others talk to', () => {
    const ofDevice = new Set(population.devices.map(({ ipv4 }) => hex(ipv4)));
    const peers = new Map<string, Set<string>>();
    let jobs = 0;
    for (const { session, bytes, captured } of syntheticPackets({ ...recipe, snapLength: 65_535 })) {
      if (session < 0) continue;
      const packet = verifyFrame(bytes.slice(0, captured));
      if (packet.kind !== 'tcp' || packet.flags !== 2) continue;
      if (packet.destinationPort === 631) {
        assert(ofDevice.has(packet.destination));
        jobs++;
      } else if (ofDevice.has(packet.source))
        peers.set(packet.source, (peers.get(packet.source) ?? new Set()).add(packet.destination));
    }
    assert(jobs > 10, `${jobs} print jobs`);
    assert.equal(peers.size, 8);
    for (const known of peers.values()) assert.equal(known.size, 1);
  });
});
