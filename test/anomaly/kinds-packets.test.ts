/**
 * Kinds that take packets away, move them, add some or change their lengths, on conversations whose numbers are known.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SessionBytes } from '../../src/anomaly/index.ts';
import { Link, type SessionTable } from '../../src/session/index.ts';
import { hex, sessionTable } from '../support/packets.ts';
import { type Line, linesOf, tcpSession, udpSession, WEB, web } from './conversations.ts';
import {
  always,
  assertEditsAreTrue,
  assertUntouched,
  contact,
  draws,
  editedOffsets,
  everything,
  headerOf,
  load,
} from './samples.ts';

const nobody = everything(sessionTable([]));
const WEB_LINES = WEB.map(([way, flags, a, b, n]) => `${way} ${flags} ${a} ${b} +${n}`);

/** The session after the n-th presentation as this kind. */
function present(
  table: SessionTable,
  kind: string,
  n: number,
  { contacts = nobody, maxPackets = 8, stride = 200, at = 0 } = {},
): SessionBytes {
  const session = load(table, at, maxPackets, stride);
  assert.equal(always(kind, contacts, ['checksum']).present(session, draws(kind, n)), 1);
  assertEditsAreTrue(table, session);
  return session;
}

/** Every different outcome of many presentations. */
function outcomes(table: SessionTable, kind: string, options = {}): readonly string[] {
  const seen = new Set<string>();
  for (let n = 0; n < 400; n++) seen.add(linesOf(present(table, kind, n, options)).join('\n'));
  return [...seen].sort();
}

function cannot(
  table: SessionTable,
  kind: string,
  { contacts = nobody, maxPackets = 8, stride = 200, at = 0 } = {},
) {
  for (let n = 0; n < 20; n++) {
    const session = load(table, at, maxPackets, stride);
    assert.equal(always(kind, contacts, ['checksum']).present(session, draws(kind, n)), 0);
    assertUntouched(table, session);
  }
}

const tcp = (...lines: readonly Line[]): SessionTable => sessionTable([tcpSession(lines)]);
const udp = (...lines: readonly (readonly ['>' | '<', number])[]) => sessionTable([udpSession(lines)]);
const dns = udp(['>', 30], ['<', 90]);

describe('scans', () => {
  const probes = { 'fin-scan': 'F', 'null-scan': '-', 'xmas-scan': 'UPF' };

  for (const [kind, flags] of Object.entries(probes)) {
    it(`${kind}: a lone ${flags} remains, without options and payload`, () => {
      assert.deepEqual(linesOf(present(web(), kind, 0)), [`> ${flags} 1000 0 +0`]);
      const late = tcp(['>', 'PA', 77, 88, 100], ['<', 'A', 88, 177, 0]);
      assert.deepEqual(linesOf(present(late, kind, 0)), [`> ${flags} 77 0 +0`]);
    });

    it(`${kind} cannot apply to UDP, nor to itself`, () => {
      cannot(dns, kind);
      const letters = flags === '-' ? '' : flags;
      cannot(tcp(['>', letters, 1000, 0, 0]), kind);
    });
  }

  it('fin-scan: these bytes', () => {
    // 10.0.0.5:50312 → 10.0.0.1:80 of the first packet of WEB; checksums computed from the whole packet.
    assert.deepEqual(
      headerOf(present(web(), 'fin-scan', 0), 0),
      hex(`02 00 00 00 00 01 02 00 00 00 00 05 08 00
        45 00 00 28 10 00 40 00 40 06 16 cb 0a 00 00 05 0a 00 00 01
        c4 88 00 50 00 00 03 e8 00 00 00 00 50 01 03 e8 cf 35 00 00`),
    );
  });

  it('syn-scan: the SYN stays as it is, and nobody answers', () => {
    const session = present(web(), 'syn-scan', 0);
    assert.deepEqual(linesOf(session), WEB_LINES.slice(0, 1));
    assert.deepEqual(editedOffsets(session, 0), []);
  });

  it('syn-scan: another first packet becomes a bare SYN', () => {
    const late = tcp(['>', 'PA', 77, 88, 100]);
    assert.deepEqual(linesOf(present(late, 'syn-scan', 0)), ['> S 77 0 +0']);
  });

  it('syn-scan cannot apply to a SYN that is alone already', () => cannot(web(1), 'syn-scan'));
});

describe('handshake violations', () => {
  it('data-before-syn: the first data of the initiator come first', () => {
    assert.deepEqual(outcomes(web(), 'data-before-syn'), [
      [`*${WEB_LINES[3]}`, ...WEB_LINES.slice(0, 3), ...WEB_LINES.slice(4)].join('\n'),
    ]);
  });

  it('data-before-syn cannot apply without SYN or without data of the initiator', () => {
    cannot(web(3), 'data-before-syn');
    cannot(tcp(...WEB.slice(1)), 'data-before-syn');
    cannot(tcp(WEB[0]!, WEB[1]!, WEB[2]!, WEB[5]!), 'data-before-syn');
    cannot(dns, 'data-before-syn');
  });

  it('missing-syn-ack: the answer to the SYN is gone, its repetitions too', () => {
    const [syn, answer, ...rest] = WEB as [Line, Line, ...Line[]];
    const session = present(tcp(syn, answer, answer, ...rest), 'missing-syn-ack', 0);
    assert.deepEqual(linesOf(session), [WEB_LINES[0], ...WEB_LINES.slice(2)]);
    for (let p = 0; p < session.packets; p++) assert.deepEqual(editedOffsets(session, p), []);
  });

  it('missing-syn-ack: a later packet takes its place, so that the session is as long as others', () => {
    const session = present(web(), 'missing-syn-ack', 0, { maxPackets: 5 });
    assert.deepEqual(linesOf(session), [WEB_LINES[0], ...WEB_LINES.slice(2, 6)]);
    // More was captured than kept: the gap would tell.
    const cut = sessionTable([{ ...tcpSession(WEB.slice(0, 5)), packetsSeen: 8 }]);
    cannot(cut, 'missing-syn-ack', { maxPackets: 5 });
    present(cut, 'missing-syn-ack', 0, { maxPackets: 4 });
  });

  it('missing-syn-ack cannot apply where the initiator says nothing more', () => {
    cannot(web(2), 'missing-syn-ack');
    cannot(tcp(WEB[0]!, WEB[1]!, ['>', 'R', 1001, 0, 0]), 'missing-syn-ack');
    cannot(dns, 'missing-syn-ack');
  });
});

describe('sequence-jump', () => {
  it('moves the numbers of one end and what the other acknowledges, from one packet on', () => {
    const before = WEB.map(([, , sequence, acknowledgment]) => [sequence, acknowledgment] as const);
    const starts = new Set<number>();
    for (let n = 0; n < 300; n++) {
      const now = linesOf(present(web(), 'sequence-jump', n)).map((line) =>
        line.split(' ').slice(2, 4).map(Number),
      );
      const first = now.findIndex(([sequence], p) => sequence !== before[p]![0]);
      const jump = now[first]![0]! - before[first]![0];
      assert.ok(jump >= 1 && jump <= 0xffff);
      starts.add(first);
      now.forEach(([sequence, acknowledgment], p) => {
        const same = WEB[p]![0] === WEB[first]![0];
        assert.equal(sequence! - before[p]![0], p >= first && same ? jump : 0);
        assert.equal(acknowledgment! - before[p]![1], p >= first && !same ? jump : 0);
      });
    }
    assert.deepEqual([...starts].sort(), [2, 3, 4, 5, 6, 7]);
  });

  it('wraps around', () => {
    const high = tcp(['>', 'A', 0xffffffff, 5, 0], ['>', 'A', 0xffffffff, 5, 0]);
    const sequence = Number(linesOf(present(high, 'sequence-jump', 0))[1]!.split(' ')[2]);
    assert.ok(sequence < 0xffff);
  });

  it('cannot apply where no sender has two packets to compare', () => {
    cannot(web(2), 'sequence-jump');
    cannot(dns, 'sequence-jump');
  });
});

describe('rst-injection', () => {
  it('puts a bare reset before a packet whose sender then goes on', () => {
    const rst = (p: number) => `*${WEB_LINES[p]![0]} R ${WEB[p]![2]} 0 +0`;
    const expected = [2, 3, 4, 5, 6].map((p) =>
      [...WEB_LINES.slice(0, p), rst(p), ...WEB_LINES.slice(p, 7)].join('\n'),
    );
    assert.deepEqual(outcomes(web(), 'rst-injection'), expected.sort());
  });

  it('may come before the last packet where there is room', () => {
    const expected = [...WEB_LINES.slice(0, 7), '*< R 9201 0 +0', WEB_LINES[7]!].join('\n');
    assert.ok(outcomes(web(), 'rst-injection', { maxPackets: 9 }).includes(expected));
  });

  it('has window 0 and an id of its own', () => {
    const ids = new Set<number>();
    for (let n = 0; n < 20; n++) {
      const session = present(web(4), 'rst-injection', n);
      const p = linesOf(session).findIndex((line) => line.startsWith('*'));
      const header = headerOf(session, p);
      assert.deepEqual([...header.subarray(34 + 14, 34 + 16)], [0, 0]);
      ids.add(header[18]! * 256 + header[19]!);
    }
    assert.ok(ids.size > 15);
  });

  it('cannot apply without room, or to UDP', () => {
    cannot(web(), 'rst-injection', { maxPackets: 3 });
    cannot(dns, 'rst-injection');
  });
});

describe('replayed-packets', () => {
  it('repeats a run of up to three packets after it', () => {
    const expected = new Set<string>();
    const lines = WEB_LINES.slice(0, 4);
    for (let last = 0; last < 4; last++)
      for (let first = 0; first <= last; first++)
        for (let run = 1; run <= Math.min(3, last - first + 1); run++) {
          const copies = lines.slice(first, first + run).map((line) => `*${line}`);
          expected.add([...lines.slice(0, last + 1), ...copies, ...lines.slice(last + 1)].join('\n'));
        }
    assert.deepEqual(outcomes(web(4), 'replayed-packets'), [...expected].sort());
  });

  it('lets the last packets of a full session fall out', () => {
    for (const lines of outcomes(web(), 'replayed-packets', { maxPackets: 4 }))
      assert.equal(lines.split('\n').length, 4);
  });

  it('copies every byte', () => {
    const table = web(1);
    const session = present(table, 'replayed-packets', 0);
    assert.deepEqual(headerOf(session, 1), headerOf(session, 0));
    assert.deepEqual(editedOffsets(session, 0), []);
  });

  it('cannot apply where one packet is all there may be, or all look the same', () => {
    cannot(web(), 'replayed-packets', { maxPackets: 1 });
    cannot(sessionTable([contact(1, 2)]), 'replayed-packets', { maxPackets: 1 });
    const { protocol, packets } = contact(1, 2);
    cannot(sessionTable([{ protocol, packets: [packets[0]!, packets[0]!] }]), 'replayed-packets', {
      maxPackets: 2,
    });
  });
});

describe('reordered-packets', () => {
  it('exchanges two packets of one sender, any two', () => {
    const expected = new Set<string>();
    for (let p = 0; p < 5; p++)
      for (let q = p + 1; q < 5; q++) {
        if (WEB[p]![0] !== WEB[q]![0]) continue;
        const lines = WEB_LINES.slice(0, 5);
        lines[p] = `*${WEB_LINES[q]}`;
        lines[q] = `*${WEB_LINES[p]}`;
        expected.add(lines.join('\n'));
      }
    assert.deepEqual(outcomes(web(5), 'reordered-packets'), [...expected].sort());
  });

  it('cannot apply where no sender has two packets, or only the same', () => {
    cannot(dns, 'reordered-packets');
    cannot(sessionTable([contact(1, 2, { answers: 3 })]), 'reordered-packets');
  });
});

describe('dropped-direction', () => {
  it('leaves one end alone, either one', () => {
    const of = (way: string) =>
      WEB_LINES.filter((line) => line.startsWith(way)).map((line) => `>${line.slice(1)}`);
    assert.deepEqual(outcomes(web(), 'dropped-direction'), [of('>').join('\n'), of('<').join('\n')].sort());
  });

  it('cannot apply to one end alone', () => cannot(web(1), 'dropped-direction'));

  it('goes on with later packets of that end, and takes the other one where too little is kept', () => {
    const from = (way: string, count: number) =>
      WEB_LINES.filter((line) => line.startsWith(way))
        .slice(0, count)
        .map((line) => `>${line.slice(1)}`)
        .join('\n');
    assert.deepEqual(
      outcomes(web(), 'dropped-direction', { maxPackets: 4 }),
      [from('>', 4), from('<', 4)].sort(),
    );
    const seen = { ...tcpSession(WEB.slice(0, 6)), packetsSeen: 100 };
    // Three packets of each end are kept.
    assert.equal(outcomes(sessionTable([seen]), 'dropped-direction', { maxPackets: 3 }).length, 2);
    cannot(sessionTable([seen]), 'dropped-direction', { maxPackets: 4 });
    const most = { ...tcpSession([...WEB.slice(0, 4), WEB[3]!]), packetsSeen: 100 };
    assert.deepEqual(outcomes(sessionTable([most]), 'dropped-direction', { maxPackets: 4 }), [
      [WEB_LINES[0], WEB_LINES[2], WEB_LINES[3], WEB_LINES[3]].join('\n'),
    ]);
  });
});

describe('session-splice', () => {
  const shifted = WEB.map(([way, flags, a, b, n]): Line => [way, flags, a + 5000, b === 0 ? 0 : b + 5000, n]);
  const table = sessionTable([
    tcpSession(shifted, { port: 50313 }),
    tcpSession(shifted, { port: 50314, servicePort: 443 }),
    tcpSession(shifted, { port: 50315, client: 6 }),
    contact(5, 1, { protocol: 'tcp', port: 80 }),
    tcpSession(WEB),
    tcpSession(WEB.slice(0, 2), { port: 50316 }),
  ]);
  const contacts = everything(table);
  const at = 4;

  it('goes on with the second half of an earlier session at the same service, under its own port', () => {
    const second = shifted.slice(4).map(([way, flags, a, b, n]) => `*${way} ${flags} ${a} ${b} +${n}`);
    assert.deepEqual(outcomes(table, 'session-splice', { contacts, at }), [
      [...WEB_LINES.slice(0, 4), ...second].join('\n'),
    ]);
    const session = present(table, 'session-splice', 0, { contacts, at });
    for (let p = 0; p < 8; p++) {
      const port = 34 + (WEB[p]![0] === '>' ? 0 : 2);
      assert.deepEqual([...headerOf(session, p).subarray(port, port + 2)], [0xc4, 0x88]);
    }
  });

  it('never takes a session that began later, in training or in test', () => {
    cannot(table, 'session-splice', { contacts });
  });

  it('cuts off what does not fit', () => {
    const session = present(table, 'session-splice', 0, { contacts, at, maxPackets: 3 });
    assert.equal(session.packets, 3);
  });

  it('takes the halves of what is read, however much more is kept', () => {
    const session = present(table, 'session-splice', 0, { contacts, at, maxPackets: 4 });
    const second = shifted.slice(2, 4).map(([way, flags, a, b, n]) => `*${way} ${flags} ${a} ${b} +${n}`);
    assert.deepEqual(linesOf(session), [...WEB_LINES.slice(0, 2), ...second]);
  });

  it('cannot apply without such a counterpart among the training sessions', () => {
    cannot(table, 'session-splice', { contacts: nobody, at });
    cannot(sessionTable([tcpSession(WEB)]), 'session-splice', { contacts });
    const alone = sessionTable([tcpSession(shifted, { servicePort: 443 }), tcpSession(WEB)]);
    cannot(alone, 'session-splice', { contacts: everything(alone), at: 1 });
    const long = sessionTable([tcpSession(WEB, { port: 1 }), tcpSession(WEB.slice(0, 1))]);
    cannot(long, 'session-splice', { contacts: everything(long), at: 1, maxPackets: 1 });
    const last = tcpSession(WEB.slice(2));
    const wide = sessionTable([tcpSession([...WEB, WEB[1]!], { port: 1 }), last]);
    cannot(wide, 'session-splice', { contacts: everything(wide), at: 1, maxPackets: 12, stride: 54 });
    present(wide, 'session-splice', 0, { contacts: everything(wide), at: 1, maxPackets: 12, stride: 58 });
    const datagrams = sessionTable([
      udpSession(
        [
          ['>', 1],
          ['<', 1],
        ],
        { port: 7 },
      ),
      udpSession([['>', 1]]),
    ]);
    cannot(datagrams, 'session-splice', { contacts: everything(datagrams), at: 1 });
  });
});

describe('fragmentation', () => {
  it("makes small first fragments of the initiator's packets, and leaves the transport checksum right", () => {
    const captured = load(web());
    const sizes = new Set<number>();
    for (let n = 0; n < 60; n++) {
      const session = present(web(), 'fragmentation', n);
      const header = headerOf(session, 3);
      const total = header[16]! * 256 + header[17]!;
      sizes.add(total - 20);
      assert.deepEqual([...header.subarray(20, 22)], [0x20, 0]);
      assert.equal(session.originalLength[3], 14 + total);
      assert.deepEqual(header.subarray(34), headerOf(captured, 3).subarray(34));
      for (const p of [0, 1, 2, 4, 5, 6, 7]) assert.deepEqual(editedOffsets(session, p), []);
    }
    // The header has 20 bytes; fragments end at multiples of 8.
    assert.deepEqual([...sizes].sort(), [24, 32, 40, 48]);
  });

  it('leaves at least a byte for another fragment', () => {
    const session = present(udp(['>', 1], ['>', 17]), 'fragmentation', 3);
    assert.deepEqual(editedOffsets(session, 0).length > 0, true);
    const lengths = [0, 1].map((p) => headerOf(session, p)[17]! - 20);
    assert.equal(lengths[0], 8);
    assert.ok(lengths[1]! <= 24);
  });

  it('cannot apply to IPv6, nor without payload of the initiator', () => {
    cannot(sessionTable([udpSession([['>', 500]], { version: 6 })]), 'fragmentation');
    cannot(web(3), 'fragmentation');
  });
});

describe('length-inflation', () => {
  it('grows what the initiator sends, and all later numbers follow', () => {
    for (let n = 0; n < 100; n++) {
      const session = present(web(), 'length-inflation', n);
      const lines = linesOf(session);
      const grown = Number(lines[3]!.split('+')[1]) - 100;
      const room = 1500 - 140;
      assert.ok(grown >= room / 2 && grown <= room, `${grown}`);
      assert.deepEqual(lines, [
        ...WEB_LINES.slice(0, 3),
        `> PA 1001 9001 +${100 + grown}`,
        `< A 9001 ${1101 + grown} +0`,
        `< PA 9001 ${1101 + grown} +200`,
        `> FA ${1101 + grown} 9201 +0`,
        `< FA 9201 ${1102 + grown} +0`,
      ]);
      assert.equal(session.originalLength[3], 14 + 140 + grown);
    }
  });

  it('grows datagrams and what UDP says of them', () => {
    const session = present(
      sessionTable([
        udpSession(
          [
            ['>', 30],
            ['<', 90],
            ['>', 31],
          ],
          { version: 6 },
        ),
      ]),
      'length-inflation',
      1,
    );
    const lines = linesOf(session);
    assert.equal(lines[1], '< +90');
    for (const p of [0, 2]) {
      const payload = Number(lines[p]!.split('+')[1]);
      assert.ok(payload > 700 && payload <= 1500 - 48);
      assert.equal(headerOf(session, p)[58]! * 256 + headerOf(session, p)[59]!, payload + 8);
    }
  });

  it('cannot apply where the initiator sends no payload, or has no room for more', () => {
    cannot(web(3), 'length-inflation');
    cannot(udp(['>', 1500 - 28]), 'length-inflation');
    cannot(udp(['>', 3000]), 'length-inflation');
  });
});

describe('protocol-mismatch', () => {
  const kind = 'protocol-mismatch';

  it('speaks to a TCP service in datagrams: the payloads, from the first of the initiator on', () => {
    assert.deepEqual(linesOf(present(web(), kind, 0)), ['> +100', '< +200']);
    const banner = tcp(WEB[0]!, WEB[1]!, WEB[2]!, ['<', 'PA', 9001, 1001, 20], ['>', 'PA', 1001, 9021, 10]);
    assert.deepEqual(linesOf(present(banner, kind, 0)), ['> +10']);
  });

  it('TCP to UDP: these bytes', () => {
    assert.deepEqual(
      headerOf(present(web(), kind, 0), 0),
      hex(`02 00 00 00 00 01 02 00 00 00 00 05 08 00
        45 00 00 80 10 03 40 00 40 11 16 65 0a 00 00 05 0a 00 00 01
        c4 88 00 50 00 6c 7b 2e`),
    );
  });

  it('speaks to a UDP service over a connection: handshake, then the datagrams', () => {
    const session = present(udp(['>', 30], ['<', 90], ['>', 31]), kind, 0);
    const [x, y] = [0, 1].map((p) => Number(linesOf(session)[p]!.split(' ')[2])) as [number, number];
    assert.deepEqual(linesOf(session), [
      `*> S ${x} 0 +0`,
      `*< SA ${y} ${x + 1} +0`,
      `*> A ${x + 1} ${y + 1} +0`,
      `> PA ${x + 1} ${y + 1} +30`,
      `< PA ${y + 1} ${x + 31} +90`,
      `> PA ${x + 31} ${y + 91} +31`,
    ]);
    const ids = [0, 1, 2, 3].map((p) => headerOf(session, p)[18]! * 256 + headerOf(session, p)[19]!);
    assert.deepEqual(ids, [0x0ffe, 0x8000, 0x0fff, 0x1000]);
    assert.deepEqual(
      [...headerOf(session, 0).subarray(46)],
      [0x60, 2, 0xfa, 0xf0, ...headerOf(session, 0).subarray(50, 52), 0, 0, 2, 4, 5, 0xb4],
    );
  });

  it('asks in vain where nobody answered', () => {
    assert.match(linesOf(present(udp(['>', 30], ['>', 30]), kind, 0)).join('\n'), /^> S \d+ 0 \+0$/);
  });

  it('reads the beginning of a long one', () => {
    assert.equal(present(udp(['>', 30], ['<', 90], ['>', 31]), kind, 0, { maxPackets: 4 }).packets, 4);
  });

  it('cannot apply without payload, without room, without checksums, or to many receivers', () => {
    cannot(web(3), kind);
    cannot(udp(['>', 0], ['<', 90]), kind);
    cannot(dns, kind, { maxPackets: 3 });
    cannot(dns, kind, { stride: 57 });
    assert.equal(present(dns, kind, 0, { stride: 58 }).packets, 5);
    const { packets } = udpSession([['>', 30]]);
    const silent = Uint8Array.from(packets[0]!.bytes);
    silent.fill(0, 40, 42);
    cannot(sessionTable([{ protocol: 'udp', packets: [{ ...packets[0]!, bytes: silent }] }]), kind);
    const fragment = Uint8Array.from(packets[0]!.bytes);
    fragment[20] = 0x20;
    cannot(sessionTable([{ protocol: 'udp', packets: [{ ...packets[0]!, bytes: fragment }] }]), kind);
    const segment = tcpSession(WEB.slice(3, 4)).packets[0]!;
    const cut = Uint8Array.from(segment.bytes);
    cut[20] = 0x20;
    cannot(sessionTable([{ protocol: 'tcp', packets: [{ ...segment, bytes: cut }] }]), kind);
    const group = Uint8Array.from(packets[0]!.bytes);
    group[30] = 239;
    cannot(sessionTable([{ protocol: 'udp', packets: [{ ...packets[0]!, bytes: group }] }]), kind);
  });
});

describe('a length in the link header', () => {
  it('follows that of the packet: IEEE 802.3 and PPPoE', () => {
    const [packet] = udpSession([['>', 30]]).packets;
    const ip = packet!.bytes.subarray(14);
    const macs = [...packet!.bytes.subarray(0, 12)];
    const heads: readonly (readonly [Link, readonly number[], number])[] = [
      [Link.ethernet, [...macs, 0, 66, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0], 12],
      [Link.ethernet, [...macs, 0x81, 0, 0, 7, 0, 66, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0], 16],
      [Link.ethernet, [...macs, 0x88, 0x64, 0x11, 0, 0, 7, 0, 60, 0, 0x21], 18],
      [Link.ppp, [0x11, 0, 0, 7, 0, 60, 0, 0x21], 4],
    ];
    for (const [link, head, at] of heads) {
      const bytes = Uint8Array.from([...head, ...ip]);
      const headerLength = head.length + 28;
      const table = sessionTable([
        {
          protocol: 'udp',
          packets: [{ bytes, headerLength, link, network: head.length, transport: head.length + 20 }],
        },
      ]);
      const session = present(table, 'length-inflation', 0);
      const added = session.added[0]!;
      const header = headerOf(session, 0);
      assert.ok(added > 0);
      assert.equal(header[at]! * 256 + header[at + 1]!, head[at]! * 256 + head[at + 1]! + added);
      assert.equal(session.originalLength[0], bytes.length + added);
    }
  });
});
