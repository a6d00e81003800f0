import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { editedShare } from '../../src/evaluation/index.ts';
import { parseRecord } from '../../src/results/index.ts';
import { samplePacket, sampleRecord } from '../evaluation/sample.ts';

/** The record with one value replaced, by a path such as `packets/0/weight`. */
function broken(path: string, value: unknown): string {
  const record: unknown = JSON.parse(JSON.stringify(sampleRecord()));
  const keys = path.split('/');
  const last = keys.pop()!;
  let at = record as Record<string, unknown>;
  for (const key of keys) at = at[key] as Record<string, unknown>;
  if (value === undefined) delete at[last];
  else at[last] = value;
  return JSON.stringify(record);
}

describe('an attention record', () => {
  it('survives its line of JSON unchanged', () => {
    const line = JSON.stringify(sampleRecord());
    assert.ok(!line.includes('\n'));
    assert.deepEqual(parseRecord(line), sampleRecord());
    assert.equal(JSON.stringify(parseRecord(line)), line);
  });

  it('may name the byte that surprised, in one of its packets', () => {
    const surprise = {
      ...{ packet: 1, offset: 5, field: 'tcp.flags', value: 0x10 },
      ...{ bits: 12.34, usualBits: 0.12, score: 31.7, expected: 0x18, probability: 0.9876 },
    };
    const record = sampleRecord({ surprise });
    assert.deepEqual(parseRecord(JSON.stringify(record)), record);
    assert.throws(
      () => parseRecord(JSON.stringify({ ...record, surprise: { ...surprise, packet: 2 } }), 'x'),
      /^FaultError: x: \/surprise\/packet: got 2, expected below 2, the packets/,
    );
  });

  it('that is damaged is refused with the place, the value and what was expected', () => {
    const cases: readonly (readonly [path: string, value: unknown, message: string])[] = [
      ['session', -1, '/session: got -1, expected a whole number ≥ 0'],
      ['start', '2013-02-26', '/start: got "2013-02-26", expected a time such as'],
      ['captured', undefined, '/captured: missing'],
      ['extra', 1, '/extra: no such field'],
      ['toString', 1, '/toString: no such field'],
      ['probabilities/1', 1.5, '/probabilities/1: got 1.5, expected a number from 0 to 1'],
      ['probabilities', [1], '/probabilities: got 1, expected 3, one a class'],
      ['predicted', 'swop', '/predicted: got "swop", expected one of the classes'],
      ['packets', [], '/packets: got 0 packets, expected at least 1'],
      ['lengths', [7, 0, 0], '/packets: got 2, expected 1, as many as lengths are above 0'],
      ['packets/1/weight', null, '/packets/1/weight: got null, expected a number from 0 to 1'],
      [
        'packets/0/tokens/value/2',
        256,
        '/packets/0/tokens/value/2: got 256, expected a byte, "END" or "HIDDEN"',
      ],
      ['packets/0/tokens/score', [0], '/packets/0/tokens/score: got 1 values, expected 7'],
      [
        'packets/0/tokens/offset/6',
        5,
        '/packets/0/tokens: token 6 must have an offset and a field unless it is END',
      ],
      ['packets/0/edits/captured', [1], '/packets/0/edits/captured: got 1 values, expected 2'],
      ['packets/0/edits/offset/0', 6, '/packets/0: got the offset 6, expected below the header length 6'],
    ];
    for (const [path, value, message] of cases) {
      assert.throws(
        () => parseRecord(broken(path, value), 'attention.jsonl: line 3'),
        (error: Error) => error.message.startsWith(`attention.jsonl: line 3: ${message}`),
        `${path} = ${JSON.stringify(value)}`,
      );
    }
  });

  it('that is cut off is refused', () => {
    const line = JSON.stringify(sampleRecord());
    assert.throws(() => parseRecord(line.slice(0, 100)), /expected one JSON object/);
    assert.throws(() => parseRecord(''), /expected one JSON object/);
    assert.throws(() => parseRecord('[]'), /\/: got \[\], expected an object/);
  });
});

describe('the attention on edited bytes', () => {
  it('weighs tokens by packet and session attention, and knows what uniform attention would give', () => {
    // Packet 1 (weight ¾): edited tokens 3 and 4 with ¼ + ½; packet 2 (¼): token 5 with ⅛.
    const e = editedShare(sampleRecord());
    assert.equal(e.tokens, 3);
    assert.equal(e.unseen, 0);
    assert.equal(e.share, 0.75 * 0.75 + 0.25 * 0.125);
    assert.ok(Math.abs(e.uniform - (2 / 7 + 1 / 7) / 2) < 1e-15);
  });

  it('does not count bytes that are hidden or beyond the tokens', () => {
    const hidden = sampleRecord().packets[1]!;
    const packets = [
      samplePacket({ headerLength: 9, edits: { offset: [8], captured: [1], presented: [2] } }),
      { ...hidden, edits: { offset: [1, 2], captured: [1, 2], presented: [3, 4] } },
    ];
    const e = editedShare(sampleRecord({ packets }));
    assert.deepEqual(e, { tokens: 0, unseen: 3, share: 0, uniform: 0 });
  });

  it('is null without attention', () => {
    const flat = (weights: readonly number[]) => weights.map(() => 0);
    const packets = sampleRecord().packets.map((p) => ({
      ...p,
      tokens: { ...p.tokens, weight: flat(p.tokens.weight) },
    }));
    assert.equal(editedShare(sampleRecord({ packets })).share, null);
  });
});
