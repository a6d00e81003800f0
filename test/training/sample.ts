/** Sessions that tell themselves apart, and a model that learns a linear rule and remembers what it was shown. */
import { collectContacts } from '../../src/anomaly/index.ts';
import type { Model } from '../../src/network/index.ts';
import type { SessionTable } from '../../src/session/index.ts';
import type { Batch } from '../../src/token/index.ts';
import { createPresenter, type PresentOptions } from '../../src/training/index.ts';
import { buildPacket, sessionTable } from '../support/packets.ts';

/** Where the TCP sequence number of an IPv4 packet over Ethernet is; no anomaly kind edits it. */
const SEQUENCE = 38;

/** `count` TCP sessions from clients 10.0.0.x to servers 192.168.0.y; session s has the sequence number s. */
export function tcpSessions(count: number): SessionTable {
  return sessionTable(
    Array.from({ length: count }, (_, s) => {
      const client = [10, 0, 0, 1 + (s % 7)];
      const server = [192, 168, 0, 1 + (s % 5)];
      const ends = { source: client, destination: server, sourcePort: 40_000 + s, destinationPort: 443 };
      const back = { source: server, destination: client, sourcePort: 443, destinationPort: 40_000 + s };
      const packet = { protocol: 'tcp', sequence: s } as const;
      return {
        protocol: 'tcp',
        packets: [buildPacket({ ...packet, ...ends }), buildPacket({ ...packet, ...back })].slice(
          0,
          1 + (s % 2),
        ),
      } as const;
    }),
  );
}

export function presentOptions(
  sessions: SessionTable,
  changes: Partial<PresentOptions> = {},
): PresentOptions {
  return {
    sessions,
    contacts: collectContacts(sessions, indices(0, sessions.count)),
    anomalies: {
      normal: 0.5,
      kinds: { 'destination-ip-swap': 1, 'ip-direction-switch': 1, 'port-direction-switch': 1 },
      repair: ['checksum', 'mac'],
    },
    tokens: { bytes: 54, hide: [] },
    maxPackets: 2,
    task: 'kind',
    ...changes,
  };
}

export const presenterOf = (sessions: SessionTable, changes: Partial<PresentOptions> = {}) =>
  createPresenter(presentOptions(sessions, changes));

/** from … to − 1. */
export const indices = (from: number, to: number): Uint32Array =>
  Uint32Array.from({ length: to - from }, (_, i) => from + i);

/** The session in a row of a batch of tcpSessions. */
export function sessionOf(batch: Batch, row: number): number {
  const at = row * batch.maxPackets * batch.maxTokens + SEQUENCE;
  return batch.tokens.subarray(at, at + 4).reduce((n, token) => 256 * n + token, 0);
}

/** A row of a batch as text: all that a network could read, and its label. */
export function rowOf(batch: Batch, row: number): string {
  const { maxPackets: P, maxTokens: T } = batch;
  const lengths = batch.lengths.subarray(row * P, (row + 1) * P);
  const tokens = batch.tokens.subarray(row * P * T, (row + 1) * P * T);
  return `${batch.labels[row]} | ${batch.packets[row]} | ${lengths.join(' ')} | ${tokens.join(' ')}`;
}

/** One training batch: its sessions, and each of its rows as text. */
export interface Shown {
  readonly sessions: readonly number[];
  readonly rows: readonly string[];
}

export interface FakeModel extends Model {
  /** Training batches, in order. */
  readonly shown: Shown[];
  /** Sizes of the batches that were predicted. */
  readonly asked: number[];
}

/**
 * Logistic regression of "label > 0" on the bytes of the first packet, by gradient descent.
 *
 * @param loss stands in for the loss of a step, counted from 1
 */
export function fakeModel(capacity: number, loss?: (step: number) => number): FakeModel {
  const T = 55;
  const weights = new Float32Array(T + 1);
  const shown: Shown[] = [];
  const asked: number[] = [];
  const feature = (batch: Batch, row: number, t: number): number => {
    const token = batch.tokens[row * batch.maxPackets * batch.maxTokens + t]!;
    return token > 255 ? 0 : token / 128 - 1;
  };
  const probability = (batch: Batch, row: number): number => {
    let sum = weights[T]!;
    for (let t = 0; t < T; t++) sum += weights[t]! * feature(batch, row, t);
    return 1 / (1 + Math.exp(-sum));
  };
  return {
    parameters: [{ name: 'weights', shape: [T + 1], data: weights }],
    capacity,
    shown,
    asked,
    trainStep(batch, learningRate, meanwhile) {
      // Every second step: a model may leave it to the caller.
      if (shown.length % 2 === 0) meanwhile?.();
      const rows = Array.from({ length: batch.size }, (_, row) => row);
      shown.push({
        sessions: rows.map((row) => sessionOf(batch, row)),
        rows: rows.map((row) => rowOf(batch, row)),
      });
      const errors = rows.map((row) => probability(batch, row) - (batch.labels[row]! > 0 ? 1 : 0));
      for (const [row, error] of errors.entries()) {
        const rate = (learningRate * error) / batch.size;
        for (let t = 0; t < T; t++) weights[t] = weights[t]! - rate * feature(batch, row, t);
        weights[T] = weights[T]! - rate;
      }
      const mean = errors.reduce((sum, e) => sum - Math.log(1 - Math.abs(e)), 0) / batch.size;
      return {
        loss: loss === undefined ? mean : loss(shown.length),
        gradientNorm: 1,
        correct: errors.filter((e) => Math.abs(e) < 0.5).length,
      };
    },
    predict(batch, out) {
      asked.push(batch.size);
      const classes = out.length / batch.size;
      for (let row = 0; row < batch.size; row++) {
        const p = probability(batch, row);
        out.fill(p / (classes - 1), row * classes, (row + 1) * classes);
        out[row * classes] = 1 - p;
      }
    },
    attend: () => assertNever(),
    parametersChanged() {},
    moments: [],
    continueAfter() {},
    dispose() {},
  };
}

function assertNever(): never {
  throw new Error('neither training nor predicting asks for attention');
}
