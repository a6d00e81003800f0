import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSessionBytes, loadSession, type SessionBytes } from '../../src/anomaly/index.ts';
import { dumpRecord } from '../../src/evaluation/index.ts';
import type { Attention } from '../../src/network/index.ts';
import { parseRecord } from '../../src/results/index.ts';
import { Link, Protocol, type SessionTable } from '../../src/session/index.ts';
import { createBatch, createEncoder } from '../../src/token/index.ts';

const hex = (text: string) => Uint8Array.from(text.trim().split(/\s+/), (h) => Number.parseInt(h, 16));

/** Ethernet II, IPv4 10.0.0.5 → 10.0.0.1, UDP 50312 → 53. */
const REQUEST = hex(`
  02 00 00 00 00 01 02 00 00 00 00 05 08 00
  45 00 00 3c 1c 46 40 00 40 11 00 00 0a 00 00 05 0a 00 00 01
  c4 88 00 35 00 28 00 00`);
/** The answer. */
const RESPONSE = hex(`
  02 00 00 00 00 05 02 00 00 00 00 01 08 00
  45 00 00 5c 00 00 40 00 40 11 00 00 0a 00 00 01 0a 00 00 05
  00 35 c4 88 00 48 00 00`);

/** Two sessions; the second is the request and its answer, and a third packet that is not kept. */
const table: SessionTable = {
  count: 2,
  firstRow: Uint32Array.of(0, 1, 3),
  packetsSeen: Uint32Array.of(1, 3),
  protocol: Uint8Array.of(Protocol.udp, Protocol.udp),
  headerStart: Uint32Array.of(0, 42, 84, 126),
  header: Uint8Array.of(...REQUEST, ...REQUEST, ...RESPONSE),
  link: new Uint8Array(3).fill(Link.ethernet),
  network: new Uint16Array(3).fill(14),
  transport: new Uint16Array(3).fill(34),
  fromInitiator: Uint8Array.of(1, 1, 0),
  seconds: Float64Array.of(1361916155, 1361916155, 1361916156),
  nanoseconds: Uint32Array.of(0, 958312001, 7),
  originalLength: Uint32Array.of(74, 74, 106),
};

/** Session 1 with the responder moved to 10.0.0.77 in both packets. */
function morphed(): SessionBytes {
  const bytes = createSessionBytes(4, 64);
  loadSession(table, 1, bytes);
  for (const at of [33, bytes.stride + 29]) {
    bytes.bytes[at] = 77;
    bytes.edited[at] = 1;
  }
  return bytes;
}

/** Row 1 of a batch with 4 packets of 8 + 1 … 40 + 1 tokens. */
function presented(
  bytes: SessionBytes,
  tokens: number,
  hide: readonly string[] = [],
  from: 'link' | 'ip' = 'link',
) {
  const batch = createBatch(2, 4, tokens + 1);
  batch.size = 2;
  createEncoder({ bytes: tokens, hide, from }).encode(bytes, batch, 1);
  batch.labels[1] = 1;
  const places = 2 * 4;
  const attention: Attention = {
    probabilities: Float32Array.of(1, 0, 0.1, 0.9),
    tokenScores: new Float32Array(places * batch.maxTokens).fill(Number.NaN),
    tokenWeights: new Float32Array(places * batch.maxTokens),
    packetScores: new Float32Array(places).fill(Number.NaN),
    packetWeights: new Float32Array(places),
  };
  for (let p = 4; p < 6; p++) {
    attention.packetScores[p] = 0.1 * p;
    attention.packetWeights[p] = 0.5;
    for (let t = 0; t < batch.lengths[p]!; t++) {
      attention.tokenScores[p * batch.maxTokens + t] = t / 3;
      attention.tokenWeights[p * batch.maxTokens + t] = 1 / batch.lengths[p]!;
    }
  }
  return {
    sessions: table,
    bytes,
    position: 6,
    classes: ['normal', 'swap'],
    batch,
    row: 1,
    attention,
    tokens: { from },
  };
}

describe('the record of a session', () => {
  const record = dumpRecord(presented(morphed(), 43));

  it('says which session it is, before and after the morph', () => {
    const { packets: _, probabilities: __, lengths: ___, ...identity } = record;
    assert.deepEqual(identity, {
      session: 1,
      position: 6,
      protocol: 'udp',
      start: '2013-02-26T22:02:35.958312001Z',
      packetsSeen: 3,
      captured: { initiator: '10.0.0.5:50312', responder: '10.0.0.1:53' },
      presented: { initiator: '10.0.0.5:50312', responder: '10.0.0.77:53' },
      kind: 'swap',
      classes: ['normal', 'swap'],
      actual: 'swap',
      predicted: 'swap',
      maxTokens: 44,
    });
    assert.deepEqual(record.probabilities, [0.1, 0.9]);
  });

  it('has every token with its value, place and field, and END', () => {
    const { tokens } = record.packets[1]!;
    assert.deepEqual(tokens.value, [...RESPONSE.slice(0, 29), 77, ...RESPONSE.slice(30), 'END']);
    assert.deepEqual(tokens.offset, [...RESPONSE.keys(), null]);
    assert.equal(tokens.field.length, 43);
    assert.match(tokens.field[29]!, /^ip.*\.source$/);
    assert.match(tokens.field[33]!, /^ip.*\.destination$/);
    assert.equal(tokens.field[42], null);
  });

  it('has their places in the packet where reading begins with the IP header', () => {
    const { tokens } = dumpRecord(presented(morphed(), 20, [], 'ip')).packets[1]!;
    assert.deepEqual(tokens.value, [...RESPONSE.slice(14, 29), 77, ...RESPONSE.slice(30, 34), 'END']);
    assert.deepEqual(tokens.offset, [...Array.from({ length: 20 }, (_, i) => 14 + i), null]);
    assert.deepEqual([tokens.field[0], tokens.field[15]], ['ip.version', 'ip.source']);
  });

  it('has the numbers of its row, short and exact, and none of the padding', () => {
    const [first, second] = record.packets;
    assert.deepEqual([first!.score, second!.score], [0.4, 0.5]);
    assert.deepEqual(record.lengths, [43, 43, 0, 0]);
    assert.equal(record.packets.length, 2);
    assert.equal(first!.tokens.score[1], 0.33333334);
    assert.equal(Math.fround(first!.tokens.weight[5]!), Math.fround(1 / 43));
  });

  it('has what the morph edited, with the bytes before and after', () => {
    assert.deepEqual(record.packets[0]!.edits, { offset: [33], captured: [1], presented: [77] });
    assert.deepEqual(record.packets[1]!.edits, { offset: [29], captured: [1], presented: [77] });
    assert.deepEqual(
      record.packets.map((p) => p.fromInitiator),
      [true, false],
    );
  });

  it('compares packets that the morph has moved with what they were', () => {
    const bytes = morphed();
    // The answer comes first: what a kind that reverses packets does.
    const swap = (array: Uint8Array | Uint16Array | Uint32Array, size: number) => {
      const first = array.slice(0, size);
      array.copyWithin(0, size, 2 * size);
      array.set(first, size);
    };
    for (const array of [bytes.bytes, bytes.edited]) swap(array, bytes.stride);
    for (const array of [bytes.fromInitiator, bytes.origin, bytes.originalLength]) swap(array, 1);
    const reversed = dumpRecord(presented(bytes, 43));
    assert.deepEqual(reversed.captured, { initiator: '10.0.0.5:50312', responder: '10.0.0.1:53' });
    assert.deepEqual(reversed.presented, { initiator: '10.0.0.77:53', responder: '10.0.0.5:50312' });
    assert.deepEqual(
      reversed.packets.map((p) => [p.fromInitiator, p.originalLength]),
      [
        [true, 106],
        [false, 74],
      ],
    );
    assert.deepEqual(reversed.packets[0]!.edits, { offset: [29], captured: [1], presented: [77] });
    assert.deepEqual(reversed.packets[1]!.edits, { offset: [33], captured: [1], presented: [77] });
  });

  it('says nothing of what was there before where a morph made up bytes, and can be read again', () => {
    const bytes = morphed();
    // The transport header is another one: from there on nothing is comparable.
    bytes.comparable[0] = 34;
    bytes.edited.fill(1, 34, 42);
    const made = dumpRecord(presented(bytes, 43));
    assert.deepEqual(made.packets[0]!.edits.offset, [33, 34, 35, 36, 37, 38, 39, 40, 41]);
    assert.deepEqual(made.packets[0]!.edits.captured, [1, ...new Array(8).fill(null)]);
    assert.deepEqual(parseRecord(JSON.stringify(made), 'x'), made);
  });

  it('has edits that the network does not see too', () => {
    const short = dumpRecord(presented(morphed(), 20));
    assert.deepEqual(short.packets[0]!.edits.offset, [33]);
    assert.equal(short.packets[0]!.headerLength, 42);
    assert.deepEqual(short.lengths, [21, 21, 0, 0]);
  });

  it('says HIDDEN for what the spec hides', () => {
    const hidden = dumpRecord(presented(morphed(), 43, ['ip.ttl']));
    assert.equal(hidden.packets[0]!.tokens.value[22], 'HIDDEN');
    assert.equal(hidden.packets[0]!.tokens.offset[22], 22);
  });

  it('has null for scores of a network that has no attention', () => {
    const input = presented(morphed(), 43);
    input.attention.tokenScores.fill(Number.NaN);
    input.attention.packetScores.fill(Number.NaN);
    const plain = dumpRecord(input);
    assert.equal(plain.packets[0]!.score, null);
    assert.ok(plain.packets[0]!.tokens.score.every((s) => s === null));
  });

  it('can have an anomaly kind that is not a class', () => {
    assert.equal(
      dumpRecord({ ...presented(morphed(), 43), kind: 'destination-ip-swap' }).kind,
      'destination-ip-swap',
    );
  });

  it('survives its line of JSON unchanged', () => {
    assert.deepEqual(parseRecord(JSON.stringify(record)), record);
  });
});
