/** A trained network as a service: a capture in, its most anomalous sessions out. */
import { timingSafeEqual } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hono } from 'hono';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { sha256, writeWhole } from '../disk/index.ts';
import { FaultError, formatFault } from '../fault/index.ts';
import { leastP, type Scorer, scoreSessions, scoresJson } from '../score/index.ts';
import { assembleSessions } from '../session/index.ts';
import { formatBytes } from '../text/index.ts';

export interface ServeOptions {
  /** Bytes of a capture at most. */
  readonly mostBytes: number;
  /** Milliseconds until an upload or an answer is given up. */
  readonly timeout: number;
  /** Captures that wait for their turn at most. */
  readonly mostWaiting: number;
  /** Whoever asks must know it; null: nobody has to. */
  readonly token: string | null;
}

/** What a request can be refused for. */
class Refusal extends Error {
  readonly status: 400 | 413 | 503 | 408;
  constructor(status: Refusal['status'], message: string) {
    super(message);
    this.status = status;
  }
}

/** The most sessions that one answer lists. */
const MOST_TOP = 10_000;

/**
 * The service. Captures are scored one after the other, since one takes all threads; what arrives meanwhile waits on the disk.
 *
 * GET /health, GET /metrics (Prometheus), POST /score?top=20&false-alarms=0.01 with a capture as the body.
 */
export function createService(scorer: Scorer, options: ServeOptions): Hono {
  const { mostBytes, timeout, mostWaiting, token } = options;
  const metrics = createMetrics();
  let waiting = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const app = new Hono();

  app.get('/health', (c) => c.json({ ok: true, run: scorer.folder, resultHash: scorer.resultHash }));
  app.use('*', async (c, next) => {
    if (token === null || isToken(c.req.header('authorization'), token)) return next();
    return c.json({ error: 'the header "Authorization: Bearer …" has not the token of this service' }, 401);
  });
  app.get('/metrics', async (c) => {
    metrics.waiting.set(waiting);
    return c.text(await metrics.registry.metrics(), 200, { 'content-type': metrics.registry.contentType });
  });
  app.post('/score', async (c) => {
    const folder = await mkdtemp(join(tmpdir(), 'sessionlab-serve-'));
    const began = performance.now();
    waiting++;
    try {
      const { top, rate } = queryOf(c.req.query(), scorer);
      if (waiting > mostWaiting)
        throw new Refusal(503, `${mostWaiting} captures wait already: try again later`);
      const signal = AbortSignal.timeout(timeout);
      const capture = path(folder);
      await writeWhole(capture, limited(c.req.raw.body, mostBytes, signal));
      const answer = await inTurn(async () => {
        signal.throwIfAborted();
        const { sessions, account } = await assembleSessions([capture], scorer.spec.sessions, () =>
          signal.throwIfAborted(),
        );
        const scores = await scoreSessions(scorer, sessions, rate, () => signal.throwIfAborted());
        metrics.sessions.inc(scores.sessions);
        metrics.alarms.inc(scores.alarms);
        const { packets, keptPackets, leftOut } = account;
        const own = leftOut.map((reason) => ({
          ...reason,
          first: reason.first.replaceAll(path(folder), 'capture'),
        }));
        return {
          capture: { packets, keptPackets, leftOut: own },
          ...scoresJson(scorer, sessions, scores, top),
        };
      });
      metrics.requests.inc({ status: '200' });
      return c.json(answer);
    } catch (error) {
      const { status, message } = refusalOf(error, path(folder));
      metrics.requests.inc({ status: String(status) });
      return c.json({ error: message }, status);
    } finally {
      waiting--;
      metrics.seconds.observe((performance.now() - began) / 1000);
      await rm(folder, { recursive: true, force: true });
    }
  });
  app.notFound((c) => c.json({ error: 'there is GET /health, GET /metrics and POST /score' }, 404));
  return app;

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  }
}

const path = (folder: string): string => join(folder, 'capture');

function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    requests: new Counter({
      name: 'sessionlab_requests_total',
      help: 'Captures that were sent, by status',
      labelNames: ['status'],
      registers,
    }),
    sessions: new Counter({
      name: 'sessionlab_sessions_total',
      help: 'Sessions that were scored',
      registers,
    }),
    alarms: new Counter({
      name: 'sessionlab_alarms_total',
      help: 'Sessions that raised an alarm',
      registers,
    }),
    waiting: new Gauge({
      name: 'sessionlab_waiting',
      help: 'Captures that are being sent, wait or are scored',
      registers,
    }),
    seconds: new Histogram({ name: 'sessionlab_seconds', help: 'Seconds from request to answer', registers }),
  };
}

/** Compares without telling by its time how much of it is right. */
const isToken = (header: string | undefined, token: string): boolean =>
  timingSafeEqual(Buffer.from(sha256(header ?? '')), Buffer.from(sha256(`Bearer ${token}`)));

function queryOf(query: Readonly<Record<string, string>>, { calibration }: Scorer) {
  for (const name of Object.keys(query))
    if (name !== 'top' && name !== 'false-alarms')
      throw new Refusal(400, `?${name}: unknown, must be top or false-alarms`);
  const top = Number(query.top ?? 20);
  if (!Number.isInteger(top) || top < 0 || top > MOST_TOP)
    throw new Refusal(400, `?top: got ${query.top}, must be a whole number from 0 to ${MOST_TOP}`);
  const rate = Number(query['false-alarms'] ?? 0.01);
  const least = leastP(calibration);
  if (!(rate >= least && rate < 1))
    throw new Refusal(
      400,
      `?false-alarms: got ${query['false-alarms'] ?? rate}, must be from ${least.toPrecision(2)} (1 of the normal sessions that the run held back) to below 1`,
    );
  return { top, rate };
}

/** The pieces of a body, as long as they are not too many and come in time. */
async function* limited(
  body: ReadableStream<Uint8Array> | null,
  most: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, void> {
  if (body === null) throw new Refusal(400, 'the body is empty: send a capture');
  let bytes = 0;
  const reader = body.getReader();
  const given = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  );
  given.catch(() => undefined);
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), given]);
      if (done) return;
      bytes += value.length;
      if (bytes > most) throw new Refusal(413, `the capture has more than ${formatBytes(most)}`);
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function refusalOf(error: unknown, file: string): { status: 400 | 408 | 413 | 503; message: string } {
  if (error instanceof Refusal) return error;
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return { status: 408, message: 'this took longer than the service allows' };
  if (error instanceof FaultError)
    return { status: 400, message: error.faults.map(formatFault).join('; ').replaceAll(file, 'capture') };
  throw error;
}
