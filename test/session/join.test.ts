import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assembleSessions, joinAcross, type SessionTable } from '../../src/session/index.ts';
import { frame, pcap, put, type TestPacket, type TestRecord, temporaryFolder } from '../capture/build.ts';
import fc from '../support/fast-check.ts';

const folder = temporaryFolder();
const SYN = 0x02;
const client: TestPacket = { from: '192.0.2.1', fromPort: 40000, to: '198.51.100.9', toPort: 22 };
const back = (packet: TestPacket): TestPacket => ({
  ...packet,
  from: packet.to!,
  fromPort: packet.toPort!,
  to: packet.from!,
  toPort: packet.fromPort!,
});
const at = (seconds: number, packet: TestPacket): TestRecord => ({ seconds, bytes: frame(packet) });

/** The sessions of each day, read one by one. */
async function days(
  records: readonly (readonly TestRecord[])[],
  maxPackets = 100,
): Promise<readonly SessionTable[]> {
  const tables: SessionTable[] = [];
  const options = { protocols: ['tcp', 'udp'], idleTimeout: null, minPackets: 1, maxPackets } as const;
  for (const [i, day] of records.entries())
    tables.push((await assembleSessions([put(folder, `${i}.pcap`, pcap(day))], options)).sessions);
  return tables;
}

/** Every session as the seconds of its packets, > from the initiator, < from the responder. */
function timeline(sessions: SessionTable): string[] {
  return Array.from({ length: sessions.count }, (_, s) =>
    Array.from(
      { length: sessions.firstRow[s + 1]! - sessions.firstRow[s]! },
      (_, i) => sessions.firstRow[s]! + i,
    )
      .map((row) => `${sessions.fromInitiator[row] === 1 ? '>' : '<'}${sessions.seconds[row]}`)
      .join(' '),
  );
}

const forever = { idleTimeout: null, maxPackets: 100 };

describe('sessions of days that were read one by one', () => {
  it('are one, on the day on which they began, where a connection goes on', async () => {
    const other = { ...client, fromPort: 7 };
    const tables = await days([
      [at(1, { ...client, flags: SYN }), at(2, back(client)), at(3, other)],
      // It begins with a packet of the other side.
      [at(90_000, back(client)), at(90_001, client), at(90_002, { ...client, fromPort: 8 })],
    ]);
    const { tables: whole, joined } = joinAcross(tables, forever);
    assert.equal(joined, 1);
    assert.deepEqual(timeline(whole[0]!), ['>1 <2 <90000 >90001', '>3']);
    assert.deepEqual(timeline(whole[1]!), ['>90002']);
    assert.deepEqual([...whole[0]!.packetsSeen], [4, 1]);
    assert.equal(whole[0]!.header.length, whole[0]!.headerStart.at(-1));
  });

  it('are two where a SYN begins the second', async () => {
    const tables = await days([[at(1, client)], [at(90_000, { ...client, flags: SYN })]]);
    const { tables: whole, joined } = joinAcross(tables, forever);
    assert.equal(joined, 0);
    assert.equal(whole, tables);
  });

  it('are one over UDP only within two minutes, and with an idle timeout within that', async () => {
    const udp = { ...client, protocol: 'udp' as const };
    const tables = await days([[at(100, udp)], [at(220, udp)], [at(341, udp)]]);
    assert.deepEqual(joinAcross(tables, forever).tables.map(timeline), [['>100 >220'], [], ['>341']]);
    assert.equal(joinAcross(tables, { ...forever, idleTimeout: 119 }).joined, 0);
    const tcp = await days([[at(100, client)], [at(220, client)]]);
    assert.equal(joinAcross(tcp, { ...forever, idleTimeout: 119 }).joined, 0);
    assert.equal(joinAcross(tcp, { ...forever, idleTimeout: 120 }).joined, 1);
  });

  it('go on over several days, in whatever order these were read', async () => {
    const tables = await days([
      [at(300, client)],
      [at(100, { ...client, flags: SYN })],
      [at(200, back(client))],
    ]);
    const { tables: whole, joined } = joinAcross(tables, forever);
    assert.equal(joined, 2);
    assert.deepEqual(whole.map(timeline), [[], ['>100 <200 >300'], []]);
  });

  it('keep their first packets, and none behind one that is not kept', async () => {
    const tables = await days(
      [
        [at(1, client), at(2, client), at(3, { ...client, fromPort: 7 })],
        [at(4, client), at(5, { ...client, fromPort: 7 }), at(6, { ...client, fromPort: 7 })],
      ],
      2,
    );
    const { tables: whole } = joinAcross(tables, { idleTimeout: null, maxPackets: 2 });
    assert.deepEqual(timeline(whole[0]!), ['>1 >2', '>3 >5']);
    assert.deepEqual([...whole[0]!.packetsSeen], [3, 3]);
  });

  it('are those of all days read as one, where no connection begins twice', async () => {
    const packets = fc.array(fc.record({ fromPort: fc.nat(4), forward: fc.boolean() }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(
        packets,
        fc.nat(30),
        fc.integer({ min: 1, max: 6 }),
        async (list, border, maxPackets) => {
          const records = list.map(({ fromPort, forward }, i) => {
            const own = { ...client, fromPort };
            return at(i, forward ? own : back(own));
          });
          const parts = await days([records.slice(0, border), records.slice(border)], maxPackets);
          const [together] = await days([records], maxPackets);
          const { tables } = joinAcross(parts, { idleTimeout: null, maxPackets });
          assert.deepEqual(tables.flatMap(timeline), timeline(together!));
        },
      ),
      { numRuns: 60 },
    );
  });
});
