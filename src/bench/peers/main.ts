/** `npm run bench:peers`: ours and the same network in other frameworks, on the same sessions, in turn. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { ExitCode, FaultError, formatFault, suggest } from '../../spec/index.ts';
import { mlflowSettings } from '../../tracking/index.ts';
import { describeCode, describeMachine, projectFolder } from '../machine.ts';
import { wholeNumber } from '../options.ts';
import { sendReports } from '../tracked.ts';
import { comparePeers, type OmittedPeer, type RunningPeer } from './comparison.ts';
import { type Expected, openSource, writeMaterial } from './material.ts';
import { startPeer } from './peer-channel.ts';
import { type Folders, ours, type Peer, peers } from './peers.ts';
import { formatReport, type PeersReport } from './peers-report.ts';

interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly peers?: readonly Peer[];
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

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function program(): Command {
  return new Command('bench:peers')
    .description('Measures training and inference of the article-sized network here and in other frameworks.')
    .option('--rounds <n>', 'rounds in which all are timed in turn', wholeNumber, 5)
    .option('--seconds <s>', 'length of each measurement', positive, 4)
    .option('--peers <list>', `only these of ${peers.map(({ id }) => id).join(', ')}`, peerList)
    .option('--threads <n>', 'threads for everybody', wholeNumber, availableParallelism())
    .option('--capture <path...>', 'captures to take the sessions from; without, a synthetic office')
    .option('--mlflow', 'log them to the MLflow server of MLFLOW_TRACKING_URI')
    .option('--json', 'print the results as JSON instead of a table')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', EPILOGUE)
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 3600)) throw new InvalidArgumentError('must be more than 0 and at most 3600');
  return value;
}

function peerList(text: string): readonly Peer[] {
  const known = peers.map(({ id }) => id);
  const asked = text.split(',').map((name) => name.trim());
  for (const name of asked) {
    if (known.includes(name)) continue;
    const near = suggest(name, known);
    throw new InvalidArgumentError(
      `there is no peer "${name}"${near === undefined ? '' : `; did you mean ${near}?`}`,
    );
  }
  return peers.filter(({ id }) => asked.includes(id));
}

/** Runs the benchmark; the report and the names of its files. */
async function bench(options: Options): Promise<{ report: PeersReport; files: string[] }> {
  const results = join(projectFolder, 'results', 'bench');
  const folders: Folders = {
    python: join(results, 'python-env'),
    tfjsNode: join(results, 'tfjs-node'),
    material: join(results, 'material'),
  };
  const captures = options.capture ?? [];
  const left: OmittedPeer[] = [];
  const ready: { peer: Pick<Peer, 'id' | 'title'>; command: ReturnType<typeof ours> }[] = [];
  for (const peer of options.peers ?? peers) {
    const prepared = await peer.prepare(folders, say);
    if ('found' in prepared) ready.push({ peer, command: prepared.found });
    else left.push({ id: peer.id, title: peer.title, reason: prepared.reason });
    if ('reason' in prepared) say(`${peer.title}: left out: ${prepared.reason}`);
  }
  say('sessions: assembling, morphing, encoding');
  const source = await openSource(folders.material, captures);
  const material = await writeMaterial(folders.material, source, options.threads);
  const expected = JSON.parse(readFileSync(join(folders.material, 'expected.json'), 'utf8')) as Expected;
  const loadBefore = process.platform === 'win32' ? null : loadavg()[0]!;

  const running: RunningPeer[] = [];
  try {
    const all = [
      { peer: { id: 'sessionlab', title: 'sessionlab' }, command: ours(folders, captures) },
      ...ready,
    ];
    for (const { peer, command } of all) {
      try {
        running.push({ ...peer, channel: await startPeer(command, options.threads, projectFolder) });
      } catch (error) {
        if (peer.id === 'sessionlab') throw error;
        left.push({ id: peer.id, title: peer.title, reason: (error as Error).message });
        say(`${peer.title}: left out: ${(error as Error).message}`);
      }
    }
    const comparison = await comparePeers(running, { ...options, expected, say });
    const date = new Date().toISOString();
    const report: PeersReport = {
      format: 'sessionlab peers 1',
      date,
      machine: describeMachine(process.env),
      code: describeCode(),
      threads: options.threads,
      rounds: options.rounds,
      seconds: options.seconds,
      material,
      loadBefore,
      outcomes: comparison.outcomes,
      left: [...left, ...comparison.left],
    };
    const name = join(results, `peers-${date.slice(0, 19).replaceAll(':', '')}`);
    mkdirSync(results, { recursive: true });
    writeFileSync(`${name}.json`, `${JSON.stringify(report, null, 2)}\n`);
    writeFileSync(`${name}.md`, formatReport(report));
    return { report, files: [`${name}.md`, `${name}.json`] };
  } finally {
    await Promise.all(running.map(({ channel }) => channel.end()));
  }
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = program().parse(args, { from: 'user' }).opts<Options>();
    // A variable that cannot be used is said before anything is measured.
    const server = options.mlflow === true ? mlflowSettings() : null;
    const { report, files } = await bench(options);
    process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report));
    for (const file of files) say(`written: ${file}`);
    if (options.mlflow === true) {
      const json = files.filter((file) => file.endsWith('.json'));
      if (server === null)
        say(`mlflow: MLFLOW_TRACKING_URI is not set; \`sessionlab mlflow bench ${json[0]}\` sends it later`);
      else {
        await sendReports(server, json);
        say(`mlflow: 1 run at ${server.address}`);
      }
    }
    return ExitCode.ok;
  } catch (error) {
    if (error instanceof FaultError) {
      for (const fault of error.faults) say(formatFault(fault));
      return error.exitCode;
    }
    if (error instanceof Error && 'code' in error && String(error.code).startsWith('commander.')) {
      if (error.code === 'commander.helpDisplayed') return ExitCode.ok;
      say(
        formatFault({
          place: 'command line',
          problem: error.message.replace(/^error: /, ''),
          cure: 'see --help',
        }),
      );
      return ExitCode.usage;
    }
    throw error;
  }
}

process.exitCode = await main(process.argv.slice(2));
