import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assembleSessions, type SessionOptions, type SessionTable } from '../../src/session/index.ts';
import {
  frame,
  pcap,
  put,
  reasons,
  type TestPacket,
  type TestRecord,
  temporaryFolder,
} from '../capture/build.ts';
import fc from '../support/fast-check.ts';

const folder = temporaryFolder();
const everything = { protocols: ['tcp', 'udp'], idleTimeout: null, minPackets: 1, maxPackets: 1000 } as const;
const SYN = 0x02;
const SYN_ACK = 0x12;

const client: TestPacket = { from: '192.0.2.1', fromPort: 40000, to: '198.51.100.9', toPort: 80 };
const back = (packet: TestPacket): TestPacket => ({
  ...packet,
  from: packet.to!,
  fromPort: packet.toPort!,
  to: packet.from!,
  toPort: packet.fromPort!,
});
const server = back(client);
let ids = 0;
/** Every packet has an identification of its own. */
const at = (seconds: number, packet: TestPacket, fraction = 0): TestRecord => ({
  seconds,
  fraction,
  bytes: frame({ id: ++ids & 0xffff, ...packet }),
});

const assemble = (files: readonly (readonly TestRecord[])[], options: Partial<SessionOptions> = {}) =>
  assembleSessions(
    files.map((records, i) => put(folder, `${i}.pcap`, pcap(records))),
    { ...everything, ...options },
  );

/** Every session: its initiator, then the seconds of its packets, > from the initiator, < from the responder. */
function timeline(sessions: SessionTable): string[] {
  const { firstRow, headerStart, header, network, fromInitiator, seconds } = sessions;
  return Array.from({ length: sessions.count }, (_, s) => {
    const rows = Array.from({ length: firstRow[s + 1]! - firstRow[s]! }, (_, i) => firstRow[s]! + i);
    const ip = headerStart[rows[0]!]! + network[rows[0]!]!;
    const from = fromInitiator[rows[0]!] === 1 ? ip + 12 : ip + 16;
    return [
      header.subarray(from, from + 4).join('.'),
      ...rows.map((row) => `${fromInitiator[row] === 1 ? '>' : '<'}${seconds[row]}`),
    ].join(' ');
  });
}

describe('the initiator of a session', () => {
  it('sent the first SYN', async () => {
    const { sessions, account } = await assemble([
      [at(1, server), at(2, { ...client, flags: SYN }), at(3, { ...server, flags: SYN_ACK })],
    ]);
    assert.deepEqual(timeline(sessions), ['192.0.2.1 <1 >2 <3']);
    assert.deepEqual(account.initiators, [{ evidence: 'SYN', sessions: 1 }]);
  });

  it('was answered with SYN+ACK, where no SYN was captured', async () => {
    const { sessions, account } = await assemble([[at(1, { ...server, flags: SYN_ACK }), at(2, client)]]);
    assert.deepEqual(timeline(sessions), ['192.0.2.1 <1 >2']);
    assert.deepEqual(account.initiators, [{ evidence: 'SYN+ACK', sessions: 1 }]);
    assert.equal(account.bidirectional, 1);
  });

  it('sent the first packet, where nothing else says it; sessions are counted by what does', async () => {
    const other = (fromPort: number): TestPacket => ({ ...client, fromPort });
    const { sessions, account } = await assemble([
      [
        at(1, back(other(1))),
        at(2, { ...client, protocol: 'udp' }),
        at(3, { ...other(2), flags: SYN }),
        at(4, { ...back(other(3)), flags: SYN_ACK }),
        at(5, { ...back(other(4)), flags: SYN_ACK }),
      ],
    ]);
    assert.equal(timeline(sessions)[0], '198.51.100.9 >1');
    assert.deepEqual(account.initiators, [
      { evidence: 'SYN', sessions: 1 },
      { evidence: 'SYN+ACK', sessions: 2 },
      { evidence: 'first packet (TCP)', sessions: 1 },
      { evidence: 'first packet (UDP)', sessions: 1 },
    ]);
  });

  it('does not depend on which packets are kept', async () => {
    const records = [at(1, server), at(2, server), at(3, { ...client, flags: SYN })];
    const { sessions } = await assemble([records], { maxPackets: 1 });
    assert.deepEqual(timeline(sessions), ['192.0.2.1 <1']);
  });

  it('may have used its port again: sessions with a second SYN are counted, those with a repeated one are not', async () => {
    const again = (fromPort: number, sequences: readonly number[]) =>
      sequences.map((sequence, i) => at(i + 1, { ...client, fromPort, sequence, flags: SYN }));
    const { account } = await assemble([
      [...again(1, [5, 5, 5]), ...again(2, [5, 6]), ...again(3, [7, 7, 8, 9])],
    ]);
    assert.equal(account.secondSyn, 2);
  });
});

describe('packets out of time order', () => {
  it('are put in order, and who was first in time is the initiator', async () => {
    const { sessions, account } = await assemble([[at(2, server), at(1, client), at(3, client)]]);
    assert.deepEqual(timeline(sessions), ['192.0.2.1 >1 <2 >3']);
    assert.deepEqual(account.backwards, { records: 1, seconds: 1 });
    assert.deepEqual(account.outOfOrder, { sessions: 1, beyondWindow: 0 });
    assert.match(
      account.warnings[0]!,
      /^records out of time order: 1 of 3, by up to 1 s; in 1 session packets were put in order of time$/,
    );
  });

  it('are only counted where no session has them', async () => {
    const { account } = await assemble([[at(2, server), at(1, { ...client, fromPort: 9 })]]);
    assert.equal(account.backwards.records, 1);
    assert.equal(account.outOfOrder.sessions, 0);
    assert.deepEqual(account.warnings, []);
  });

  it('stay where they are when they are further back than an hour', async () => {
    const records = [
      at(9000, client),
      at(9001, server),
      at(5000, server),
      at(5002, client),
      at(5001, server),
    ];
    const { sessions, account } = await assemble([records]);
    assert.deepEqual(timeline(sessions), ['192.0.2.1 >9000 <9001 <5000 <5001 >5002']);
    assert.deepEqual(account.outOfOrder, { sessions: 1, beyondWindow: 1 });
    assert.match(
      account.warnings[0]!,
      /; 1 packets? more than 3600 s back stay where they are: was the clock set/,
    );
  });

  it('give the same sessions in one file, in two, and in order', async () => {
    const packet = fc.record({
      second: fc.nat(300),
      forward: fc.boolean(),
      fromPort: fc.constantFrom(1, 2, 3),
      flags: fc.constantFrom(0x10, 0x10, 0x10, SYN, SYN_ACK),
    });
    const packets = fc.uniqueArray(packet, { selector: ({ second }) => second, minLength: 1, maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(packets, fc.constantFrom(1, 2, 5, 100), async (list, maxPackets) => {
        // One SYN and one SYN+ACK a connection, as there are.
        const seen = new Set<string>();
        const records = list.map(({ second, forward, fromPort, flags }) => {
          const own = { ...client, fromPort };
          const first = flags !== 0x10 && !seen.has(`${fromPort} ${flags}`);
          seen.add(`${fromPort} ${flags}`);
          const sender = flags === SYN ? true : flags === SYN_ACK ? false : forward;
          return at(second, { ...(sender ? own : back(own)), flags: first ? flags : 0x10 });
        });
        const read = async (...files: TestRecord[][]) =>
          timeline((await assemble(files, { maxPackets })).sessions);
        const sorted = await read(records.toSorted((a, b) => a.seconds - b.seconds));
        assert.deepEqual(await read(records), sorted);
        assert.deepEqual(
          await read(
            records.filter((_, i) => i % 2 === 0),
            records.filter((_, i) => i % 2 === 1),
          ),
          sorted,
        );
      }),
      { numRuns: 150 },
    );
  });
});

describe('copies of packets', () => {
  const twice = (seconds: number, packet: TestPacket, change: TestPacket = {}): TestRecord[] => [
    { seconds, bytes: frame(packet) },
    { seconds, fraction: 2, bytes: frame({ ...packet, ...change }) },
  ];
  const mirrored = [
    ...twice(1, { ...client, id: 1, flags: SYN }),
    ...twice(2, { ...server, id: 1, flags: SYN_ACK }, { ttl: 63, vlans: [7] }),
    ...twice(3, { ...client, protocol: 'udp', id: 3, payload: 4 }),
  ];

  it('within a millisecond are counted and told; they are kept unless the spec says otherwise', async () => {
    const { sessions, account } = await assemble([mirrored]);
    assert.deepEqual([...sessions.packetsSeen], [4, 2]);
    assert.equal(account.copies, 3);
    assert.match(
      account.warnings[0]!,
      /copies of packets within a millisecond: 3 of 6, .*sessions.duplicates "drop"/,
    );
  });

  it('are left out and counted where it says so', async () => {
    const { sessions, account } = await assemble([mirrored], { duplicates: 'drop' });
    assert.deepEqual([...sessions.packetsSeen], [2, 1]);
    assert.deepEqual(reasons(account), ['3 copy of a packet within a millisecond (sessions.duplicates)']);
    assert.equal(account.keptPackets, 3);
    assert.deepEqual(account.warnings, []);
  });

  it('are none when they come later, go the other way, or have another identification or other flags', async () => {
    const packet = { ...client, id: 1 };
    const { account } = await assemble([
      [
        { seconds: 1, bytes: frame(packet) },
        { seconds: 1, fraction: 1001, bytes: frame(packet) },
        { seconds: 2, bytes: frame(packet) },
        { seconds: 2, fraction: 1, bytes: frame({ ...server, id: 1 }) },
        { seconds: 3, bytes: frame(packet) },
        { seconds: 3, fraction: 1, bytes: frame({ ...packet, id: 2 }) },
        { seconds: 3, fraction: 2, bytes: frame({ ...packet, flags: 0x18 }) },
        { seconds: 3, fraction: 3, bytes: frame({ ...packet, sequence: 2 }) },
        { seconds: 3, fraction: 4, bytes: frame({ ...packet, payload: 1 }) },
        { seconds: 4, bytes: frame({ ...client, protocol: 'udp' }) },
        { seconds: 4, fraction: 1, bytes: frame({ ...client, protocol: 'udp' }) },
      ],
    ]);
    assert.equal(account.copies, 0);
  });
});

describe('the same endpoints in several networks', () => {
  const records = [
    at(1, { ...client, vlans: [10] }),
    at(2, { ...server, vlans: [10] }),
    at(3, { ...client, vlans: [20] }),
    at(4, { ...client, vlans: [30, 20] }),
    at(5, client),
    at(6, { ...client, vlans: [0x2000 + 10] }),
  ];

  it('are one session, which is counted and told', async () => {
    const { sessions, account } = await assemble([records]);
    assert.deepEqual([...sessions.packetsSeen], [6]);
    assert.equal(account.severalNetworks, 1);
    assert.match(
      account.warnings[0]!,
      /several VLANs or virtual networks: 1 of 1; .*sessions.key "networks"/,
    );
  });

  it('are one for each network where the spec says so; a priority makes no network', async () => {
    const { sessions, account } = await assemble([records], { key: 'networks' });
    assert.deepEqual([...sessions.packetsSeen], [3, 1, 1, 1]);
    assert.deepEqual([account.severalNetworks, account.warnings], [0, []]);
  });

  it('may be networks of tunnels', async () => {
    const vxlan = (seconds: number, network: number): TestRecord => {
      const inside = frame(client);
      const outside = frame({ protocol: 'udp', toPort: 4789, payload: 8 + inside.length, id: ++ids });
      outside.set([8, 0, 0, 0, 0, 0, network, 0], 42);
      outside.set(inside, 50);
      return { seconds, bytes: outside };
    };
    const two = [vxlan(1, 1), vxlan(2, 2), vxlan(3, 1)];
    const apart = await assemble([two], { tunnels: 'inner', key: 'networks' });
    assert.deepEqual([...apart.sessions.packetsSeen], [2, 1]);
    const together = await assemble([two], { tunnels: 'inner' });
    assert.deepEqual([...together.sessions.packetsSeen], [3]);
    assert.equal(together.account.severalNetworks, 1);
  });

  it('are told by inspect when a good part of a capture is a tunnel', async () => {
    const outside = frame({ protocol: 'udp', toPort: 4789, payload: 62 });
    outside.set([8, 0, 0, 0, 0, 0, 1, 0], 42);
    outside.set(frame(client), 50);
    const { account } = await assemble([[{ seconds: 1, bytes: outside }, at(2, client)]]);
    assert.match(
      account.warnings[0]!,
      /^packets that carry others: 1 of 2 \(VXLAN\); sessions.tunnels "inner" \(inspect --tunnels inner\) makes sessions/,
    );
  });
});
