/** Small hand-made attention records for tests. */
import type { AttentionPacket, AttentionRecord } from '../../src/evaluation/index.ts';

/** A packet of six header bytes in three fields and END. */
export function samplePacket(changes: Partial<AttentionPacket> = {}): AttentionPacket {
  return {
    fromInitiator: true,
    originalLength: 60,
    headerLength: 6,
    score: 0.5,
    weight: 0.75,
    tokens: {
      value: [0x45, 0x0a, 0x00, 0x00, 0x05, 0x50, 'END'],
      offset: [0, 1, 2, 3, 4, 5, null],
      field: ['ip.version', 'ip.source', 'ip.source', 'ip.source', 'ip.source', 'tcp.flags', null],
      score: [0, 0.1, 0.2, 0.3, 0.9, 0, -0.1],
      weight: [0, 0.0625, 0.125, 0.25, 0.5, 0.0625, 0],
    },
    edits: { offset: [3, 4], captured: [1, 2], presented: [0, 5] },
    ...changes,
  };
}

/** A session of two packets, the source address of which was changed and recognised. */
export function sampleRecord(changes: Partial<AttentionRecord> = {}): AttentionRecord {
  return {
    session: 1234,
    position: 7,
    protocol: 'tcp',
    start: '2013-02-26T22:02:35.958312001Z',
    packetsSeen: 12,
    captured: { initiator: '10.0.1.2:50312', responder: '10.0.0.1:443' },
    presented: { initiator: '10.0.0.5:50312', responder: '10.0.0.1:443' },
    kind: 'swap',
    classes: ['normal', 'swap', 'switch'],
    actual: 'swap',
    predicted: 'swap',
    probabilities: [0.0185, 0.9814, 0.0001],
    maxTokens: 7,
    lengths: [7, 7, 0],
    packets: [
      samplePacket(),
      samplePacket({
        fromInitiator: false,
        score: -0.5,
        weight: 0.25,
        tokens: {
          value: [0x45, 'HIDDEN', 'HIDDEN', 'HIDDEN', 'HIDDEN', 0x10, 'END'],
          offset: [0, 1, 2, 3, 4, 5, null],
          field: ['ip.version', 'ip.source', 'ip.source', 'ip.source', 'ip.source', 'tcp.flags', null],
          score: [0, 0, 0, 0, 0, 0, 0],
          weight: [0.125, 0.125, 0.125, 0.125, 0.125, 0.125, 0.25],
        },
        edits: { offset: [5], captured: [0x18], presented: [0x10] },
      }),
    ],
    ...changes,
  };
}
