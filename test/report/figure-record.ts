/** An attention record of two packets, two bytes of the first edited. */
import type { AttentionRecord } from '../../src/evaluation/index.ts';

export function sampleRecord(): AttentionRecord {
  const packet = (weight: number, edits: readonly number[]) => ({
    fromInitiator: weight > 0.5,
    originalLength: 60,
    headerLength: 54,
    score: 0,
    weight,
    tokens: {
      value: [8, 0, 64, 'END' as const],
      offset: [12, 13, 22, null],
      field: ['ethernet.type', 'ethernet.type', 'ip.ttl', null],
      score: [0, 0, 0, 0],
      weight: [0.1, 0.2, 0.6, 0.1],
    },
    edits: { offset: [...edits], captured: edits.map(() => 1), presented: edits.map(() => 2) },
  });
  return {
    session: 7,
    position: 0,
    protocol: 'tcp',
    start: '2018-03-05T09:00:00.000000000Z',
    packetsSeen: 2,
    captured: { initiator: '10.0.0.1:1', responder: '10.0.0.2:2' },
    presented: { initiator: '10.0.0.1:1', responder: '10.0.0.2:2' },
    kind: 'a',
    classes: ['normal', 'a'],
    actual: 'a',
    predicted: 'a',
    probabilities: [0.1, 0.9],
    maxTokens: 4,
    lengths: [4, 4],
    packets: [packet(0.75, [13, 22]), packet(0.25, [])],
  };
}
