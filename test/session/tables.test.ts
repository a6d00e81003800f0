import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { purgeBefore, withoutShared } from '../../src/data/index.ts';
import { concatSessions, type SessionTable, withDefects } from '../../src/session/index.ts';
import fc from '../support/fast-check.ts';
import { buildPacket, type SessionFixture, sessionTable } from '../support/packets.ts';

type Way = '>' | '<';

/** A session of packets in these directions, one every second from `start` on, between 10.0.0.a and 10.0.0.b. */
function session(a: number, b: number, ways: readonly Way[], start = 0, port = 80): SessionFixture {
  const [source, destination] = [
    [10, 0, 0, a],
    [10, 0, 0, b],
  ];
  return {
    protocol: 'tcp',
    packets: ways.map((way, i) => ({
      ...buildPacket(
        way === '>'
          ? { protocol: 'tcp', source, destination, sourcePort: 50_000, destinationPort: port, sequence: i }
          : {
              protocol: 'tcp',
              source: destination,
              destination: source,
              sourcePort: port,
              destinationPort: 50_000,
              sequence: i,
            },
      ),
      seconds: start + i,
    })),
  };
}

const fixture: fc.Arbitrary<SessionFixture> = fc
  .record({
    a: fc.integer({ min: 1, max: 9 }),
    b: fc.integer({ min: 1, max: 9 }),
    ways: fc.array(fc.constantFrom<Way>('>', '<'), { minLength: 1, maxLength: 4 }),
    start: fc.nat(100),
  })
  .map(({ a, b, ways, start }) => session(a, b, ways, start));

const indices = (table: SessionTable) => Uint32Array.from({ length: table.count }, (_, i) => i);

describe('several tables as one', () => {
  it('are the table of all their sessions', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fixture, { maxLength: 5 }), { minLength: 1, maxLength: 4 }), (lists) => {
        assert.deepEqual(concatSessions(lists.map(sessionTable)), sessionTable(lists.flat()));
      }),
    );
  });
});

describe('purging', () => {
  const table = sessionTable([
    session(1, 2, ['>', '<'], 0),
    session(1, 2, ['>', '<', '>'], 8),
    session(1, 3, ['>'], 20),
  ]);
  const purge = (gap: number) => [...purgeBefore(table, Uint32Array.of(0, 1), Uint32Array.of(2), gap)];

  it('keeps training sessions that are over so long before the first test session', () => {
    assert.deepEqual(purge(0), [0, 1]);
    // Their last packets are at 1 and at 10 s.
    assert.deepEqual(purge(9), [0, 1]);
    assert.deepEqual(purge(10), [0]);
    assert.deepEqual(purge(19), []);
  });

  it('takes away what goes on while testing, even with a gap of 0', () => {
    const late = sessionTable([session(1, 2, ['>', '<', '>'], 0), session(1, 3, ['>'], 2)]);
    assert.deepEqual([...purgeBefore(late, Uint32Array.of(0), Uint32Array.of(1), 0)], []);
  });
});

describe('test sessions that training has not met', () => {
  const table = sessionTable([
    session(1, 2, ['>'], 0, 80),
    // The same hosts at another service, the same endpoints from the other side, and a stranger.
    session(1, 2, ['>'], 1, 443),
    session(1, 2, ['<'], 2, 80),
    session(3, 2, ['>'], 3, 80),
  ]);
  const left = (meeting: 'endpoints' | 'pair') => [
    ...withoutShared(table, Uint32Array.of(0), Uint32Array.of(1, 2, 3), meeting),
  ];

  it('are those between other endpoints, in either direction', () =>
    assert.deepEqual(left('endpoints'), [1, 3]));
  it('are those between other hosts', () => assert.deepEqual(left('pair'), [3]));
});

describe('the defects of the original code', () => {
  const table = sessionTable([
    session(1, 2, ['>', '<', '>'], 5),
    session(1, 3, ['>'], 2),
    session(1, 4, ['>', '>', '>'], 7),
  ]);

  it('change nothing where none is asked for', () => {
    const { sessions, counts } = withDefects(table, []);
    assert.equal(sessions, table);
    assert.deepEqual(counts, []);
  });

  it('lose the first packet of the captures, and its session where it has no other', () => {
    const { sessions, counts } = withDefects(table, ['first-packet']);
    assert.deepEqual(counts, [{ reason: 'first packet lost', sessions: 1, packets: 0 }]);
    assert.deepEqual(
      sessions,
      sessionTable([session(1, 2, ['>', '<', '>'], 5), session(1, 4, ['>', '>', '>'], 7)]),
    );
    const other = withDefects(sessionTable([session(1, 2, ['>', '<', '>'], 0)]), ['first-packet']);
    assert.deepEqual([...other.sessions.seconds], [1, 2]);
    assert.deepEqual(other.counts, [{ reason: 'first packet lost', sessions: 0, packets: 1 }]);
  });

  it('keep the last packet of a session in one direction', () => {
    const { sessions, counts } = withDefects(table, ['one-direction']);
    assert.deepEqual([...sessions.firstRow], [0, 3, 4, 5]);
    assert.deepEqual([...sessions.seconds], [5, 6, 7, 2, 9]);
    assert.equal(counts[0]!.packets, 2);
  });

  it('drop sessions with a header of less than 40 bytes', () => {
    const udp = buildPacket({
      protocol: 'udp',
      link: 1,
      source: [10, 0, 0, 1],
      destination: [10, 0, 0, 2],
      sourcePort: 1,
      destinationPort: 2,
    });
    const short = { ...udp, headerLength: 39 };
    const mixed = sessionTable([
      { protocol: 'udp', packets: [udp, short] },
      { protocol: 'udp', packets: [udp] },
    ]);
    const { sessions, counts } = withDefects(mixed, ['short-packets']);
    assert.equal(sessions.count, 1);
    assert.deepEqual(counts, [{ reason: 'a packet of less than 40 header bytes', sessions: 1, packets: 0 }]);
  });

  it('leave every session that stays whole in its columns', () => {
    fc.assert(
      fc.property(fc.array(fixture, { minLength: 1, maxLength: 8 }), (fixtures) => {
        const answered = fixtures.filter(({ packets }) => new Set(packets.map((p) => p.bytes[33])).size > 1);
        fc.pre(answered.length > 0);
        const whole = sessionTable(answered);
        assert.deepEqual(withDefects(whole, ['one-direction', 'short-packets']).sessions, whole);
        assert.equal(indices(whole).length, whole.count);
      }),
    );
  });
});
