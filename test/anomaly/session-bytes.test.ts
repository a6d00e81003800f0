import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exchange, put } from '../../src/anomaly/edit.ts';
import { createSessionBytes, loadSession, longestHeader } from '../../src/anomaly/index.ts';
import { exchangePackets, insertCopy, movePacket, removePacket } from '../../src/anomaly/packets.ts';
import { loadPacket } from '../../src/anomaly/session-bytes.ts';
import { Link, Protocol } from '../../src/session/index.ts';
import fc from '../support/fast-check.ts';
import { buildPacket, sessionTable } from '../support/packets.ts';
import {
  anySample,
  assertEditsAreTrue,
  capturedOf,
  columns,
  contact,
  editedOffsets,
  headerOf,
  isPlaced,
  load,
  originRow,
  tableOf,
} from './samples.ts';

describe('a loaded session', () => {
  it('has the header bytes of the capture, none of them edited', () => {
    fc.assert(
      fc.property(anySample, anySample, (first, second) => {
        const table = tableOf(first, second);
        const session = createSessionBytes(8, longestHeader(table));
        for (const s of [0, 1, 0]) {
          loadSession(table, s, session);
          assert.equal(session.session, s);
          assert.equal(session.packets, [first, second][s]!.packets.length);
          for (let p = 0; p < session.packets; p++)
            assert.deepEqual(headerOf(session, p), capturedOf(table, table.firstRow[s]! + p));
          assertEditsAreTrue(table, session);
          session.edited.fill(1);
          session.bytes.fill(77);
        }
      }),
    );
  });

  it('knows where its headers are', () => {
    const v6 = buildPacket({
      protocol: 'tcp',
      vlans: [5],
      source: new Array(16).fill(1),
      destination: new Array(16).fill(2),
      sourcePort: 1,
      destinationPort: 2,
      tcpOptions: [1, 1, 1, 1],
    });
    const session = load(
      sessionTable([contact(1, 2, { answers: 1 }), { protocol: 'tcp', packets: [v6] }]),
      1,
    );
    assert.deepEqual(
      [session.protocol, session.link[0], session.version[0], session.network[0], session.transport[0]],
      [Protocol.tcp, Link.ethernet, 6, 18, 58],
    );
    assert.equal(session.length[0], 82);
    assert.equal(session.fromInitiator[0], 1);
  });

  it('has its first packets only when there is no room for all', () => {
    const table = sessionTable([contact(1, 2, { answers: 5 })]);
    const session = load(table, 0, 3);
    assert.equal(session.packets, 3);
    assert.deepEqual([...session.fromInitiator.subarray(0, 3)], [1, 0, 0]);
  });

  it('is refused, with both numbers, when a packet is longer than the stride or there is no such session', () => {
    const table = sessionTable([contact(1, 2)]);
    assert.equal(longestHeader(table), 42);
    assert.throws(() => load(table, 0, 8, 41), /packet 0 of session 0 has 42 header bytes, the stride is 41/);
    assert.throws(() => load(table, 1), /session 1, expected one of 0 … 0/);
    assert.throws(() => createSessionBytes(0, 10), RangeError);
  });
});

describe('packets of a session', () => {
  const table = sessionTable([contact(1, 2, { answers: 1 }), contact(3, 4), contact(5, 6)]);
  /** Three packets: of 1 → 2, its answer, 3 → 4; room for four. */
  const three = (maxPackets = 4) => {
    const session = load(table, 0, maxPackets);
    loadPacket(table, 2, session, 2);
    session.packets = 3;
    return session;
  };
  const rows = (session: ReturnType<typeof three>) =>
    Array.from(
      { length: session.packets },
      (_, p) => (isPlaced(session, p) ? -1 : 1) * (originRow(table, session, p) + 1),
    );

  it('can be taken away; what closes up stays in its place', () => {
    const session = three();
    removePacket(session, 0);
    assert.deepEqual(rows(session), [2, 3]);
    assert.deepEqual(headerOf(session, 1), capturedOf(table, 2));
    assert.deepEqual([editedOffsets(session, 0), editedOffsets(session, 1)], [[], []]);
  });

  it('can be copied; a copy is edited from its first byte, and the last falls out where it is full', () => {
    for (const [maxPackets, expected] of [
      [4, [1, -3, 2, 3]],
      [3, [1, -3, 2]],
    ] as const) {
      const session = three(maxPackets);
      insertCopy(session, 2, 1);
      assert.deepEqual(rows(session), expected);
      assert.deepEqual(headerOf(session, 1), capturedOf(table, 2));
      assert.equal(editedOffsets(session, 1).length, session.length[1]);
      put(session, 1, 22, session.bytes[session.stride + 22]!);
      assert.equal(editedOffsets(session, 1).length, session.length[1]);
    }
    const end = three();
    insertCopy(end, 0, 3);
    assert.deepEqual(rows(end), [1, 2, 3, -1]);
  });

  it('can be moved either way; only the one that was moved is edited', () => {
    const [back, forth] = [three(), three()];
    movePacket(back, 2, 0);
    movePacket(forth, 0, 2);
    assert.deepEqual(
      [rows(back), rows(forth)],
      [
        [-3, 1, 2],
        [2, 3, -1],
      ],
    );
    assert.deepEqual(headerOf(forth, 2), capturedOf(table, 0));
  });

  it('take every column with them', () => {
    const session = three();
    columns.forEach((name, i) => {
      // The length says what is copied; the mark of a placed packet is the move itself.
      if (name !== 'length' && name !== 'comparable') session[name][2] = 40 + i;
    });
    movePacket(session, 2, 0);
    columns.forEach((name, i) => {
      if (name !== 'length' && name !== 'comparable') assert.equal(session[name][0], 40 + i, name);
    });
  });

  it('are loaded afresh, whatever became of those before', () => {
    const session = three();
    for (const name of columns) session[name].fill(7);
    loadSession(table, 0, session);
    const fresh = load(table, 0, 4);
    for (const name of columns)
      assert.deepEqual(session[name].subarray(0, 2), fresh[name].subarray(0, 2), name);
  });

  it('can change places; both are edited', () => {
    const session = three();
    exchangePackets(session, 0, 2);
    assert.deepEqual(rows(session), [-3, 2, -1]);
    assert.deepEqual(session.fromInitiator.subarray(0, 3), Uint8Array.of(1, 0, 1));
  });
});

describe('an edit', () => {
  const table = sessionTable([contact(1, 2)]);

  it('is marked while the byte differs from the capture, however often it is edited', () => {
    const session = load(table);
    const before = session.bytes[22]!;
    put(session, 0, 22, before ^ 1);
    put(session, 0, 22, before ^ 2);
    assert.deepEqual(editedOffsets(session, 0), [22]);
    put(session, 0, 22, before);
    assert.deepEqual(editedOffsets(session, 0), []);
  });

  it('is not marked where an exchange puts the byte that was there', () => {
    const session = load(table);
    exchange(session, 0, 26, 30, 4); // 10.0.0.1 and 10.0.0.2
    assert.deepEqual(editedOffsets(session, 0), [29, 33]);
  });
});
