/** `npm run bench:captures`: how fast captures are read here, and by what people would use otherwise, in turn. */

import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { ExitCode, FaultError, formatFault, loadManifest } from '../../spec/index.ts';
import { writeSyntheticCapture } from '../../synth/index.ts';
import { describeCode, describeMachine, projectFolder } from '../machine.ts';
import { wholeNumber } from '../options.ts';
import { type CapturesReport, formatCaptures } from './captures-report.ts';
import type { OursReport, Time } from './ours.ts';
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

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function program(): Command {
  return new Command('bench:captures')
    .description('Measures reading a capture into sessions, here and with tcpdump, tshark and dpkt.')
    .option('--rounds <n>', 'rounds in which all are timed in turn', wholeNumber, 3)
    .option('--sessions <n>', 'sessions of the capture that is made', wholeNumber)
    .option('--capture <path>', 'a pcap file to read instead')
    .option(
      '--peers <list>',
      'only these of tcpdump, tshark, dpkt',
      peerList,
      optionalTools.map(({ id }) => id),
    )
    .option('--json', 'print the results as JSON instead of a table')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', EPILOGUE)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
}

function peerList(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  const known = optionalTools.map(({ id }) => id);
  const wrong = names.find((name) => !known.includes(name));
  if (wrong !== undefined) throw new InvalidArgumentError(`"${wrong}" is none of ${known.join(', ')}`);
  return names;
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
  const results = join(projectFolder, 'results', 'bench');
  mkdirSync(join(results, 'material'), { recursive: true });
  const tools: Tool[] = [ours];
  const left: { id: string; reason: string }[] = [];
  for (const optional of optionalTools.filter(({ id }) => options.peers.includes(id))) {
    const prepared = await optional.prepare(join(results, 'captures-python-env'), say);
    if ('found' in prepared) tools.push(prepared.found);
    else left.push({ id: optional.id, reason: prepared.reason });
    if ('reason' in prepared) say(`${optional.id} is left out: ${prepared.reason}`);
  }
  const capture =
    options.capture === undefined
      ? await makeCapture(join(results, 'material'), options.sessions)
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
        left.push({ id: tool.id, reason: (error as Error).message });
        tools.splice(tools.indexOf(tool), 1);
      }
    }
    rounds.push(times);
  }
  const { packets, sessions } = reports[0]!;
  return {
    format: 'sessionlab captures 1',
    date: new Date().toISOString(),
    machine: describeMachine(process.env),
    code: describeCode(),
    capture: { bytes, packets, sessions },
    loadBefore,
    rounds,
    ours: reports,
    versions: tools.map(({ id, version }) => `${id}: ${version}`),
    left,
  };
}

/** Into the page cache, as far as it fits. */
function warm(path: string, bytes: number): void {
  if (bytes < 2 ** 31) readFileSync(path);
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = program().parse(args, { from: 'user' }).opts<Options>();
    const report = await bench(options);
    const text = formatCaptures(report);
    const name = join(
      projectFolder,
      'results',
      'bench',
      `captures-${report.date.slice(0, 19).replaceAll(':', '')}`,
    );
    writeFileSync(`${name}.json`, `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(`${name}.txt`, text);
    process.stdout.write(options.json === true ? `${JSON.stringify(report, null, 2)}\n` : text);
    say(`written: ${name}.txt and .json`);
    return ExitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return ExitCode.ok;
      const problem = error.message.replace(/^error: /, '');
      say(formatFault({ place: 'command line', problem, cure: 'see --help' }));
      return ExitCode.usage;
    }
    if (!(error instanceof FaultError)) throw error;
    for (const fault of error.faults) say(formatFault(fault));
    return error.exitCode;
  }
}

process.exitCode = await main(process.argv.slice(2));
