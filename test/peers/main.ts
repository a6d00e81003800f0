/** `npm run bench:peers`: ours and the same network in other frameworks, on the same sessions, in turn. */

import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { projectFolder } from '../../src/bench/machine.ts';
import { sendReports } from '../../src/bench/tracked.ts';
import { measurePeak, nativeVariants } from '../../src/engine/index.ts';
import { usedVariant } from '../../src/network/index.ts';
import { mlflowSettings } from '../../src/tracking/index.ts';
import {
  benchFolder,
  namesAmong,
  prepareAll,
  publish,
  reportHead,
  runTool,
  say,
  toolCommand,
  wholeNumber,
} from '../support/contest.ts';
import { comparePeers, type RunningPeer } from './comparison.ts';
import { type Expected, openSource, writeMaterial } from './material.ts';
import { startPeer } from './peer-channel.ts';
import { type Folders, ours, peers } from './peers.ts';
import { formatReport, type PeersReport } from './report.ts';

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly peers: readonly string[];
  readonly threads: number;
  readonly capture?: readonly string[];
  readonly mlflow?: boolean;
  readonly json?: boolean;
}

const EPILOGUE = `
The first run builds a Python environment and installs the peers (some minutes, several gigabytes); a peer that cannot
be installed is left out, and the table says why. Nothing else should run on the machine meanwhile.

Examples:
  $ npm run bench:peers
  $ npm run bench:peers -- --peers pytorch,jax --rounds 3
  $ npm run bench:peers -- --capture bigFlows.pcap --seconds 10

Results: results/bench/peers-DATE.md and .json`;

function program(): Command {
  const description =
    'Measures training and inference of the article-sized network here and in other frameworks.';
  const known = peers.map(({ id }) => id);
  return toolCommand('bench:peers', description, 5, EPILOGUE)
    .option('--seconds <s>', 'length of each measurement', positive, 4)
    .option('--peers <list>', `only these of ${known.join(', ')}`, namesAmong(known), known)
    .option('--threads <n>', 'threads for everybody', wholeNumber, availableParallelism())
    .option('--capture <path...>', 'captures to take the sessions from; without, a synthetic office')
    .option('--mlflow', 'log them to the MLflow server of MLFLOW_TRACKING_URI');
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600)) throw new InvalidArgumentError('must be more than 0 and at most 3600');
  return value;
}

async function bench(options: Options): Promise<PeersReport> {
  const folders: Folders = {
    python: join(benchFolder, 'python-env'),
    tfjsNode: join(benchFolder, 'tfjs-node'),
    material: join(benchFolder, 'material'),
  };
  const captures = options.capture ?? [];
  const chosen = peers.filter(({ id }) => options.peers.includes(id));
  const { ready, left } = await prepareAll(chosen, (peer) => peer.prepare(folders, say));
  say('sessions: assembling, morphing, encoding');
  const source = await openSource(folders.material, captures);
  const material = await writeMaterial(folders.material, source, options.threads);
  const expected = JSON.parse(readFileSync(join(folders.material, 'expected.json'), 'utf8')) as Expected;
  const variant = nativeVariants().length > 0 ? usedVariant(process.env) : null;
  const peak = variant === null ? null : { variant, gflops: measurePeak(variant) };
  const loadBefore = process.platform === 'win32' ? null : loadavg()[0]!;

  const running: RunningPeer[] = [];
  try {
    const own = { one: { id: 'sessionlab', title: 'sessionlab' }, found: ours(folders, captures) };
    for (const { one: peer, found: command } of [own, ...ready]) {
      try {
        running.push({ ...peer, channel: await startPeer(command, options.threads, projectFolder) });
      } catch (error) {
        if (peer.id === 'sessionlab') throw error;
        const { id, title } = peer;
        left.push({ id, title, reason: (error as Error).message });
        say(`${peer.title}: left out: ${(error as Error).message}`);
      }
    }
    const comparison = await comparePeers(running, { ...options, expected, say });
    return {
      ...(await reportHead('sessionlab peers 1')),
      threads: options.threads,
      rounds: options.rounds,
      seconds: options.seconds,
      material,
      peak,
      loadBefore,
      outcomes: comparison.outcomes,
      left: [...left, ...comparison.left],
    };
  } finally {
    await Promise.all(running.map(({ channel }) => channel.end()));
  }
}

await runTool<Options>(program(), async (options) => {
  // A variable that cannot be used is said before anything is measured.
  const server = options.mlflow === true ? mlflowSettings() : null;
  const report = await bench(options);
  const file = publish(report, formatReport(report), { kind: 'peers', extension: 'md', json: options.json });
  if (options.mlflow !== true) return;
  if (server === null)
    return say(`mlflow: MLFLOW_TRACKING_URI is not set; \`sessionlab mlflow bench ${file}\` sends it later`);
  await sendReports(server, [file]);
  say(`mlflow: 1 run at ${server.address}`);
});
