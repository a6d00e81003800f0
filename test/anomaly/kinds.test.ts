/** Every kind on literal bytes. Expected checksums were computed from the whole packets by a program of its own. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Link, type SessionTable } from '../../src/session/index.ts';
import { hex, type PacketFixture, sessionTable } from '../support/packets.ts';
import {
  always,
  assertEditsAreTrue,
  capturedOf,
  contact,
  draws,
  editedOffsets,
  everything,
  headerOf,
  load,
} from './samples.ts';

const MACS = '02 00 00 00 00 01 02 00 00 00 00 05';
const MACS_BACK = '02 00 00 00 00 05 02 00 00 00 00 01';

/** 10.0.0.5:50312 → 10.0.0.1:80, SYN, and the answer. */
const SYN_IP = '45 00 00 2c 1c 46 40 00 40 06 0a 81 0a 00 00 05 0a 00 00 01';
const SYN_TCP = 'c4 88 00 50 11 22 33 44 00 00 00 00 60 02 fd e8 7c f9 00 00 02 04 05 b4';
const ACK_IP = '45 00 00 2c 00 00 40 00 40 06 26 c7 0a 00 00 01 0a 00 00 05';
const ACK_TCP = '00 50 c4 88 55 66 77 88 11 22 33 45 60 12 fd e8 af f9 00 00 02 04 05 b4';

/** 2001:db8::5 port 50000 → 2001:db8::53 port 53, UDP, with 9 bytes of payload. */
const ASK_IP =
  '60 01 23 45 00 11 11 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 05 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 53';
const ASK_UDP = 'c3 50 00 35 00 11 e6 bb';

const fixture = (link: Link, head: string, ip: string, transport: string): PacketFixture => {
  const network = head === '' ? 0 : hex(head).length;
  return { bytes: hex(`${head} ${ip} ${transport}`), link, network, transport: network + hex(ip).length };
};

const tcp = (link: Link, head: string, headBack: string) =>
  sessionTable([
    {
      protocol: 'tcp',
      packets: [fixture(link, head, SYN_IP, SYN_TCP), fixture(link, headBack, ACK_IP, ACK_TCP)],
    },
  ]);

const ETHERNET = tcp(Link.ethernet, `${MACS} 08 00`, `${MACS_BACK} 08 00`);
const VLAN = tcp(Link.ethernet, `${MACS} 81 00 20 64 08 00`, `${MACS_BACK} 81 00 20 64 08 00`);
const RAW = tcp(Link.none, '', '');
const COOKED = tcp(
  Link.sll,
  '00 04 00 01 00 06 02 00 00 00 00 05 00 00 08 00',
  '00 00 00 01 00 06 02 00 00 00 00 01 00 00 08 00',
);
const COOKED2 = tcp(
  Link.sll2,
  '08 00 00 00 00 00 00 02 00 01 04 06 02 00 00 00 00 05 00 00',
  '08 00 00 00 00 00 00 02 00 01 00 06 02 00 00 00 00 01 00 00',
);
const IPV6 = sessionTable([
  { protocol: 'udp', packets: [fixture(Link.ethernet, `${MACS} 86 dd`, ASK_IP, ASK_UDP)] },
]);

const nobody = everything(sessionTable([]));

/** Applies a kind and asserts what the packets then are. */
function becomes(
  table: SessionTable,
  kind: string,
  expected: readonly string[],
  { contacts = nobody, repair = [] as readonly ('checksum' | 'mac')[] } = {},
): void {
  const session = load(table);
  assert.equal(always(kind, contacts, repair).present(session, draws(kind)), 1);
  expected.forEach((bytes, p) => {
    assert.deepEqual(
      Buffer.from(headerOf(session, p)).toString('hex'),
      Buffer.from(hex(bytes)).toString('hex'),
    );
  });
  assertEditsAreTrue(table, session);
}

const SYN_IP_BACK = '45 00 00 2c 1c 46 40 00 40 06 0a 81 0a 00 00 01 0a 00 00 05';
const ACK_IP_BACK = '45 00 00 2c 00 00 40 00 40 06 26 c7 0a 00 00 05 0a 00 00 01';

describe('ip-direction-switch', () => {
  const kind = 'ip-direction-switch';

  it('swaps IP and MAC addresses in all packets, and nothing else', () => {
    becomes(ETHERNET, kind, [
      `${MACS_BACK} 08 00 ${SYN_IP_BACK} ${SYN_TCP}`,
      `${MACS} 08 00 ${ACK_IP_BACK} ${ACK_TCP}`,
    ]);
  });

  it('finds the addresses behind a VLAN tag', () => {
    becomes(VLAN, kind, [
      `${MACS_BACK} 81 00 20 64 08 00 ${SYN_IP_BACK} ${SYN_TCP}`,
      `${MACS} 81 00 20 64 08 00 ${ACK_IP_BACK} ${ACK_TCP}`,
    ]);
  });

  it('swaps IP addresses alone without a link header', () => {
    becomes(RAW, kind, [`${SYN_IP_BACK} ${SYN_TCP}`, `${ACK_IP_BACK} ${ACK_TCP}`]);
  });

  it('leaves Linux cooked headers, which have one address, as they are', () => {
    for (const table of [COOKED, COOKED2]) {
      const head = [0, 1].map((p) => Buffer.from(capturedOf(table, p).subarray(0, table.network[p])));
      becomes(table, kind, [
        `${spaced(head[0]!)} ${SYN_IP_BACK} ${SYN_TCP}`,
        `${spaced(head[1]!)} ${ACK_IP_BACK} ${ACK_TCP}`,
      ]);
    }
  });

  it('swaps IPv6 addresses', () => {
    const back =
      '60 01 23 45 00 11 11 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 53 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 05';
    becomes(IPV6, kind, [`${MACS_BACK} 86 dd ${back} ${ASK_UDP}`]);
  });

  it('cannot apply to a host that talks to itself', () => {
    const table = sessionTable([contact(3, 3)]);
    const session = load(table);
    assert.equal(always(kind, nobody).present(session, draws(kind)), 0);
    assert.deepEqual(headerOf(session, 0), capturedOf(table, 0));
  });
});

describe('port-direction-switch', () => {
  const kind = 'port-direction-switch';
  const [swapped, back] = [
    SYN_TCP.replace('c4 88 00 50', '00 50 c4 88'),
    ACK_TCP.replace('00 50 c4 88', 'c4 88 00 50'),
  ];

  it('swaps ports in all packets, and nothing else', () => {
    becomes(ETHERNET, kind, [`${MACS} 08 00 ${SYN_IP} ${swapped}`, `${MACS_BACK} 08 00 ${ACK_IP} ${back}`]);
    becomes(RAW, kind, [`${SYN_IP} ${swapped}`, `${ACK_IP} ${back}`]);
    becomes(IPV6, kind, [`${MACS} 86 dd ${ASK_IP} 00 35 c3 50 00 11 e6 bb`]);
  });

  it('cannot apply where both ports are the same', () => {
    const ntp = ASK_UDP.replace('c3 50 00 35', '00 7b 00 7b');
    const table = sessionTable([
      { protocol: 'udp', packets: [fixture(Link.ethernet, `${MACS} 86 dd`, ASK_IP, ntp)] },
    ]);
    const session = load(table);
    assert.equal(always(kind, nobody).present(session, draws(kind)), 0);
    assert.deepEqual(editedOffsets(session, 0), []);
  });
});

describe('destination-ip-swap', () => {
  const kind = 'destination-ip-swap';
  /** 10.0.0.5 talks to 10.0.0.1; of the others only 10.0.0.9 is left. */
  const contacts = everything(sessionTable([contact(5, 1), contact(9, 1, { macA: [2, 0, 0, 0, 0, 0x99] })]));
  const SYN_SWAPPED = '45 00 00 2c 1c 46 40 00 40 06 0a 81 0a 00 00 05 0a 00 00 09';
  const ACK_SWAPPED = '45 00 00 2c 00 00 40 00 40 06 26 c7 0a 00 00 09 0a 00 00 05';
  const SYN_MENDED = '45 00 00 2c 1c 46 40 00 40 06 0a 79 0a 00 00 05 0a 00 00 09';
  const ACK_MENDED = '45 00 00 2c 00 00 40 00 40 06 26 bf 0a 00 00 09 0a 00 00 05';
  const SYN_TCP_MENDED = SYN_TCP.replace('7c f9', '7c f1');
  const ACK_TCP_MENDED = ACK_TCP.replace('af f9', 'af f1');
  const TO_9 = '02 00 00 00 00 99 02 00 00 00 00 05';
  const FROM_9 = '02 00 00 00 00 05 02 00 00 00 00 99';

  it('replaces the destination of the initiator and the source of the answers, and leaves the rest stale', () => {
    becomes(
      ETHERNET,
      kind,
      [`${MACS} 08 00 ${SYN_SWAPPED} ${SYN_TCP}`, `${MACS_BACK} 08 00 ${ACK_SWAPPED} ${ACK_TCP}`],
      { contacts },
    );
  });

  it('with repair, has the checksums and the MAC address that go with it', () => {
    becomes(
      ETHERNET,
      kind,
      [`${TO_9} 08 00 ${SYN_MENDED} ${SYN_TCP_MENDED}`, `${FROM_9} 08 00 ${ACK_MENDED} ${ACK_TCP_MENDED}`],
      { contacts, repair: ['checksum', 'mac'] },
    );
  });

  it('repairs what it is told to, and only that', () => {
    becomes(VLAN, kind, [`${TO_9} 81 00 20 64 08 00 ${SYN_SWAPPED} ${SYN_TCP}`], {
      contacts,
      repair: ['mac'],
    });
    becomes(VLAN, kind, [`${MACS} 81 00 20 64 08 00 ${SYN_MENDED} ${SYN_TCP_MENDED}`], {
      contacts,
      repair: ['checksum'],
    });
  });

  it('has no MAC address to repair without a link header', () => {
    becomes(RAW, kind, [`${SYN_MENDED} ${SYN_TCP_MENDED}`, `${ACK_MENDED} ${ACK_TCP_MENDED}`], {
      contacts,
      repair: ['checksum', 'mac'],
    });
  });

  it('gives a Linux cooked answer the MAC address of its new sender', () => {
    becomes(
      COOKED,
      kind,
      [
        `00 04 00 01 00 06 02 00 00 00 00 05 00 00 08 00 ${SYN_SWAPPED} ${SYN_TCP}`,
        `00 00 00 01 00 06 02 00 00 00 00 99 00 00 08 00 ${ACK_SWAPPED} ${ACK_TCP}`,
      ],
      { contacts, repair: ['mac'] },
    );
  });

  it('stays within IPv6', () => {
    const other = hex('20 01 0d b8 00 09 00 00 00 00 00 00 00 00 00 09');
    const training = sessionTable([
      { protocol: 'udp', packets: [fixture(Link.ethernet, `${MACS} 86 dd`, ASK_IP, ASK_UDP)] },
      {
        protocol: 'udp',
        packets: [
          fixture(
            Link.ethernet,
            `${TO_9} 86 dd`,
            `60 01 23 45 00 11 11 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 53 ${spaced(other)}`,
            ASK_UDP,
          ),
        ],
      },
      contact(5, 1),
    ]);
    const swapped = `60 01 23 45 00 11 11 40 20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 05 ${spaced(other)}`;
    becomes(IPV6, kind, [`${TO_9} 86 dd ${swapped} c3 50 00 35 00 11 e6 fc`], {
      contacts: everything(training),
      repair: ['checksum', 'mac'],
    });
  });

  it('cannot apply where the source talks to everybody, or nobody else of its family is known', () => {
    const busy = everything(sessionTable([contact(5, 1), contact(5, 9), contact(1, 2, { version: 6 })]));
    for (const contacts of [busy, nobody]) {
      const session = load(ETHERNET);
      assert.equal(always(kind, contacts, ['checksum', 'mac']).present(session, draws(kind)), 0);
      assert.deepEqual(headerOf(session, 0), capturedOf(ETHERNET, 0));
    }
  });

  it('counts the sessions whose new MAC address nobody knows, and leaves the old one', () => {
    const rawContacts = everything(sessionTable([contact(5, 1), contact(9, 1, { link: Link.none })]));
    const session = load(ETHERNET);
    const morpher = always(kind, rawContacts, ['mac']);
    assert.equal(morpher.present(session, draws(kind)), 1);
    assert.deepEqual(headerOf(session, 0).subarray(0, 12), hex(MACS));
    assert.equal(morpher.counts.macUnknown, 1);
    assert.equal(always(kind, rawContacts).counts.macUnknown, 0);
  });

  it('counts the sessions whose ends then have one MAC address', () => {
    const gateway = everything(sessionTable([contact(5, 1), contact(9, 1, { macA: [2, 0, 0, 0, 0, 5] })]));
    const morpher = always(kind, gateway, ['mac']);
    assert.equal(morpher.present(load(ETHERNET), draws(kind)), 1);
    assert.equal(morpher.counts.macShared, 1);
  });
});

describe('noisy-packet', () => {
  const kind = 'noisy-packet';
  const region = (table: SessionTable, p: number, size: number) =>
    Array.from({ length: size }, (_, i) => table.network[p]! + i);

  for (const [name, table, size, digits] of [
    ['IPv4', ETHERNET, 10, 4],
    ['IPv4 behind a VLAN tag', VLAN, 10, 4],
    ['IPv4 without a link header', RAW, 10, 4],
    ['IPv6', IPV6, 8, 3],
  ] as const)
    it(`replaces a fifth of the digits of one network header: ${name}`, () => {
      const morpher = always(kind, nobody);
      const touched = new Set<number>();
      const noisy = new Set<number>();
      for (let i = 0; i < 400; i++) {
        const session = load(table);
        assert.equal(morpher.present(session, draws(kind, i)), 1);
        assertEditsAreTrue(table, session);
        const packets = [...Array(session.packets).keys()].filter(
          (p) => editedOffsets(session, p).length > 0,
        );
        assert.equal(packets.length, 1);
        const p = packets[0]!;
        noisy.add(p);
        const captured = capturedOf(table, p);
        const now = headerOf(session, p);
        const changed = editedOffsets(session, p).flatMap((at) =>
          [4, 0]
            .filter((shift) => ((captured[at]! ^ now[at]!) >> shift) & 15)
            .map((shift) => 2 * at + (shift ? 0 : 1)),
        );
        assert.equal(changed.length, digits);
        for (const digit of changed) touched.add(digit);
      }
      const all = region(table, 0, size).flatMap((at) => [2 * at, 2 * at + 1]);
      assert.deepEqual(
        [...touched].sort((a, b) => a - b),
        all,
      );
      assert.equal(noisy.size, load(table).packets);
    });

  it('with repair, has a header checksum that is right again', () => {
    for (let i = 0; i < 50; i++) {
      const session = load(RAW);
      always(kind, nobody, ['checksum']).present(session, draws(kind, i));
      for (const p of [0, 1]) assert.equal(sum(headerOf(session, p).subarray(0, 20)), 0xffff);
      assertEditsAreTrue(RAW, session);
    }
  });
});

const spaced = (bytes: Uint8Array): string =>
  [...bytes].map((b) => b.toString(16).padStart(2, '0')).join(' ');

function sum(bytes: Uint8Array): number {
  let total = 0;
  for (let i = 0; i < bytes.length; i += 2) total += bytes[i]! * 256 + bytes[i + 1]!;
  while (total > 0xffff) total = (total % 0x10000) + Math.floor(total / 0x10000);
  return total;
}
