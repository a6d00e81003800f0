/** `sessionlab serve`: a trained network over HTTP. */
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { availableParallelism } from 'node:os';
import { serve } from '@hono/node-server';
import { codeOf } from '../disk/index.ts';
import { FaultError } from '../fault/index.ts';
import { findRun } from '../results/index.ts';
import { openScorer } from '../score/index.ts';
import { createService } from '../serve/index.ts';
import { defineCommand } from './define.ts';
import { RESULTS_OPTION } from './options.ts';
import { threadCount, wholeNumber } from './parse.ts';

interface ServeArguments {
  readonly run: string;
  readonly host: string;
  readonly port: number;
  readonly megabytes: number;
  readonly timeout: number;
  readonly waiting: number;
  readonly threads: number;
  readonly results: string;
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/;
const FEWEST = 16;

export const command = defineCommand({
  name: 'serve',
  description: 'Serve the network of a run over HTTP: a capture in, its most anomalous sessions out as JSON.',
  options: [
    ['--run <run>', 'a run, its folder, or "latest"', 'latest'],
    ['--host <address>', 'where to listen; beyond this machine a token is needed', '127.0.0.1'],
    ['--port <number>', 'port; 0 for any that is free', wholeNumber('--port', 0, 65535), 8765],
    ['--megabytes <number>', 'size of a capture at most', wholeNumber('--megabytes', 1), 1000],
    ['--timeout <seconds>', 'until an upload or an answer is given up', wholeNumber('--timeout', 1), 300],
    [
      '--waiting <number>',
      'captures at once at most; others are told to come again',
      wholeNumber('--waiting', 1),
      2000,
    ],
    [
      '--threads <number>',
      'threads that compute; no result depends on it',
      threadCount,
      availableParallelism(),
    ],
    RESULTS_OPTION,
  ],
  notes: `
POST /score   a capture as the body; ?top=20 sessions, ?false-alarms=0.01. The answer is that of "sessionlab score --json".
GET /health   whether it is there, and which run it serves
GET /metrics  requests, sessions, alarms and times for Prometheus

With SESSIONLAB_TOKEN set, all but /health needs the header "Authorization: Bearer TOKEN". Whoever listens beyond this
machine must set it. A signal ends the service after the answers that are on their way.`,
  examples: [
    'sessionlab serve --run quickstart',
    'curl --data-binary @tomorrow.pcap http://127.0.0.1:8765/score',
    'SESSIONLAB_TOKEN=$(openssl rand -hex 16) sessionlab serve --host 0.0.0.0',
  ],
  exitCodes: {
    2: 'there is no such run, or a token is missing',
    3: 'the run cannot be used',
    130: 'stopped by a signal',
  },
  run: async (_: readonly [], options: ServeArguments, { reporter, interruption }) => {
    const token = process.env.SESSIONLAB_TOKEN ?? null;
    if (!LOOPBACK.test(options.host) && (token === null || token.length < FEWEST))
      throw new FaultError({
        place: '--host',
        problem: `got ${options.host}, where others can reach it, ${token === null ? 'without a token' : `with a token of ${token.length} characters`}`,
        cure: `set SESSIONLAB_TOKEN to at least ${FEWEST} characters, or listen at 127.0.0.1`,
      });
    const scorer = await openScorer(findRun(options.run, options.results), options.threads);
    try {
      const app = createService(scorer, {
        mostBytes: options.megabytes * 1e6,
        timeout: options.timeout * 1000,
        mostWaiting: options.waiting,
        token,
      });
      const server = serve({ fetch: app.fetch, hostname: options.host, port: options.port });
      const { signal } = interruption;
      const failed = new Promise<never>((_, reject) => server.once('error', reject));
      await Promise.race([once(server, 'listening'), failed]).catch((error: unknown) => {
        throw new FaultError({
          place: `--host ${options.host} --port ${options.port}`,
          problem: `cannot be listened at (${codeOf(error) ?? String(error)})`,
          cure: 'name another port, or 0 for any that is free',
        });
      });
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : options.port;
      const host = isIPv6(options.host) ? `[${options.host}]` : options.host;
      reporter.line(`serving ${scorer.folder} at http://${host}:${port}`);
      if (!signal.aborted) await once(signal, 'abort');
      const closed = once(server, 'close');
      server.close();
      await closed;
      interruption.check();
    } finally {
      scorer.dispose();
    }
  },
});
