/** Our side of the comparison, in a process of its own: reads a capture several times and says how long each step took. */
import { createSessionBytes, loadSession, longestHeader } from '../../src/anomaly/index.ts';
import { assembleSessions, type SessionTable } from '../../src/session/index.ts';
import { createBatch, createEncoder } from '../../src/token/index.ts';

/** Milliseconds by the clock, and of processors. */
export interface Time {
  readonly wall: number;
  readonly cpu: number;
}

/** Printed as JSON. */
export interface OursReport {
  readonly packets: number;
  readonly sessions: number;
  /** The first reading of a new process, whose code is not compiled yet. */
  readonly first: Time;
  /** A later one. */
  readonly later: Time;
  /** The time to encode all sessions as tokens, 8 packets of 43 bytes. */
  readonly encoding: Time;
  /** The most memory that the process had, in bytes. */
  readonly memory: number;
}

const OPTIONS = { protocols: ['tcp', 'udp'], idleTimeout: null, minPackets: 1, maxPackets: 8 } as const;
const BATCH = 256;

async function timed<T>(work: () => T | Promise<T>): Promise<{ value: T; time: Time }> {
  const began = performance.now();
  const before = process.cpuUsage();
  const value = await work();
  const { user, system } = process.cpuUsage(before);
  return { value, time: { wall: performance.now() - began, cpu: (user + system) / 1000 } };
}

/** Encodes every session; the sum of the tokens keeps the work from being left out. */
function encodeAll(sessions: SessionTable): number {
  const encoder = createEncoder({ bytes: 43, hide: [] });
  const batch = createBatch(BATCH, OPTIONS.maxPackets, encoder.maxTokens);
  const bytes = createSessionBytes(OPTIONS.maxPackets, longestHeader(sessions));
  let sum = 0;
  for (let session = 0; session < sessions.count; session++) {
    loadSession(sessions, session, bytes);
    encoder.encode(bytes, batch, session % BATCH);
    sum += batch.tokens[(session % BATCH) * OPTIONS.maxPackets * encoder.maxTokens]!;
  }
  return sum;
}

const path = process.argv[2]!;
const first = (await timed(() => assembleSessions([path], OPTIONS))).time;
const later = await timed(() => assembleSessions([path], OPTIONS));
const { sessions, account } = later.value;
encodeAll(sessions);
const encoding = await timed(() => encodeAll(sessions));
const report: OursReport = {
  packets: account.packets,
  sessions: sessions.count,
  first,
  later: later.time,
  encoding: encoding.time,
  memory: process.resourceUsage().maxRSS * 1024,
};
process.stdout.write(JSON.stringify(report));
