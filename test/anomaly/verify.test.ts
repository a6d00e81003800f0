import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  anomalyKindNames,
  hasWrongIpChecksum,
  hasWrongTransportChecksum,
  loadSession,
  type SessionBytes,
} from '../../src/anomaly/index.ts';
import fc from '../support/fast-check.ts';
import { type BuiltPacket, buildPacket, checksumErrors, hex, sessionTable } from '../support/packets.ts';
import { always, anySample, draws, everything, load, originRow, tableOf, wholePacket } from './samples.ts';

const one = (packet: BuiltPacket): SessionBytes =>
  load(sessionTable([{ protocol: packet.protocol, packets: [packet] }]));

const syn = (changes: object) =>
  buildPacket({
    ...{
      protocol: 'tcp',
      source: [10, 0, 0, 5],
      destination: [10, 0, 0, 1],
      sourcePort: 5,
      destinationPort: 6,
    },
    ...changes,
  });

describe('checksums on the wire', () => {
  it('of an IPv4 header in literal bytes: the example that textbooks compute by hand', () => {
    // 45 00 00 73 00 00 40 00 40 11 [b8 61] c0 a8 00 01 c0 a8 00 c7: the words add up to 2479C, folded 479E, ~ B861.
    const header = '45 00 00 73 00 00 40 00 40 11 b8 61 c0 a8 00 01 c0 a8 00 c7 00 35 00 35 00 5f 00 00';
    for (const [text, wrong] of [
      [header, false],
      [header.replace('b8 61', 'b8 62'), true],
      [header.replace('40 11', '41 11'), true],
    ] as const) {
      const packets = [{ bytes: hex(text), link: 0, network: 0, transport: 20 }] as const;
      assert.equal(hasWrongIpChecksum(load(sessionTable([{ protocol: 'udp', packets }])), 0), wrong);
    }
  });

  it('of a segment without payload are computed, whatever they were when captured', () => {
    assert.equal(hasWrongTransportChecksum(one(syn({})), 0), false);
    assert.equal(hasWrongTransportChecksum(one(syn({ transportError: 7 })), 0), true);
  });

  it('of a segment with payload, which is not kept, are taken as right when captured', () => {
    const payload = [1, 2, 3];
    assert.equal(hasWrongTransportChecksum(one(syn({ payload, transportError: 7 })), 0), false);
    const edited = one(syn({ payload }));
    edited.bytes[edited.transport[0]! + 1]! ^= 1;
    assert.equal(hasWrongTransportChecksum(edited, 0), true);
  });

  it('that UDP does without are not wrong', () => {
    const udp = { protocol: 'udp', noChecksum: true };
    assert.equal(hasWrongTransportChecksum(one(syn(udp)), 0), false);
  });

  it('are wrong in what any kind leaves behind exactly when a sum over the whole packet says so', () => {
    const kinds = fc.constantFrom(...anomalyKindNames.filter((name) => name !== 'fragmentation'));
    let wrong = 0;
    fc.assert(
      fc.property(anySample, kinds, fc.nat(), fc.boolean(), (sample, kind, n, repair) => {
        const table = tableOf(sample);
        const session = load(table, 0, 12, 240);
        loadSession(table, 0, session);
        always(kind, everything(table), repair ? ['checksum'] : []).present(session, draws(kind, n));
        for (let p = 0; p < session.packets; p++) {
          const packet = sample.packets[originRow(table, session, p)]!;
          const before = [session.bytes.slice(), session.edited.slice()];
          const now: BuiltPacket = {
            ...packet,
            ...{ network: session.network[p]!, transport: session.transport[p]! },
            protocol: session.protocol === 6 ? 'tcp' : 'udp',
          };
          const truth = checksumErrors(now, wholePacket(session, packet, p));
          assert.equal(hasWrongIpChecksum(session, p), (truth.ip ?? 0) !== 0, kind);
          const captured = checksumErrors(packet).transport ?? 0;
          const hasPayload = packet.bytes.length > packet.headerLength;
          if (hasPayload && captured !== 0) continue;
          assert.equal(hasWrongTransportChecksum(session, p), (truth.transport ?? 0) !== 0, kind);
          assert.deepEqual([session.bytes, session.edited], before, 'looking changes nothing');
          if (truth.transport !== 0) wrong++;
        }
      }),
      { numRuns: 600, seed: 5 },
    );
    assert.ok(wrong > 100, `${wrong} wrong ones`);
  });
});
