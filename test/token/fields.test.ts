import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { put } from '../../src/anomaly/edit.ts';
import { Link } from '../../src/session/index.ts';
import { fieldNames, hideableFields } from '../../src/token/index.ts';
import { anySample, load, tableOf } from '../anomaly/samples.ts';
import { buildPacket, type PacketRecipe, sessionTable } from '../support/packets.ts';

const v4 = { source: [10, 0, 0, 5], destination: [10, 0, 0, 1], sourcePort: 50312, destinationPort: 80 };
const v6 = { ...v4, source: new Array<number>(16).fill(1), destination: new Array<number>(16).fill(2) };

/** Field names of a packet as runs: `ip.source 4`. */
function runs(recipe: PacketRecipe): readonly string[] {
  const packet = buildPacket(recipe);
  const names = fieldNames(load(sessionTable([{ protocol: recipe.protocol, packets: [packet] }])), 0);
  assert.equal(names.length, packet.headerLength);
  const list: [string, number][] = [];
  for (const name of names) {
    const last = list.at(-1);
    if (last?.[0] === name) last[1]++;
    else list.push([name, 1]);
  }
  return list.map(([name, bytes]) => `${name} ${bytes}`);
}

const IP = [
  'ip.version 1',
  'ip.tos 1',
  'ip.length 2',
  'ip.id 2',
  'ip.flags 2',
  'ip.ttl 1',
  'ip.protocol 1',
  'ip.checksum 2',
  'ip.source 4',
  'ip.destination 4',
];
const IPV6 = [
  'ipv6.version 4',
  'ipv6.length 2',
  'ipv6.next 1',
  'ipv6.hops 1',
  'ipv6.source 16',
  'ipv6.destination 16',
];
const TCP = [
  'tcp.source-port 2',
  'tcp.destination-port 2',
  'tcp.sequence 4',
  'tcp.acknowledgment 4',
  'tcp.offset 1',
  'tcp.flags 1',
  'tcp.window 2',
  'tcp.checksum 2',
  'tcp.urgent 2',
];
const UDP = ['udp.source-port 2', 'udp.destination-port 2', 'udp.length 2', 'udp.checksum 2'];
const ETHERNET = ['ethernet.destination 6', 'ethernet.source 6', 'ethernet.type 2'];

describe('the field of every header byte', () => {
  it('of Ethernet, IPv4 and TCP, without and with options', () => {
    assert.deepEqual(runs({ protocol: 'tcp', ...v4 }), [...ETHERNET, ...IP, ...TCP]);
    const options = { ipOptions: [1, 1, 1, 0], tcpOptions: [2, 4, 5, 0xb4, 1, 1, 1, 1] };
    assert.deepEqual(runs({ protocol: 'tcp', ...v4, ...options }), [
      ...ETHERNET,
      ...IP,
      'ip.options 4',
      ...TCP,
      'tcp.options 8',
    ]);
  });

  it('of VLAN tags', () => {
    assert.deepEqual(runs({ protocol: 'udp', ...v4, vlans: [100, 200] }).slice(0, 8), [
      ...ETHERNET,
      'vlan.tag 2',
      'vlan.type 2',
      'vlan.tag 2',
      'vlan.type 2',
      'ip.version 1',
    ]);
  });

  it('of IPv6 and UDP, without and with extension headers, without a link header', () => {
    assert.deepEqual(runs({ protocol: 'udp', link: Link.none, ...v6 }), [...IPV6, ...UDP]);
    assert.deepEqual(
      runs({ protocol: 'udp', link: Link.none, ...v6, extensions: [[60, [0, 0, 0, 0, 0, 0, 0]]] }),
      [...IPV6, 'ipv6.extension 8', ...UDP],
    );
  });

  it('of loopback and Linux cooked headers', () => {
    assert.equal(runs({ protocol: 'udp', link: Link.loopback, ...v4 })[0], 'loopback.family 4');
    assert.deepEqual(runs({ protocol: 'udp', link: Link.sll, ...v4, vlans: [7] }).slice(0, 8), [
      'sll.packet-type 2',
      'sll.hardware 2',
      'sll.address-length 2',
      'sll.address 8',
      'sll.type 2',
      'vlan.tag 2',
      'vlan.type 2',
      'ip.version 1',
    ]);
    assert.deepEqual(runs({ protocol: 'udp', link: Link.sll2, ...v4 }).slice(0, 8), [
      'sll2.type 2',
      'sll2.reserved 2',
      'sll2.interface 4',
      'sll2.hardware 2',
      'sll2.packet-type 1',
      'sll2.address-length 1',
      'sll2.address 8',
      'ip.version 1',
    ]);
  });

  it('has a name that hide knows, for every byte of any packet', () => {
    fc.assert(
      fc.property(anySample, (sample) => {
        const session = load(tableOf(sample));
        for (let p = 0; p < session.packets; p++) {
          const names = fieldNames(session, p);
          assert.equal(names.length, session.length[p]);
          for (const name of names) assert.ok(hideableFields.includes(name), name);
        }
      }),
    );
  });

  it('stays where the capture has it when noise changes the version and the length', () => {
    const session = load(
      sessionTable([{ protocol: 'tcp', packets: [buildPacket({ protocol: 'tcp', ...v4 })] }]),
    );
    const before = fieldNames(session, 0);
    put(session, 0, 14, 0x6f);
    assert.deepEqual(fieldNames(session, 0), before);
  });
});
