/** TCP options that the snap length has cut off: the fixed header stays, and nobody takes them for payload. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { anomalyKindNames } from '../../src/anomaly/index.ts';
import { payloadLength } from '../../src/anomaly/segment.ts';
import type { SessionTable } from '../../src/session/index.ts';
import { createBatch, createEncoder, fieldNames } from '../../src/token/index.ts';
import { buildPacket, checksumErrors, sessionTable } from '../support/packets.ts';
import { always, contact, draws, everything, headerOf, load } from './samples.ts';

const TIMESTAMPS = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];
const ends = { protocol: 'tcp', source: [10, 0, 0, 1], destination: [10, 0, 0, 2] } as const;
const there = { ...ends, sourcePort: 40000, destinationPort: 80, tcpOptions: TIMESTAMPS };
const back = {
  ...{ ...ends, source: ends.destination, destination: ends.source },
  ...{ sourcePort: 80, destinationPort: 40000, tcpOptions: TIMESTAMPS },
};
const recipes = [
  { ...there, tcpFlags: 0x02 },
  { ...back, tcpFlags: 0x12 },
  { ...there, tcpFlags: 0x10 },
  { ...there, tcpFlags: 0x18, payload: [1, 2, 3, 4, 5] },
  { ...back, tcpFlags: 0x18, payload: [6, 7, 8] },
];

/** The session with so many bytes of its options in each packet, among others. */
function cutTo(options: number): SessionTable {
  const packets = recipes.map((recipe) => {
    const built = buildPacket(recipe);
    return { ...built, headerLength: built.transport + 20 + options };
  });
  const others = [1, 2, 3].map((i) => contact(i, i + 1, { protocol: 'tcp', port: 80 + i }));
  return sessionTable([{ protocol: 'tcp', packets }, ...others]);
}

describe('a packet whose TCP options are cut', () => {
  for (const options of [0, 4, 8])
    it(`has the payload that its IP length and data offset state: ${options} of 12 bytes left`, () => {
      const session = load(cutTo(options));
      assert.deepEqual(
        recipes.map((_, p) => payloadLength(session, p)),
        [0, 0, 0, 5, 3],
      );
    });

  it('is borne by every kind: lengths stay true, and headers end where they did', () => {
    const table = cutTo(4);
    const contacts = everything(table);
    const encoder = createEncoder({ bytes: 80, hide: ['tcp.options', 'ip.ttl'] });
    const batch = createBatch(1, 8, encoder.maxTokens);
    let applied = 0;
    for (const kind of anomalyKindNames)
      for (let n = 0; n < 40; n++) {
        const session = load(table);
        applied += always(kind, contacts, ['checksum', 'mac']).present(session, draws(kind, n));
        encoder.encode(session, batch, 0);
        for (let p = 0; p < session.packets; p++) {
          assert.equal(fieldNames(session, p).length, session.length[p]);
          // That kind garbles the fields that state lengths.
          if (kind !== 'noisy-packet') assert.ok(payloadLength(session, p) >= 0, `${kind}: packet ${p}`);
          assert.ok(headerOf(session, p).length >= session.transport[p]! + 8);
        }
      }
    assert.ok(applied > 500, String(applied));
  });

  it('becomes no datagram: what is not there cannot be taken out of a checksum', () => {
    for (let n = 0; n < 20; n++) {
      const session = load(cutTo(0));
      assert.equal(
        always('protocol-mismatch', everything(cutTo(0)), []).present(session, draws('cut', n)),
        0,
      );
    }
  });

  it('becomes a probe with a right checksum, which needs no options', () => {
    const table = cutTo(4);
    const session = load(table);
    assert.equal(always('fin-scan', everything(table), ['checksum']).present(session, draws('cut', 1)), 1);
    const packet = buildPacket({ ...recipes[0]!, tcpFlags: 0x01, tcpOptions: [] });
    const bytes = headerOf(session, 0);
    assert.equal(bytes.length, 54);
    assert.deepEqual(checksumErrors({ ...packet, bytes: Uint8Array.from(bytes) }), { ip: 0, transport: 0 });
  });
});
