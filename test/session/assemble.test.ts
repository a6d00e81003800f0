import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FaultError } from '../../src/fault/index.ts';
import { assembleSessions, Link, Protocol, type SessionTable } from '../../src/session/index.ts';
import {
  concat,
  frame,
  pack,
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

/** There and back. */
const a: TestPacket = { from: '10.0.0.1', fromPort: 40000, to: '10.0.0.9', toPort: 80 };
const back = (packet: TestPacket): TestPacket => ({
  ...packet,
  from: packet.to!,
  fromPort: packet.toPort!,
  to: packet.from!,
  toPort: packet.fromPort!,
});

const at = (seconds: number, packet: TestPacket, fraction = 0): TestRecord => ({
  seconds,
  fraction,
  bytes: frame(packet),
});

const assemble = (records: readonly TestRecord[], options: object = {}) =>
  assembleSessions([put(folder, 'a.pcap', pcap(records))], { ...everything, ...options });

/** Every session as the seconds of its packets, > from the initiator, < from the responder. */
function timeline(sessions: SessionTable): string[] {
  return Array.from({ length: sessions.count }, (_, s) => {
    const rows = sessions.seconds.subarray(sessions.firstRow[s], sessions.firstRow[s + 1]);
    return Array.from(
      rows,
      (seconds, i) => `${sessions.fromInitiator[sessions.firstRow[s]! + i] ? '>' : '<'}${seconds}`,
    ).join(' ');
  });
}

describe('a session', () => {
  it('has both directions, and its initiator sent the first packet', async () => {
    const { sessions, account } = await assemble([at(1, back(a)), at(2, a), at(3, back(a))]);
    assert.deepEqual(timeline(sessions), ['>1 <2 >3']);
    assert.equal(account.bidirectional, 1);
  });

  it('has the header bytes of each packet and nothing else', async () => {
    const tagged = frame({ ...a, payload: 30 });
    const vlan = concat(tagged.subarray(0, 12), pack(false, [16, 0x8100], [16, 5]), tagged.subarray(12));
    const udp6 = frame({ from: 'fd00::1', to: 'fd00::2', protocol: 'udp', payload: 3 });
    const records = [
      { seconds: 1, fraction: 7, bytes: vlan, original: 1500 },
      { seconds: 2, bytes: udp6 },
    ];
    const { sessions } = await assemble(records);
    const header = (row: number) =>
      sessions.header.subarray(sessions.headerStart[row], sessions.headerStart[row + 1]);
    assert.deepEqual(header(0), vlan.subarray(0, 18 + 20 + 20));
    assert.deepEqual(header(1), udp6.subarray(0, 14 + 40 + 8));
    assert.deepEqual([...sessions.protocol], [Protocol.tcp, Protocol.udp]);
    assert.deepEqual([...sessions.link], [Link.ethernet, Link.ethernet]);
    assert.deepEqual([...sessions.network], [18, 14]);
    assert.deepEqual([...sessions.transport], [38, 54]);
    assert.deepEqual([...sessions.nanoseconds], [7000, 0]);
    assert.deepEqual([...sessions.originalLength], [1500, udp6.length]);
  });

  it('is another one when protocol, address or port is another', async () => {
    const others: TestPacket[] = [
      a,
      { ...a, protocol: 'udp' },
      { ...a, fromPort: 40001 },
      { ...a, toPort: 81 },
      { ...a, from: '10.0.0.2' },
      { ...a, to: '10.0.0.8' },
      { ...a, fromPort: 80, toPort: 40000 },
      { ...a, from: 'fd00::1', to: 'fd00::9' },
      { ...a, from: 'fd01::1', to: 'fd00::9' },
      { ...a, from: 'fd00::1', to: 'fd00::a' },
    ];
    const { sessions } = await assemble(
      others.flatMap((packet, index) => [at(index, packet), at(index, back(packet))]),
    );
    assert.deepEqual(
      timeline(sessions),
      others.map((_, index) => `>${index} <${index}`),
    );
  });

  it('knows its directions by the port when both addresses are the same', async () => {
    const loop: TestPacket = { from: '10.0.0.1', fromPort: 5000, to: '10.0.0.1', toPort: 4000 };
    const { sessions } = await assemble([at(1, loop), at(2, back(loop)), at(3, loop)]);
    assert.deepEqual(timeline(sessions), ['>1 <2 >3']);
  });

  it('of one endpoint with itself has one direction', async () => {
    const self: TestPacket = { from: '10.0.0.1', fromPort: 137, to: '10.0.0.1', toPort: 137 };
    const { sessions, account } = await assemble([at(1, self), at(2, self)]);
    assert.deepEqual(timeline(sessions), ['>1 >2']);
    assert.equal(account.bidirectional, 0);
  });

  it('keeps its first packets and counts all', async () => {
    const { sessions, account } = await assemble([at(1, a), at(2, back(a)), at(3, a), at(4, a)], {
      maxPackets: 2,
    });
    assert.deepEqual(timeline(sessions), ['>1 <2']);
    assert.deepEqual([...sessions.packetsSeen], [4]);
    assert.equal(account.keptPackets, 4);
  });

  it('is left out, and counted, when it has too few packets', async () => {
    const short = { ...a, fromPort: 1 };
    const { sessions, account } = await assemble([at(1, short), at(2, a), at(3, a), at(4, short), at(5, a)], {
      minPackets: 3,
    });
    assert.deepEqual(timeline(sessions), ['>2 >3 >5']);
    assert.deepEqual(account.sessionsLeftOut, [{ reason: 'session of fewer than 3 packets', sessions: 1 }]);
    assert.deepEqual(reasons(account), ['2 in a session of fewer than 3 packets']);
    assert.equal(account.keptPackets, 3);
  });

  it('is left out, and counted, when its protocol is not wanted', async () => {
    const udp: TestPacket = { ...a, protocol: 'udp' };
    const records = [at(1, a), at(2, udp), at(3, udp)];
    const tcpOnly = await assemble(records, { protocols: ['tcp'] });
    assert.deepEqual(timeline(tcpOnly.sessions), ['>1']);
    assert.deepEqual(reasons(tcpOnly.account), ['2 protocol UDP is not in sessions.protocols']);
    const udpOnly = await assemble(records, { protocols: ['udp'] });
    assert.deepEqual(timeline(udpOnly.sessions), ['>2 >3']);
    assert.deepEqual(reasons(udpOnly.account), ['1 protocol TCP is not in sessions.protocols']);
  });
});

describe('the idle timeout', () => {
  it('begins a new session after a longer gap, with a new initiator, and not after one as long', async () => {
    const records = [at(0, a), at(10, back(a)), at(20, a, 1), at(30, back(a), 1), at(40, back(a), 2)];
    const { sessions } = await assemble(records, { idleTimeout: 10 });
    assert.deepEqual(timeline(sessions), ['>0 <10', '>20 <30', '>40']);
  });

  it('is exact in decimal fractions of a second', async () => {
    const records = [at(1, a, 900_000), at(2, a, 0), at(2, a, 100_001)];
    const { sessions } = await assemble(records, { idleTimeout: 0.1 });
    assert.deepEqual(timeline(sessions), ['>1 >2', '>2']);
  });

  it('takes no notice of a clock that goes backwards', async () => {
    const { sessions } = await assemble([at(100, a), at(1, a), at(6, a)], { idleTimeout: 5 });
    assert.deepEqual(timeline(sessions), ['>1 >6 >100']);
  });
});

describe('the table of sessions', () => {
  it('is ordered by the time of the first packet, then of arrival', async () => {
    const port = (fromPort: number): TestPacket => ({ ...a, fromPort });
    const { sessions } = await assemble([
      at(5, port(1)),
      at(3, port(2)),
      at(3, port(3), 1),
      at(3, port(4)),
      at(1, port(1)),
    ]);
    assert.deepEqual(timeline(sessions), ['>1 >5', '>3', '>3', '>3']);
    const ports = [...sessions.firstRow].slice(0, -1).map((row) => {
      const offset = sessions.headerStart[row]! + sessions.transport[row]!;
      return (sessions.header[offset]! << 8) | sessions.header[offset + 1]!;
    });
    assert.deepEqual(ports, [1, 2, 4, 3]);
  });

  it('of no packets is empty', async () => {
    const { sessions, account } = await assemble([]);
    assert.equal(sessions.count, 0);
    assert.deepEqual([...sessions.firstRow], [0]);
    assert.deepEqual([...sessions.headerStart], [0]);
    assert.equal(account.firstTime, null);
  });

  it('holds the same packets of each flow however flows are interleaved', async () => {
    const flow = fc.record({
      from: fc.constantFrom('10.0.0.1', '10.0.0.2', '192.168.255.254', 'fd00::1', 'ff02::2'),
      fromPort: fc.constantFrom(1, 80, 65535),
      to: fc.constantFrom('10.0.0.1', '10.0.0.2', '192.168.255.254', 'fd00::1', 'ff02::2'),
      toPort: fc.constantFrom(1, 80, 65535),
      protocol: fc.constantFrom('tcp' as const, 'udp' as const),
    });
    const flows = fc
      .array(fc.tuple(flow, fc.array(fc.boolean(), { minLength: 1, maxLength: 6 })), { maxLength: 12 })
      .map((list) => list.filter(([{ from, to }]) => from.includes(':') === to.includes(':')));
    await fc.assert(
      fc.asyncProperty(
        flows,
        fc.infiniteStream(fc.nat(1000)),
        fc.constantFrom(1, 3, 100),
        async (list, choices, maxPackets) => {
          // The model: one list of packets per unordered pair of endpoints, by name.
          const expected = new Map<string, { first: TestPacket; frames: string[] }>();
          const queues = list.map(([packet, directions]) =>
            directions.map((forward, index) => ({ ...(forward ? packet : back(packet)), payload: index })),
          );
          const records: TestRecord[] = [];
          for (;;) {
            const open = queues.filter((queue) => queue.length > 0);
            if (open.length === 0) break;
            const packet = open[choices.next().value % open.length]!.shift()!;
            const bytes = frame(packet);
            records.push({ seconds: records.length, bytes });
            const ends = [`${packet.from} ${packet.fromPort}`, `${packet.to} ${packet.toPort}`];
            const name = `${packet.protocol} ${ends.slice().sort().join(' ')}`;
            const session = expected.get(name) ?? { first: packet, frames: [] as string[] };
            expected.set(name, session);
            const initiated =
              ends.join() ===
              [
                `${session.first.from} ${session.first.fromPort}`,
                `${session.first.to} ${session.first.toPort}`,
              ].join();
            const headers = bytes.subarray(0, bytes.length - packet.payload!);
            session.frames.push(`${initiated ? '>' : '<'}${Buffer.from(headers).toString('hex')}`);
          }
          const { sessions } = await assemble(records, { maxPackets });
          const found = Array.from({ length: sessions.count }, (_, s) => {
            const frames: string[] = [];
            for (let row = sessions.firstRow[s]!; row < sessions.firstRow[s + 1]!; row++) {
              const bytes = sessions.header.subarray(
                sessions.headerStart[row],
                sessions.headerStart[row + 1],
              );
              frames.push(`${sessions.fromInitiator[row] ? '>' : '<'}${Buffer.from(bytes).toString('hex')}`);
            }
            return { frames, seen: sessions.packetsSeen[s] };
          });
          assert.deepEqual(
            found,
            [...expected.values()].map(({ frames }) => ({
              frames: frames.slice(0, maxPackets),
              seen: frames.length,
            })),
          );
        },
      ),
      { numRuns: 150 },
    );
  });

  it('holds tens of thousands of sessions, each with its own packets', async () => {
    const count = 30_000;
    const records: TestRecord[] = [];
    for (let round = 0; round < 2; round++)
      for (let i = 0; i < count; i++)
        records.push(
          at(round * count + i, {
            from: `10.${i & 255}.${(i >> 8) & 255}.1`,
            fromPort: 1 + (i % 60_000),
            to: '10.0.0.9',
            toPort: 80,
          }),
        );
    const { sessions, account } = await assemble(records, { maxPackets: 2 });
    assert.equal(sessions.count, count);
    assert.equal(account.keptPackets, 2 * count);
    for (let s = 0; s < count; s++) {
      const row = sessions.firstRow[s]!;
      assert.equal(sessions.seconds[row], s);
      assert.equal(sessions.seconds[row + 1], s + count);
    }
  });
});

describe('sessions across files', () => {
  const port = (fromPort: number): TestPacket => ({ ...a, fromPort });
  const write = (name: string, ...records: TestRecord[]) => put(folder, name, pcap(records));

  it('are joined, and how often is counted', async () => {
    const paths = [
      write('x', at(1, port(1)), at(2, port(2)), at(7, port(1))),
      write('y', at(3, back(port(1))), at(4, port(3)), at(6, port(1))),
      write('z', at(5, port(1)), at(8, port(3))),
    ];
    const { sessions, account } = await assembleSessions(paths, everything);
    assert.deepEqual(timeline(sessions), ['>1 <3 >5 >6 >7', '>2', '>4 >8']);
    // Session 1 is in three files, session 3 in two.
    assert.equal(account.joinedAcrossFiles, 3);
  });

  it('make up for the difference to the sessions of each file', async () => {
    const file = fc.array(fc.tuple(fc.nat(20), fc.nat(6)), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 4 }), async (files) => {
        const paths = files.map((list, index) =>
          write(`p${index}`, ...list.map(([time, number]) => at(time, port(number)))),
        );
        const { sessions, account } = await assembleSessions(paths, everything);
        const separate = files.reduce((sum, list) => sum + new Set(list.map(([, number]) => number)).size, 0);
        assert.equal(sessions.count + account.joinedAcrossFiles, separate);
      }),
      { numRuns: 100 },
    );
  });
});

describe('options that make no sense', () => {
  for (const [options, message] of [
    [{ protocols: [] }, /sessions\.protocols/],
    [{ idleTimeout: 0 }, /sessions\.idleTimeout: got 0, must be null or more than 0 seconds/],
    [{ minPackets: 0 }, /sessions\.minPackets: got 0, must be a whole number ≥ 1/],
    [{ maxPackets: 1.5 }, /sessions\.maxPackets: got 1.5/],
  ] as const)
    it(`are refused: ${JSON.stringify(options)}`, async () => {
      await assert.rejects(assemble([], options), (error) => {
        assert.ok(error instanceof FaultError);
        assert.equal(error.exitCode, 2);
        assert.match(error.message, message);
        return true;
      });
    });
});
