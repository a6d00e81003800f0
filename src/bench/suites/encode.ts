/** Encoding: header bytes of sessions to tokens of a batch. */
import { createSessionBytes, loadSession, longestHeader, type SessionBytes } from '../../anomaly/index.ts';
import { createBatch, createEncoder } from '../../token/index.ts';
import { type Benchmark, type Suite, type Task, timed } from '../benchmark.ts';
import { checksumOf } from '../checksum.ts';
import { type FixtureSessions, sessionOptions } from '../fixture.ts';
import { officeSessions, type SuiteContext } from './context.ts';

const SESSIONS = 256;

export function encodeSuite(context: SuiteContext): Suite {
  const count = officeSessions(context);
  const benchmark = (what: string, bytes: number, hide: readonly string[]): Benchmark =>
    timed(`encode/${what}`, 'sessions', async () =>
      encodeTask(await context.fixture.assembled(count), bytes, hide),
    );
  return {
    name: 'encode',
    summary: 'header bytes to tokens, with and without hidden fields',
    benchmarks: () => [
      benchmark('43 bytes', 43, []),
      benchmark('87 bytes', 87, []),
      benchmark('43 bytes, checksums hidden', 43, ['checksum']),
      benchmark('43 bytes, link layer hidden', 43, ['link']),
    ],
  };
}

function encodeTask({ sessions, train }: FixtureSessions, bytes: number, hide: readonly string[]): Task {
  const encoder = createEncoder({ bytes, hide });
  const amount = Math.min(SESSIONS, train.length);
  const stride = longestHeader(sessions);
  const loaded: readonly SessionBytes[] = Array.from(train.subarray(0, amount), (session) => {
    const into = createSessionBytes(sessionOptions.maxPackets, stride);
    loadSession(sessions, session, into);
    return into;
  });
  const batch = createBatch(amount, sessionOptions.maxPackets, encoder.maxTokens);
  return {
    amount,
    run() {
      for (let row = 0; row < amount; row++) encoder.encode(loaded[row]!, batch, row);
    },
    spoil(value) {
      batch.tokens.fill(value);
      batch.lengths.fill(value);
      batch.packets.fill(value);
    },
    checksum: () => checksumOf([batch.tokens, batch.lengths, batch.packets]),
  };
}
