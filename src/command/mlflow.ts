/** `sessionlab mlflow`: results in MLflow, with a server or without. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { sendReports } from '../bench/index.ts';
import { displayPath } from '../capture/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { createTransport } from '../http/index.ts';
import { findRuns } from '../results/index.ts';
import { answers, MLFLOW, type MlflowServer, pythonEnvironment, startMlflow } from '../services/index.ts';
import { isWorkedOn } from '../sweep/index.ts';
import { formatCount } from '../text/index.ts';
import {
  createClient,
  exportFolders,
  localSettings,
  type MlflowSettings,
  mlflowSettings,
  type SyncResult,
  syncFolders,
} from '../tracking/index.ts';
import { abortOnSignal } from './signals.ts';

const SYNC_HELP = `
RUN is "all", a run folder, an experiment, or an experiment with the beginning of a spec hash and perhaps a seed. What
the server has already is recognised and not sent again; what was interrupted goes on where it stopped; there is never
a run twice. Runs that go on are left to their own process, which syncs them when MLFLOW_TRACKING_URI is set.

The server is that of MLFLOW_TRACKING_URI. Also honoured: MLFLOW_TRACKING_USERNAME and _PASSWORD, or
~/.mlflow/credentials; MLFLOW_TRACKING_TOKEN; MLFLOW_TRACKING_INSECURE_TLS, _SERVER_CERT_PATH and _CLIENT_CERT_PATH;
MLFLOW_EXPERIMENT_NAME; MLFLOW_HTTP_REQUEST_TIMEOUT and _MAX_RETRIES.

Examples:
  $ sessionlab mlflow sync
  $ sessionlab mlflow sync quickstart
  $ sessionlab mlflow sync quickstart/0ac0/1 --uri http://tracking.example:5000
  $ sessionlab mlflow sync --restore                   also what somebody deleted on the server

Exit codes: 0 everything is there, 2 the command line or a variable is wrong, 3 a run cannot be read, 4 the server or
the network refuses (what was sent stays; call it again), 130 interrupted.`;

const UI_HELP = `
Installs ${MLFLOW} at the first call (850 MB, with uv or Python 3.10 or later) into an environment of
its own in RESULTS/services/, starts it on 127.0.0.1 only, with a database in RESULTS/mlflow/, sends all runs, and
prints the address. Ctrl-C stops it; the next call goes on with the same database.

Examples:
  $ sessionlab mlflow ui
  $ sessionlab mlflow ui --port 5000`;

const EXPORT_HELP = `
Needs neither a server nor Python. Somebody who has MLflow takes the folder in with:
  $ mlflow migrate-filestore --source DIR --target sqlite:///mlflow.db
  $ mlflow server --backend-store-uri sqlite:///mlflow.db --artifacts-destination DIR

Examples:
  $ sessionlab mlflow export for-mlflow
  $ sessionlab mlflow export for-mlflow --run quickstart`;

const BENCH_HELP = `
Files are those that \`sessionlab bench\` and \`npm run bench:peers\` wrote; all in RESULTS/bench when none is named. Each
suite is a run of the experiment "sessionlab bench", the peers are one of "sessionlab bench peers"; what is there already
is recognised. The server and its variables are those of \`sessionlab mlflow sync\`.

Examples:
  $ sessionlab mlflow bench
  $ sessionlab mlflow bench results/bench/before.json --uri http://127.0.0.1:5000`;

const HELP = `
Examples:
  $ sessionlab mlflow ui                               a server on this machine with all results in it
  $ MLFLOW_TRACKING_URI=http://tracking.example:5000 sessionlab mlflow sync
  $ sessionlab mlflow export for-mlflow                no server at all
  $ sessionlab mlflow bench                            measurements of benchmarks
  $ sessionlab mlflow sync --help`;

interface Common {
  readonly results: string;
}
interface SyncFlags extends Common {
  readonly uri?: string;
  readonly restore?: boolean;
  readonly json?: boolean;
}

/** The command, ready to be added to the program. */
export function mlflowCommand(): Command {
  const command = new Command('mlflow')
    .summary('show results in MLflow, exactly once, with a server or without')
    .description('Send results to an MLflow server, start one, or write files that MLflow takes in.')
    .addHelpText('after', HELP);
  command
    .command('sync')
    .description('Send to an MLflow server what it has not got yet.')
    .argument('[run]', 'which runs', 'all')
    .option('--uri <address>', 'the server, instead of MLFLOW_TRACKING_URI')
    .option('--restore', 'bring back runs and experiments that somebody deleted on the server')
    .option('--results <folder>', 'where the runs are', 'results')
    .option('--json', 'print a JSON object')
    .addHelpText('after', SYNC_HELP)
    .action((run: string, options: SyncFlags) => sync(run, options));
  command
    .command('ui')
    .description('Start an MLflow server on this machine, send all results to it, and print its address.')
    .option('--port <number>', 'its port; a free one by default', parsePort)
    .option('--results <folder>', 'where the runs are', 'results')
    .addHelpText('after', UI_HELP)
    .action((options: Common & { readonly port?: number }) => ui(options));
  command
    .command('export')
    .description('Write files that MLflow takes in.')
    .argument('<folder>', 'a new folder')
    .option('--run <run>', 'which runs, as for sync', 'all')
    .option('--results <folder>', 'where the runs are', 'results')
    .addHelpText('after', EXPORT_HELP)
    .action((folder: string, options: Common & { readonly run: string }) => exportRuns(folder, options));
  command
    .command('bench')
    .description('Send measurements of benchmarks to an MLflow server, each once.')
    .argument('[file...]', 'files of measurements; all in the results folder when none is named')
    .option('--uri <address>', 'the server, instead of MLFLOW_TRACKING_URI')
    .option('--restore', 'bring back what somebody deleted on the server')
    .option('--results <folder>', 'where the measurements are', 'results')
    .addHelpText('after', BENCH_HELP)
    .action((files: readonly string[], options: SyncFlags) => sendBench(files, options));
  return command;
}

const say = (line: string) => void process.stderr.write(`${line}\n`);

/** @throws FaultError (usage) when no server is named */
function serverOf(uri: string | undefined): MlflowSettings {
  const env = uri === undefined ? process.env : { ...process.env, MLFLOW_TRACKING_URI: uri };
  const settings = mlflowSettings(env);
  if (settings !== null) return settings;
  throw new FaultError({
    place: 'MLFLOW_TRACKING_URI',
    problem: 'is not set, and there is no --uri',
    cure: 'set it to the address of your server; `sessionlab mlflow ui` starts one, `sessionlab mlflow export` needs none',
  });
}

async function sendBench(
  given: readonly string[],
  { uri, restore = false, results }: SyncFlags,
): Promise<void> {
  const settings = serverOf(uri);
  const folder = join(results, 'bench');
  const files =
    given.length > 0 || !existsSync(folder)
      ? given
      : readdirSync(folder)
          .filter((name) => name.endsWith('.json'))
          .sort()
          .map((name) => join(folder, name));
  if (files.length === 0)
    throw new FaultError({
      place: folder,
      problem: 'there are no measurements in it',
      cure: '`sessionlab bench` takes some',
    });
  const retries = Math.min(2, settings.retries);
  const outcomes = await sendReports({ ...settings, retries }, files, restore);
  const count = (...states: readonly string[]) =>
    outcomes.filter(({ state }) => states.includes(state)).length;
  const [sent, same, deleted] = [count('new', 'completed', 'replaced'), count('same'), count('deleted')].map(
    formatCount,
  );
  process.stdout.write(
    `${sent} ${sent === '1' ? 'suite' : 'suites'} sent, ${same} there already${deleted === '0' ? '' : `, ${deleted} deleted there (--restore brings them back)`}: ${settings.address}\n`,
  );
}

async function sync(name: string, { uri, restore = false, results, json }: SyncFlags): Promise<void> {
  const settings = serverOf(uri);
  const { signal, release } = abortOnSignal();
  try {
    const result = await send(settings, name, results, restore, signal);
    if (json === true)
      process.stdout.write(
        `${JSON.stringify({ address: settings.address, ...result, faults: result.faults.flatMap((f) => f.faults) })}\n`,
      );
    else process.stdout.write(`${describe(result)}: ${settings.address}\n`);
    if (result.counts.deleted > 0) say('note: --restore brings back what somebody deleted on the server');
    if (result.faults.length > 0)
      throw new FaultError(
        result.faults.flatMap((fault) => fault.faults),
        ExitCode.data,
      );
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new FaultError(
      { place: 'interrupted', problem: 'what was sent stays; the next call goes on' },
      ExitCode.interrupted,
    );
  } finally {
    release();
  }
}

async function send(
  settings: MlflowSettings,
  name: string,
  results: string,
  restore: boolean,
  signal: AbortSignal,
): Promise<SyncResult> {
  const folders = findRuns(name, results, isWorkedOn);
  // Whoever types a command does not wait for a server that is not there.
  const first = createClient(
    createTransport({ ...settings, retries: Math.min(2, settings.retries) }, signal),
  );
  await first.version().finally(first.close);
  const client = createClient(createTransport(settings, signal));
  try {
    return await syncFolders(client, folders, {
      restore,
      signal,
      onRun(folder, { state, points, notes }) {
        if (state !== 'same')
          say(
            `${displayPath(folder)}: ${STATES[state]}${points > 0 ? `, ${formatCount(points)} points` : ''}`,
          );
        for (const note of notes) say(`${displayPath(folder)}: ${note}`);
      },
    });
  } finally {
    client.close();
  }
}

const STATES = {
  same: 'is there',
  new: 'sent',
  completed: 'completed',
  replaced: 'sent anew, because the run on the server was another than that of the folder',
  deleted: 'somebody deleted it on the server, and it stays so',
} as const;

function describe({ counts, goingOn, faults }: SyncResult): string {
  const { same, deleted } = counts;
  const sent = counts.new + counts.completed + counts.replaced;
  const parts = [
    `${formatCount(sent)} ${sent === 1 ? 'run' : 'runs'} sent`,
    `${formatCount(same)} there already`,
    ...(deleted > 0 ? [`${formatCount(deleted)} deleted there`] : []),
    ...(goingOn > 0 ? [`${formatCount(goingOn)} under way`] : []),
    ...(faults.length > 0 ? [`${formatCount(faults.length)} cannot be read`] : []),
  ];
  return parts.join(', ');
}

async function ui({ port, results }: Common & { readonly port?: number }): Promise<void> {
  const folder = join(results, 'mlflow');
  const { signal, release } = abortOnSignal();
  const running = await runningServer(folder);
  let server: MlflowServer | undefined;
  try {
    if (running === null) {
      const { python } = await pythonEnvironment(join(results, 'services', 'mlflow'), [MLFLOW], say);
      if (signal.aborted) return;
      say('starting MLflow …');
      server = await startMlflow({ python, folder, ...(port === undefined ? {} : { port }) });
      await mkdir(folder, { recursive: true });
      writeFileSync(join(folder, ADDRESS_FILE), server.address);
    }
    const address = server?.address ?? running!;
    try {
      const result = await send(localSettings(address), 'all', results, false, signal);
      process.stdout.write(`${describe(result)}\n`);
      for (const fault of result.faults) say(fault.message);
    } catch (error) {
      // No run yet, or a run that cannot be sent, is no reason to show nothing.
      if (!(error instanceof FaultError) || signal.aborted) throw error;
      say(error.message);
    }
    process.stdout.write(
      `MLflow is at ${address}${server === undefined ? ', started before' : '; Ctrl-C stops it'}\n`,
    );
    if (server === undefined) return;
    const { process: child } = server;
    await new Promise<void>((done) => {
      if (signal.aborted || child.exitCode !== null) done();
      signal.addEventListener('abort', () => done());
      child.on('exit', () => done());
    });
    if (!signal.aborted) {
      const problem = 'ended by itself';
      throw new FaultError(
        { place: 'mlflow server', problem, cure: `its log ${join(folder, 'server.log')} says more` },
        ExitCode.machine,
      );
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    if (server !== undefined) {
      await server.stop();
      await rm(join(folder, ADDRESS_FILE), { force: true });
    }
    release();
  }
}

const ADDRESS_FILE = 'address';

/** The address of a server on this folder that another call started and that still answers. */
async function runningServer(folder: string): Promise<string | null> {
  try {
    const address = readFileSync(join(folder, ADDRESS_FILE), 'utf8');
    return (await answers(address)) ? address : null;
  } catch {
    return null;
  }
}

async function exportRuns(
  folder: string,
  { run, results }: Common & { readonly run: string },
): Promise<void> {
  const experiment = process.env.MLFLOW_EXPERIMENT_NAME ?? '';
  const result = await exportFolders(findRuns(run, results, isWorkedOn), folder, {
    experiment: experiment === '' ? null : experiment,
  });
  const { runs, points, faults } = result;
  process.stdout.write(
    `${formatCount(runs)} ${runs === 1 ? 'run' : 'runs'}, ${formatCount(points)} points: ${folder}\n`,
  );
  if (faults.length > 0)
    throw new FaultError(
      faults.flatMap((fault) => fault.faults),
      ExitCode.data,
    );
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw new FaultError({
    place: '--port',
    problem: `got ${JSON.stringify(text)}, must be a whole number from 1 to 65535`,
  });
}
