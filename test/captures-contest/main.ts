/** `npm run bench:captures`: how fast captures are read here, and by what people would use otherwise, in turn. */

import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { projectFolder } from '../../src/bench/machine.ts';
import { loadManifest } from '../../src/spec/index.ts';
import { writeSyntheticCapture } from '../../src/synth/index.ts';
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
import type { OursReport, Time } from './ours.ts';
import { type CapturesReport, formatCaptures } from './report.ts';
import { optionalTools, ours, type Times, type Tool } from './tools.ts';

interface Options {
  readonly rounds: number;
  readonly sessions?: number;
  readonly capture?: string;
  readonly peers: readonly string[];
  readonly json?: boolean;
}

const EPILOGUE = `
The capture is that of synthetic-bigflows, as large as bigFlows.pcap (800 thousand packets), unless one is named. The
first run makes a Python environment of its own for dpkt; whoever is missing is named with the reason. Nothing else
should run on the machine meanwhile.

Examples:
  $ npm run bench:captures
  $ npm run bench:captures -- --capture bigFlows.pcap --rounds 5
  $ npm run bench:captures -- --sessions 220000          2 GB
  $ npm run bench:captures -- --peers tcpdump

Results: results/bench/captures-DATE.txt and .json`;

function program(): Command {
  const description = 'Measures reading a capture into sessions, here and with tcpdump, tshark and dpkt.';
  const known = optionalTools.map(({ id }) => id);
  return toolCommand('bench:captures', description, 3, EPILOGUE)
    .option('--sessions <n>', 'sessions of the capture that is made', wholeNumber)
    .option('--capture <path>', 'a pcap file to read instead')
    .option('--peers <list>', `only these of ${known.join(', ')}`, namesAmong(known), known);
}

async function makeCapture(folder: string, sessions: number | undefined): Promise<string> {
  const manifest = await loadManifest('synthetic-bigflows', projectFolder);
  if (manifest.kind !== 'synthetic') throw new Error('synthetic-bigflows has no recipe');
  const recipe = { ...manifest.recipe, ...(sessions === undefined ? {} : { sessions }) };
  const path = join(folder, `captures-${recipe.sessions}.pcap`);
  say(`making ${path}`);
  await writeSyntheticCapture(recipe, path);
  return path;
}

async function bench(options: Options): Promise<CapturesReport> {
  mkdirSync(join(benchFolder, 'material'), { recursive: true });
  const chosen = optionalTools.filter(({ id }) => options.peers.includes(id));
  const python = join(benchFolder, 'captures-python-env');
  const { ready, left } = await prepareAll(chosen, (tool) => tool.prepare(python, say));
  const tools: Tool[] = [ours, ...ready.map(({ found }) => found)];
  const capture =
    options.capture === undefined
      ? await makeCapture(join(benchFolder, 'material'), options.sessions)
      : resolve(options.capture);
  const bytes = statSync(capture).size;
  const loadBefore = loadavg()[0]!;
  const rounds: Times[] = [];
  const reports: OursReport[] = [];
  for (let round = 0; round < options.rounds; round++) {
    const times: Record<string, Time> = {};
    for (const tool of [...tools]) {
      warm(capture, bytes);
      say(`round ${round + 1} of ${options.rounds}: ${tool.id}`);
      try {
        const ran = await tool.run(capture);
        Object.assign(times, ran.times);
        if (ran.ours !== undefined) reports.push(ran.ours);
      } catch (error) {
        // Whoever fails once is out: rounds must have the same tools.
        if (tool === ours || round > 0) throw error;
        left.push({ id: tool.id, title: tool.id, reason: (error as Error).message });
        tools.splice(tools.indexOf(tool), 1);
      }
    }
    rounds.push(times);
  }
  const { packets, sessions } = reports[0]!;
  return {
    ...(await reportHead('sessionlab captures 1')),
    capture: { bytes, packets, sessions },
    loadBefore,
    rounds,
    ours: reports,
    versions: tools.map(({ id, version }) => `${id}: ${version}`),
    left,
  };
}

/** Reads a file into the page cache, as far as it fits. */
function warm(path: string, bytes: number): void {
  if (bytes < 2 ** 31) readFileSync(path);
}

await runTool<Options>(program(), async (options) => {
  const report = await bench(options);
  publish(report, formatCaptures(report), { kind: 'captures', extension: 'txt', json: options.json });
});
