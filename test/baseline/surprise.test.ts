import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  createSessionBytes,
  loadSession,
  longestHeader,
  type SessionBytes,
} from '../../src/anomaly/index.ts';
import { createSurprises, learnSurprise, type SurpriseModel } from '../../src/baseline/index.ts';
import type { SessionTable } from '../../src/session/index.ts';
import { fieldNames } from '../../src/token/index.ts';
import { buildPacket, type PacketRecipe, sessionTable } from '../support/packets.ts';
import { indices } from '../training/sample.ts';

type Change = (packet: number) => Partial<PacketRecipe>;

/** Clients ask servers, who answer; ports and identifications are those of session s, all else is as always. */
function dialogue(s: number, change: Change = () => ({})) {
  const client = { source: [10, 0, 0, 1 + (s % 7)], sourcePort: 40_000 + 37 * s };
  const server = { source: [192, 168, 0, 1 + (s % 3)], sourcePort: 443 };
  const to = (other: typeof client) => ({ destination: other.source, destinationPort: other.sourcePort });
  const packet = (p: number, from: typeof client, other: typeof client, ttl: number) =>
    buildPacket({
      ...{ protocol: 'tcp', id: (s * 977 + p * 131) & 0xffff, ttl },
      ...from,
      ...to(other),
      sequence: 7 * s,
      ...change(p),
    });
  const packets = [0, 1, 2, 3].map((p) =>
    p % 2 === 0 ? packet(p, client, server, 64) : packet(p, server, client, 128),
  );
  return {
    protocol: 'tcp',
    packets: packets.map((one, p) => ({ ...one, fromInitiator: p % 2 === 0 })),
  } as const;
}

const options = { tokens: { bytes: 54, hide: [] }, maxPackets: 4 };
const normals = sessionTable(Array.from({ length: 300 }, (_, s) => dialogue(s)));

const learnt = (tokens: { bytes: number; hide: readonly string[] } = options.tokens, sessions = 300) =>
  learnSurprise({ ...options, tokens, sessions: normals, train: indices(0, sessions) });

/** The only session of a table. */
function only(table: SessionTable): SessionBytes {
  const bytes = createSessionBytes(4, longestHeader(table));
  loadSession(table, 0, bytes);
  return bytes;
}

const changed = (change: Change) => only(sessionTable([dialogue(11, change)]));

function placeIn(model: SurpriseModel, session: SessionBytes): readonly [number, string] {
  const { packet, offset } = model.find(session);
  return [packet, fieldNames(session, packet)[offset]!];
}

describe('surprise', () => {
  it('calls few sessions that are as always, and names the byte of one that is not', async () => {
    const model = await learnt();
    assert.deepEqual([model.counted, model.calibrated], [240, 60]);
    const later = sessionTable(Array.from({ length: 100 }, (_, s) => dialogue(300 + s)));
    const bytes = createSessionBytes(4, longestHeader(later));
    const surprises = createSurprises(model, 100);
    for (let s = 0; s < 100; s++) {
      loadSession(later, s, bytes);
      surprises.note(bytes, s);
    }
    const called = surprises.scores.filter((score) => score > 0).length;
    assert.ok(called <= 10, `${called} of 100`);
    const ttl = changed((p) => (p === 2 ? { ttl: 59 } : {}));
    assert.deepEqual(placeIn(model, ttl), [2, 'ip.ttl']);
    const { value, expected, probability, bits, usualBits, score } = model.explain(ttl)!;
    assert.deepEqual([value, expected], [59, 64]);
    assert.ok(probability > 0.95 && bits > 10 && usualBits < 0.1 && score > model.threshold);
    const one = createSurprises(model, 1);
    one.note(ttl, 0);
    assert.deepEqual([one.scores[0]! > 0, one.bytes[0]], [true, { packet: 2, field: 'ip.ttl' }]);
  });

  it('knows that an answer comes from whom the question went to', async () => {
    const model = await learnt();
    // Server 2 is as frequent as server 3: only the question before tells who is to answer.
    const other = changed((p) => (p === 1 ? { source: [192, 168, 0, 2] } : {}));
    assert.ok(model.find(other).score > model.threshold);
    assert.deepEqual(placeIn(model, other), [1, 'ip.source']);
  });

  it('sees neither what is hidden nor what is beyond the bytes that are read', async () => {
    const strange = changed((p) => (p === 2 ? { ttl: 59 } : {}));
    const usual = changed(() => ({}));
    for (const tokens of [
      { bytes: 54, hide: ['ttl', 'checksum'] },
      { bytes: 22, hide: [] },
    ]) {
      const model = await learnt(tokens);
      assert.deepEqual(model.find(strange), model.find(usual));
    }
    const blind = await learnt({ bytes: 14, hide: ['link'] });
    assert.equal(blind.explain(usual), null);
    assert.deepEqual(blind.find(usual), { score: 0, packet: -1, offset: -1 });
  });

  it('learns from one session, and from two', async () => {
    for (const [sessions, counted, calibrated] of [
      [1, 1, 1],
      [2, 1, 1],
    ] as const) {
      const model = await learnt(options.tokens, sessions);
      assert.deepEqual([model.counted, model.calibrated], [counted, calibrated]);
      assert.ok(Number.isFinite(model.find(changed(() => ({}))).score));
    }
  });

  it('ends when it is told to', async () => {
    const check = () => {
      throw new Error('enough');
    };
    await assert.rejects(
      learnSurprise({ ...options, sessions: normals, train: indices(0, 300), check }),
      /enough/,
    );
  });

  it('gives the same bits on every machine', async () => {
    const model = await learnt();
    const bytes = createSessionBytes(4, longestHeader(normals));
    const scores = Float64Array.from({ length: 300 }, (_, s) => {
      loadSession(normals, s, bytes);
      return model.find(bytes).score;
    });
    const hash = createHash('sha256').update(new Uint8Array(scores.buffer)).digest('hex');
    // Golden: from x86-64; only + − × ÷ √ are used, which IEEE 754 defines to the last bit.
    assert.equal(hash.slice(0, 16), '06533235b1612386');
  });
});
