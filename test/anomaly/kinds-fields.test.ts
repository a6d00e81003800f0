/** Kinds that change fields of packets in their place. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Link, type SessionTable } from '../../src/session/index.ts';
import { sessionTable } from '../support/packets.ts';
import { linesOf, tcpSession, udpSession, WEB, web } from './conversations.ts';
import {
  address,
  always,
  assertEditsAreTrue,
  assertUntouched,
  contact,
  draws,
  editedOffsets,
  everything,
  headerOf,
  load,
  macOf,
} from './samples.ts';

const nobody = everything(sessionTable([]));
const dns = sessionTable([
  udpSession([
    ['>', 30],
    ['<', 90],
  ]),
]);
const dns6 = sessionTable([
  udpSession(
    [
      ['>', 30],
      ['<', 90],
    ],
    { version: 6 },
  ),
]);
const FORWARD = [0, 2, 3, 6];

function present(table: SessionTable, kind: string, n = 0, contacts = nobody, repair: readonly 'mac'[] = []) {
  const session = load(table);
  assert.equal(always(kind, contacts, repair).present(session, draws(kind, n)), 1);
  assertEditsAreTrue(table, session);
  return session;
}

function cannot(table: SessionTable, kind: string, contacts = nobody): void {
  for (let n = 0; n < 20; n++) {
    const session = load(table);
    assert.equal(always(kind, contacts).present(session, draws(kind, n)), 0);
    assertUntouched(table, session);
  }
}

const word = (bytes: Uint8Array, at: number): number => bytes[at]! * 256 + bytes[at + 1]!;

describe('role-reversal', () => {
  it('exchanges addresses, ports and MAC addresses of both ends, and nothing else', () => {
    const session = present(web(), 'role-reversal');
    const captured = load(web());
    for (let p = 0; p < 8; p++) {
      const [now, was] = [headerOf(session, p), headerOf(captured, p)];
      const expected = was.slice();
      for (const [a, b, size] of [
        [0, 6, 6],
        [26, 30, 4],
        [34, 36, 2],
      ] as const) {
        expected.set(was.subarray(a, a + size), b);
        expected.set(was.subarray(b, b + size), a);
      }
      assert.deepEqual(now, expected);
    }
  });

  it('cannot apply to a socket that talks to itself', () => {
    cannot(sessionTable([contact(3, 3, { port: 40000 })]), 'role-reversal');
    present(sessionTable([contact(3, 3)]), 'role-reversal');
  });
});

describe('ttl-shift', () => {
  it('changes the TTL of one end by 1 … 16, the same in all its packets', () => {
    const seen = new Set<number>();
    for (let n = 0; n < 600; n++) {
      const session = present(web(), 'ttl-shift', n);
      const shifts = WEB.map(([way], p) => headerOf(session, p)[22]! - (way === '>' ? 64 : 250));
      const mover = shifts[0] !== 0 ? '>' : '<';
      WEB.forEach(([way], p) => {
        assert.equal(shifts[p], way === mover ? shifts[mover === '>' ? 0 : 1] : 0);
      });
      const shift = shifts[mover === '>' ? 0 : 1]!;
      assert.ok(shift !== 0 && Math.abs(shift) <= 16);
      // Above 255 there is nothing: 250 goes up by 5 at most.
      if (mover === '<') assert.ok(shift <= 5);
      seen.add(mover === '>' ? shift : 100 + shift);
    }
    assert.equal(seen.size, 32 + 16 + 5);
  });

  it('has two ranges that do not meet, to train within one and test within the other', () => {
    const amounts = (kind: string) =>
      new Set(
        Array.from({ length: 300 }, (_, n) => {
          const session = present(web(), kind, n);
          return Math.max(
            ...WEB.map(([way], p) => Math.abs(headerOf(session, p)[22]! - (way === '>' ? 64 : 250))),
          );
        }),
      );
    const sorted = (set: Set<number>) => [...set].sort((a, b) => a - b);
    assert.deepEqual(sorted(amounts('ttl-shift-near')), [1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual(sorted(amounts('ttl-shift-far')), [9, 10, 11, 12, 13, 14, 15, 16]);
  });

  it('changes the hop limit, and the initiator where nobody answers', () => {
    const one = sessionTable([udpSession([['>', 5]], { version: 6 })]);
    for (let n = 0; n < 10; n++) assert.deepEqual(editedOffsets(present(one, 'ttl-shift', n), 0), [21]);
  });
});

describe('window-tampering', () => {
  it('shrinks the windows of the initiator after the handshake to one value below 16', () => {
    const seen = new Set<number>();
    for (let n = 0; n < 300; n++) {
      const session = present(web(), 'window-tampering', n);
      const windows = WEB.map((_, p) => word(headerOf(session, p), 34 + 14));
      const window = windows[2]!;
      seen.add(window);
      windows.forEach((value, p) => {
        assert.equal(value, p > 0 && FORWARD.includes(p) ? window : 1000 + p);
      });
    }
    assert.deepEqual(
      [...seen].sort((a, b) => a - b),
      Array.from({ length: 16 }, (_, i) => i),
    );
  });

  it('cannot apply to a SYN alone, or to UDP', () => {
    cannot(web(2), 'window-tampering');
    cannot(dns, 'window-tampering');
  });
});

describe('covert channels', () => {
  const isText = (value: number) => /^[a-z ]{2}$/.test(String.fromCharCode(value >> 8, value & 255));

  it('covert-ip-id: two characters in the id of every packet of the initiator', () => {
    for (let n = 0; n < 50; n++) {
      const session = present(web(), 'covert-ip-id', n);
      WEB.forEach(([way], p) => {
        const id = word(headerOf(session, p), 18);
        if (way === '>') assert.ok(isText(id));
        else assert.equal(id, 0x8000 + p);
      });
    }
    cannot(dns6, 'covert-ip-id');
  });

  it('covert-tos: another code in every packet of the initiator, ECN untouched', () => {
    const seen = new Set<number>();
    for (const [table, shift] of [
      [web(), 0],
      [dns6, 4],
    ] as const)
      for (let n = 0; n < 300; n++) {
        const session = present(table, 'covert-tos', n);
        for (let p = 0; p < session.packets; p++) {
          const first = word(headerOf(session, p), 14) >> shift;
          const forward = session.fromInitiator[p] === 1;
          assert.equal(first & 3, 0);
          assert.equal(((first >> 2) & 63) !== 0, forward);
          if (forward) seen.add((first >> 2) & 63);
          assert.equal(first >> 8, shift === 0 ? 0x45 : 6);
        }
      }
    assert.equal(seen.size, 63);
  });

  it('covert-urgent: two characters in the urgent pointer where URG is not set', () => {
    const urgent = sessionTable([tcpSession([...WEB.slice(0, 3), ['>', 'UA', 1001, 9001, 5], WEB[5]!])]);
    const session = present(urgent, 'covert-urgent');
    const pointers = [0, 1, 2, 3, 4].map((p) => word(headerOf(session, p), 34 + 18));
    assert.ok(isText(pointers[0]!) && isText(pointers[2]!));
    assert.deepEqual([pointers[1], pointers[3], pointers[4]], [0, 0, 0]);
    cannot(dns, 'covert-urgent');
    cannot(sessionTable([tcpSession([['>', 'U', 1, 1, 1]])]), 'covert-urgent');
  });
});

describe('mac-change', () => {
  const group = [1, 0, 0x5e, 0, 0, 0xfb];
  const contacts = everything(sessionTable([contact(5, 1), contact(8, 9), contact(7, 3, { macB: group })]));

  it('gives one end the MAC address of another host, from some packet on', () => {
    const outcomes = new Set<string>();
    for (let n = 0; n < 1500; n++) {
      const session = present(web(4), 'mac-change', n, contacts);
      const places = [0, 1, 2, 3].map((p) => {
        const [to, from] = [headerOf(session, p).subarray(0, 6), headerOf(session, p).subarray(6, 12)];
        return WEB[p]![0] === '>' ? { initiator: from, responder: to } : { initiator: to, responder: from };
      });
      const changed = places.map((mac) => [
        mac.initiator.join() !== macOf(5).join(),
        mac.responder.join() !== macOf(1).join(),
      ]);
      const end = changed[3]![0] ? 'initiator' : 'responder';
      const first = changed.findIndex((pair) => pair.includes(true));
      changed.forEach(([a, b], p) => {
        assert.deepEqual([a, b], [end === 'initiator' && p >= first, end === 'responder' && p >= first]);
      });
      const mac = places[3]![end].at(-1);
      assert.ok(places.slice(first).every((place) => place[end].at(-1) === mac));
      outcomes.add(`${end} ${first} ${mac}`);
    }
    // Two ends, four packets, three hosts: 7, 8 and 9; never the group.
    assert.equal(outcomes.size, 24);
  });

  it('cannot apply without another host, or without MAC addresses', () => {
    cannot(web(), 'mac-change', everything(sessionTable([contact(5, 1)])));
    cannot(web(), 'mac-change');
    cannot(sessionTable([contact(5, 1, { link: Link.none })]), 'mac-change', contacts);
  });
});

describe('source-ip-spoof', () => {
  const contacts = everything(sessionTable([contact(5, 1), contact(6, 1), contact(9, 8)]));
  // 10.0.0.1 talks to 5 and 6: 8 and 9 are strangers.

  it('gives the initiator an address that never talks to the responder, and leaves its MAC address', () => {
    const seen = new Set<number>();
    for (let n = 0; n < 60; n++) {
      const session = present(web(), 'source-ip-spoof', n, contacts);
      WEB.forEach(([way], p) => {
        const header = headerOf(session, p);
        const [at, other] = way === '>' ? [26, 30] : [30, 26];
        assert.deepEqual([...header.subarray(other, other + 4)], address(4, 1));
        assert.deepEqual(header.subarray(0, 12), headerOf(load(web()), p).subarray(0, 12));
        if (p === 0) seen.add(header[at + 3]!);
        assert.equal(header[at + 3], headerOf(session, 0)[29]);
      });
    }
    assert.deepEqual([...seen].sort(), [8, 9]);
  });

  it('with repair, sends the answers to the owner of the address', () => {
    const session = present(web(), 'source-ip-spoof', 0, contacts, ['mac']);
    const owner = macOf(headerOf(session, 0)[29]!);
    WEB.forEach(([way], p) => {
      const header = headerOf(session, p);
      if (way === '>') assert.deepEqual([...header.subarray(6, 12)], macOf(5));
      else assert.deepEqual([...header.subarray(0, 6)], owner);
    });
  });

  it('cannot apply where everybody talks to the responder', () => {
    cannot(web(), 'source-ip-spoof', everything(sessionTable([contact(5, 1), contact(6, 1)])));
  });
});

describe('unused-server-port', () => {
  const tcp = (a: number, b: number, port: number) => contact(a, b, { protocol: 'tcp', port });
  const contacts = everything(
    sessionTable([
      tcp(5, 1, 80),
      tcp(5, 1, 443),
      tcp(5, 2, 22),
      tcp(5, 3, 25),
      tcp(5, 4, 22),
      contact(5, 2, { port: 7 }),
    ]),
  );

  it('is a port that others serve over this protocol, as often as there are servers for it', () => {
    const seen = new Map<number, number>();
    for (let n = 0; n < 900; n++) {
      const session = present(web(), 'unused-server-port', n, contacts);
      const port = word(headerOf(session, 0), 36);
      WEB.forEach(([way], p) => {
        assert.equal(word(headerOf(session, p), way === '>' ? 36 : 34), port);
        assert.equal(word(headerOf(session, p), way === '>' ? 34 : 36), 50312);
      });
      seen.set(port, (seen.get(port) ?? 0) + 1);
    }
    assert.deepEqual([...seen.keys()].sort(), [22, 25]);
    // 600 : 300; the standard deviation is 14.
    assert.ok(Math.abs(seen.get(22)! - 600) < 70, `${seen.get(22)}`);
  });

  it('cannot apply to one who is no server, or where no other service is known', () => {
    cannot(sessionTable([tcpSession(WEB, { server: 9 })]), 'unused-server-port', contacts);
    cannot(sessionTable([tcpSession(WEB, { client: 1, server: 5 })]), 'unused-server-port', contacts);
    assert.equal(word(headerOf(present(dns, 'unused-server-port', 0, contacts), 0), 36), 7);
    cannot(
      sessionTable([udpSession([['>', 1]], { server: 2, servicePort: 7 })]),
      'unused-server-port',
      contacts,
    );
    cannot(web(), 'unused-server-port', everything(sessionTable([tcp(5, 1, 80), contact(5, 2)])));
  });
});

describe('new-service', () => {
  const contacts = everything(
    sessionTable([contact(5, 1), contact(6, 1), contact(7, 6), contact(8, 1), contact(1, 2)]),
  );
  // 5, 7 and 8 began sessions and were never asked.

  it('is on a host that never was a responder, at a user port that nobody serves', () => {
    const hosts = new Set<number>();
    const ports = new Set<number>();
    for (let n = 0; n < 200; n++) {
      const session = present(web(), 'new-service', n, contacts, ['mac']);
      const host = headerOf(session, 0)[33]!;
      const port = word(headerOf(session, 0), 36);
      assert.ok(port >= 1024 && port < 49152);
      hosts.add(host);
      ports.add(port);
      WEB.forEach(([way], p) => {
        const header = headerOf(session, p);
        assert.equal(header[way === '>' ? 33 : 29], host);
        assert.equal(word(header, way === '>' ? 36 : 34), port);
        assert.deepEqual([...header.subarray(way === '>' ? 0 : 6, way === '>' ? 6 : 12)], macOf(host));
      });
      assert.deepEqual(linesOf(session), linesOf(load(web())));
    }
    assert.deepEqual([...hosts].sort(), [7, 8]);
    assert.ok(ports.size > 190);
  });

  it('may be on any of them where the initiator is none of them', () => {
    const hosts = new Set<number>();
    const table = sessionTable([tcpSession(WEB, { client: 6 })]);
    for (let n = 0; n < 60; n++) hosts.add(headerOf(present(table, 'new-service', n, contacts), 0)[33]!);
    assert.deepEqual([...hosts].sort(), [5, 7, 8]);
  });

  it('is not at a port that somebody serves', () => {
    const all = Array.from({ length: 49152 - 1024 }, (_, i) => 1024 + i).filter((port) => port % 40 !== 0);
    const busy = everything(
      sessionTable([...all.map((port) => contact(5, 1, { protocol: 'tcp', port })), contact(7, 1)]),
    );
    for (let n = 0; n < 40; n++)
      assert.equal(word(headerOf(present(web(), 'new-service', n, busy), 0), 36) % 40, 0);
  });

  it('cannot apply where no such host is known', () => {
    cannot(web(), 'new-service', everything(sessionTable([contact(5, 1)])));
    cannot(web(), 'new-service');
  });
});
