import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { put } from '../../src/anomaly/edit.ts';
import { Link } from '../../src/session/index.ts';
import { fieldNames, hideableFields } from '../../src/token/index.ts';
import { anySample, load, tableOf } from '../anomaly/samples.ts';
import fc from '../support/fast-check.ts';
import { buildPacket, type PacketRecipe, sessionTable } from '../support/packets.ts';

const v4 = { source: [10, 0, 0, 5], destination: [10, 0, 0, 1], sourcePort: 50312, destinationPort: 80 };
const v6 = { ...v4, source: new Array<number>(16).fill(1), destination: new Array<number>(16).fill(2) };

/** Field names of a packet as runs: `ip.source 4`. */
function runs(recipe: PacketRecipe): readonly string[] {
  const packet = buildPacket(recipe);
  const names = fieldNames(load(sessionTable([{ protocol: recipe.protocol, packets: [packet] }])), 0);
  assert.equal(names.length, packet.headerLength);
  return joined(names);
}

function joined(names: readonly string[]): readonly string[] {
  const list: [string, number][] = [];
  for (const name of names) {
    const last = list.at(-1);
    if (last?.[0] === name) last[1]++;
    else list.push([name, 1]);
  }
  return list.map(([name, bytes]) => `${name} ${bytes}`);
}

/** Fields of a link header in front of IPv4 and UDP, as runs. */
function linkRuns(link: Link, head: readonly number[]): readonly string[] {
  const packet = buildPacket({ protocol: 'udp', link: Link.none, ...v4 });
  const bytes = Uint8Array.from([...head, ...packet.bytes]);
  const fixture = { bytes, link, network: head.length, transport: head.length + 20 };
  const names = fieldNames(load(sessionTable([{ protocol: 'udp', packets: [fixture] }])), 0);
  const all = joined(names);
  assert.deepEqual(all.slice(-IP.length - UDP.length), [...IP, ...UDP]);
  return all.slice(0, -IP.length - UDP.length);
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

  it('of MPLS labels, LLC with SNAP, and PPPoE with PPP behind Ethernet', () => {
    const macs = new Array<number>(12).fill(2);
    assert.deepEqual(linkRuns(Link.ethernet, [...macs, 0x88, 0x47, 0, 1, 0, 64, 0, 2, 1, 64]), [
      ...ETHERNET,
      'mpls.label 8',
    ]);
    assert.deepEqual(linkRuns(Link.ethernet, [...macs, 0x81, 0, 0, 7, 0x88, 0x47, 0, 1, 1, 64]), [
      ...ETHERNET,
      'vlan.tag 2',
      'vlan.type 2',
      'mpls.label 4',
    ]);
    assert.deepEqual(linkRuns(Link.ethernet, [...macs, 0, 36, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0]), [
      ...ETHERNET,
      'llc.header 3',
      'snap.organisation 3',
      'snap.type 2',
    ]);
    assert.deepEqual(linkRuns(Link.ethernet, [...macs, 0, 31, 6, 6, 3]), [...ETHERNET, 'llc.header 3']);
    assert.deepEqual(linkRuns(Link.ethernet, [...macs, 0x88, 0x64, 0x11, 0, 0, 7, 0, 30, 0, 0x21]), [
      ...ETHERNET,
      'pppoe.session 4',
      'pppoe.length 2',
      'ppp.protocol 2',
    ]);
  });

  it('of PPP, Cisco HDLC and bare PPPoE', () => {
    assert.deepEqual(linkRuns(Link.ppp, [0xff, 3, 0, 0x21]), ['ppp.address 2', 'ppp.protocol 2']);
    assert.deepEqual(linkRuns(Link.ppp, [0x21]), ['ppp.protocol 1']);
    assert.deepEqual(linkRuns(Link.ppp, [0xff, 3, 0x02, 0x81, 0, 1, 1, 64]), [
      'ppp.address 2',
      'ppp.protocol 2',
      'mpls.label 4',
    ]);
    assert.deepEqual(linkRuns(Link.ppp, [0x0f, 0, 8, 0]), ['hdlc.address 2', 'hdlc.type 2']);
    assert.deepEqual(linkRuns(Link.ppp, [0x11, 0, 0, 7, 0, 30, 0, 0x21]), [
      'pppoe.session 4',
      'pppoe.length 2',
      'ppp.protocol 2',
    ]);
  });

  it('of IEEE 802.11, with four addresses, quality of service and padding where they are', () => {
    const llc = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
    const rest = ['llc.header 3', 'snap.organisation 3', 'snap.type 2'];
    const first = [
      'wifi.control 2',
      'wifi.duration 2',
      'wifi.address1 6',
      'wifi.address2 6',
      'wifi.address3 6',
    ];
    const frame = (control: number, flags: number, more: readonly number[] = []) =>
      linkRuns(Link.wifi, [control, flags, ...new Array<number>(22).fill(0), ...more, ...llc]);
    assert.deepEqual(frame(0x08, 1), [...first, 'wifi.sequence 2', ...rest]);
    const six = new Array<number>(6).fill(0);
    assert.deepEqual(frame(0x08, 3, six), [...first, 'wifi.sequence 2', 'wifi.address4 6', ...rest]);
    assert.deepEqual(frame(0x88, 2, [0, 0]), [...first, 'wifi.sequence 2', 'wifi.quality 2', ...rest]);
    assert.deepEqual(frame(0x88, 2, [0, 0, 0, 0]), [
      ...first,
      'wifi.sequence 2',
      'wifi.quality 2',
      'wifi.padding 2',
      ...rest,
    ]);
    assert.deepEqual(frame(0x88, 0x82, six), [...first, 'wifi.sequence 2', 'wifi.quality 6', ...rest]);
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
