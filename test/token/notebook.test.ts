import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  asInNotebook,
  bytePlace,
  createBatch,
  createEncoder,
  Token,
  type TokenOptions,
} from '../../src/token/index.ts';
import { anySample, load, tableOf } from '../anomaly/samples.ts';
import fc from '../support/fast-check.ts';
import { buildPacket, sessionTable } from '../support/packets.ts';

/** Two packets of a session between a private and a public address, without link header. */
const table = sessionTable([
  {
    protocol: 'udp',
    packets: [
      buildPacket({
        protocol: 'udp',
        source: [192, 168, 0, 1],
        destination: [8, 9, 10, 11],
        sourcePort: 50_000,
        destinationPort: 53,
      }),
    ],
  },
]);

function encoded(options: TokenOptions, session = load(table, 0)): readonly number[][] {
  const encoder = asInNotebook(createEncoder(options), options);
  const batch = createBatch(2, 8, encoder.maxTokens);
  batch.tokens.fill(99);
  encoder.encode(session, batch, 1);
  return Array.from({ length: batch.packets[1]! }, (_, p) => {
    const start = (8 + p) * encoder.maxTokens;
    const length = batch.lengths[8 + p]!;
    const rest = batch.tokens.subarray(start + length, start + encoder.maxTokens);
    assert.ok(rest.every((token) => token === Token.pad));
    assert.equal(batch.tokens[start + length - 1], Token.end);
    return [...batch.tokens.subarray(start, start + length - 1)];
  });
}

const plain = { bytes: 43, hide: [] };

describe('tokens as in the notebooks', () => {
  it('are those of the encoder where nothing is said', () => {
    const encoder = createEncoder(plain);
    assert.equal(asInNotebook(encoder, plain), encoder);
    assert.equal(
      asInNotebook(encoder, { ...plain, unit: 'byte', order: 'forward', publicAddresses: 'shown' }),
      encoder,
    );
  });

  it('are two hexadecimal digits a byte, of 16, or the bytes from last to first, and both', () => {
    fc.assert(
      fc.property(anySample, fc.integer({ min: 1, max: 60 }), (sample, bytes) => {
        const session = () => load(tableOf(sample), 0);
        const base = encoded({ bytes, hide: [] }, session());
        const digits = base.map((packet) => packet.flatMap((byte) => [byte >> 4, byte & 15]));
        assert.deepEqual(encoded({ bytes, hide: [], unit: 'character' }, session()), digits);
        const back = base.map((packet) => packet.toReversed());
        assert.deepEqual(encoded({ bytes, hide: [], order: 'reversed' }, session()), back);
        const both = encoded({ bytes, hide: [], unit: 'character', order: 'reversed' }, session());
        assert.deepEqual(
          both,
          back.map((packet) => packet.flatMap((byte) => [byte >> 4, byte & 15])),
        );
        for (const [p, packet] of both.entries())
          packet.forEach((digit, t) => {
            const byte = base[p]![bytePlace({ unit: 'character', order: 'reversed' }, t, packet.length)]!;
            assert.ok(digit === byte >> 4 || digit === (byte & 15));
          });
      }),
      { numRuns: 50 },
    );
  });

  it('are one and the same for all bytes of public addresses; hidden ones stay hidden as digits', () => {
    const [packet] = encoded({ ...plain, publicAddresses: 'one-token' });
    const [base] = encoded(plain);
    const at = base!.findIndex((_, i) => String(base!.slice(i, i + 4)) === '8,9,10,11');
    assert.ok(at > 0);
    assert.deepEqual(
      packet,
      base!.map((byte, i) => (i >= at && i < at + 4 ? Token.hidden : byte)),
    );
    assert.deepEqual(packet!.slice(at - 4, at), [192, 168, 0, 1]);
    const [digits] = encoded({ ...plain, publicAddresses: 'one-token', unit: 'character' });
    assert.deepEqual(digits!.slice(2 * at, 2 * at + 8), Array(8).fill(Token.hidden));
  });

  it('are shorter than an address where so few are read', () => {
    const [packet] = encoded({ bytes: 32, hide: [], publicAddresses: 'one-token' });
    assert.equal(packet!.length, 32);
    assert.deepEqual(packet!.slice(30), [Token.hidden, Token.hidden]);
  });
});
