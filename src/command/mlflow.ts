/** `sessionlab mlflow`: results in MLflow, with a server or without. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sendReports } from '../bench/index.ts';
import { makeFolder } from '../disk/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { unverifiedNote } from '../report/index.ts';
import { findRuns, type RunFolder } from '../results/index.ts';
import { answers, MLFLOW, type MlflowServer, pythonEnvironment, startMlflow } from '../services/index.ts';
import { isWorkedOn } from '../sweep/index.ts';
import { formatCount, plural } from '../text/index.ts';
import {
  createClient,
  createTransport,
  describeOutcome,
  describeSync,
  exportFolders,
  localSettings,
  type MlflowSettings,
  mlflowSettings,
  type SyncResult,
  syncFolders,
} from '../tracking/index.ts';
import { defineCommand, defineGroup, type OptionRow } from './define.ts';
import { JSON_OPTION, RESULTS_OPTION } from './options.ts';
import { wholeNumber } from './parse.ts';

interface Common {
  readonly results: string;
}
interface SyncOptions extends Common {
  readonly uri?: string;
  readonly restore?: boolean;
  readonly json?: boolean;
}

const SERVER_OPTIONS: readonly OptionRow[] = [
  ['--uri <address>', 'the server, instead of MLFLOW_TRACKING_URI'],
  ['--restore', 'bring back what somebody deleted on the server'],
  RESULTS_OPTION,
];

const SERVER_EXIT_CODES = {
  0: 'everything is there',
  2: 'the command line or a variable is wrong',
  4: 'the server or the network refuses (what was sent stays; call it again)',
};

const syncCommand = defineCommand({
  name: 'sync',
  description: 'Send to an MLflow server what it has not got yet.',
  operands: [['[run]', 'which runs', 'all']],
  options: [...SERVER_OPTIONS, JSON_OPTION],
  notes: `
RUN is "all", a run folder, an experiment, or an experiment with the beginning of a spec hash and perhaps a seed. What
the server has already is recognised and not sent again; what was interrupted goes on where it stopped; there is never
a run twice. Runs that go on are left to their own process, which syncs them when MLFLOW_TRACKING_URI is set.

The server is that of MLFLOW_TRACKING_URI. Also honoured: MLFLOW_TRACKING_USERNAME and _PASSWORD, or
~/.mlflow/credentials; MLFLOW_TRACKING_TOKEN; MLFLOW_TRACKING_INSECURE_TLS, _SERVER_CERT_PATH and _CLIENT_CERT_PATH;
MLFLOW_EXPERIMENT_NAME; MLFLOW_HTTP_REQUEST_TIMEOUT and _MAX_RETRIES.`,
  examples: [
    'sessionlab mlflow sync',
    'sessionlab mlflow sync quickstart',
    'sessionlab mlflow sync quickstart/0ac0/1 --uri http://tracking.example:5000',
    ['sessionlab mlflow sync --restore', 'also what somebody deleted on the server'],
  ],
  exitCodes: { ...SERVER_EXIT_CODES, 3: 'a run cannot be read' },
  run: async (
    [name]: readonly [string],
    options: SyncOptions,
    { print, printJson, reporter, interruption },
  ) => {
    const { signal } = interruption;
    const settings = serverOf(options.uri);
    try {
      const result = await send(settings, name, options, signal, reporter.line);
      if (options.json === true)
        printJson({ address: settings.address, ...result, faults: result.faults.flatMap((f) => f.faults) });
      else print(`${describeSync(result)}: ${settings.address}\n`);
      if (result.counts.deleted > 0)
        reporter.line('note: --restore brings back what somebody deleted on the server');
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
    }
  },
});

const uiCommand = defineCommand({
  name: 'ui',
  description: 'Start an MLflow server on this machine, send all results to it, and print its address.',
  options: [
    ['--port <number>', 'its port; a free one by default', wholeNumber('--port', 1, 65_535)],
    RESULTS_OPTION,
  ],
  notes: `
Installs ${MLFLOW} at the first call (850 MB, with uv or Python 3.10 or later) into an environment of
its own in RESULTS/services/, starts it on 127.0.0.1 only, with a database in RESULTS/mlflow/, sends all runs, and
prints the address. Ctrl-C stops it; the next call goes on with the same database.`,
  examples: ['sessionlab mlflow ui', 'sessionlab mlflow ui --port 5000'],
  exitCodes: { 0: 'stopped by Ctrl-C', 4: 'there is no Python, or the server does not start' },
  run: async (
    _: readonly [],
    { port, results }: Common & { readonly port?: number },
    { print, reporter, interruption },
  ) => {
    const { signal } = interruption;
    const say = reporter.line;
    const folder = join(results, 'mlflow');
    const running = await runningServer(folder);
    let server: MlflowServer | undefined;
    try {
      if (running === null) {
        const { python } = await pythonEnvironment(join(results, 'services', 'mlflow'), MLFLOW, say);
        if (signal.aborted) return;
        say('starting MLflow …');
        server = await startMlflow({ python, folder, ...(port === undefined ? {} : { port }) });
        await makeFolder(folder);
        writeFileSync(join(folder, ADDRESS_FILE), server.address);
      }
      const address = server?.address ?? running!;
      try {
        const result = await send(localSettings(address), 'all', { results }, signal, say);
        print(`${describeSync(result)}\n`);
        for (const fault of result.faults) say(fault.message);
      } catch (error) {
        // No run yet, or a run that cannot be sent, is no reason to show nothing.
        if (!(error instanceof FaultError) || signal.aborted) throw error;
        say(error.message);
      }
      print(`MLflow is at ${address}${server === undefined ? ', started before' : '; Ctrl-C stops it'}\n`);
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
    }
  },
});

const exportCommand = defineCommand({
  name: 'export',
  description: 'Write files that MLflow takes in.',
  operands: [['<folder>', 'a new folder']],
  options: [['--run <run>', 'which runs, as for sync', 'all'], RESULTS_OPTION],
  notes: `
Needs neither a server nor Python. Somebody who has MLflow takes the folder in with:
  $ mlflow migrate-filestore --source DIR --target sqlite:///mlflow.db
  $ mlflow server --backend-store-uri sqlite:///mlflow.db --artifacts-destination DIR`,
  examples: ['sessionlab mlflow export for-mlflow', 'sessionlab mlflow export for-mlflow --run quickstart'],
  exitCodes: { 3: 'a run cannot be read' },
  run: async (
    [folder]: readonly [string],
    { run, results }: Common & { readonly run: string },
    { print, reporter },
  ) => {
    const experiment = process.env.MLFLOW_EXPERIMENT_NAME ?? '';
    const found = findRuns(run, results, isWorkedOn);
    noteUnverified(found, reporter.line);
    const result = await exportFolders(found, folder, {
      experiment: experiment === '' ? null : experiment,
    });
    const { runs, points, faults } = result;
    print(`${plural(runs, 'run')}, ${formatCount(points)} points: ${folder}\n`);
    if (faults.length > 0)
      throw new FaultError(
        faults.flatMap((fault) => fault.faults),
        ExitCode.data,
      );
  },
});

const benchCommand = defineCommand({
  name: 'bench',
  description: 'Send measurements of benchmarks to an MLflow server, each once.',
  operands: [['[file...]', 'files of measurements; all in the results folder when none is named']],
  options: SERVER_OPTIONS,
  notes: `
Files are those that \`sessionlab bench\` and \`npm run bench:peers\` wrote; all in RESULTS/bench when none is named. Each
suite is a run of the experiment "sessionlab bench", the peers are one of "sessionlab bench peers"; what is there already
is recognised. The server and its variables are those of \`sessionlab mlflow sync\`.`,
  examples: [
    'sessionlab mlflow bench',
    'sessionlab mlflow bench results/bench/before.json --uri http://127.0.0.1:5000',
  ],
  exitCodes: { ...SERVER_EXIT_CODES, 3: 'a file is none of measurements' },
  run: async (
    [given]: readonly [readonly string[]],
    { uri, restore = false, results }: SyncOptions,
    { print },
  ) => {
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
    const [sent, same, deleted] = [
      count('new', 'completed', 'replaced'),
      count('same'),
      count('deleted'),
    ].map(formatCount);
    const back = deleted === '0' ? '' : `, ${deleted} deleted there (--restore brings them back)`;
    print(
      `${sent} ${sent === '1' ? 'suite' : 'suites'} sent, ${same} there already${back}: ${settings.address}\n`,
    );
  },
});

export const command = defineGroup(
  {
    name: 'mlflow',
    description: 'Send results to an MLflow server, start one, or write files that MLflow takes in.',
    examples: [
      ['sessionlab mlflow ui', 'a server on this machine with all results in it'],
      'MLFLOW_TRACKING_URI=http://tracking.example:5000 sessionlab mlflow sync',
      ['sessionlab mlflow export for-mlflow', 'no server at all'],
      ['sessionlab mlflow bench', 'measurements of benchmarks'],
      'sessionlab mlflow sync --help',
    ],
    exitCodes: { 3: 'a run cannot be read' },
  },
  [syncCommand, uiCommand, exportCommand, benchCommand],
);

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

async function send(
  settings: MlflowSettings,
  name: string,
  { results, restore = false }: SyncOptions,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<SyncResult> {
  const folders = findRuns(name, results, isWorkedOn);
  // Whoever types a command does not wait for a server that is not there.
  const first = createClient(
    createTransport({ ...settings, retries: Math.min(2, settings.retries) }, signal),
  );
  await first.version().finally(first.close);
  noteUnverified(folders, say);
  const client = createClient(createTransport(settings, signal));
  try {
    return await syncFolders(client, folders, {
      restore,
      signal,
      onRun(folder, outcome) {
        for (const line of describeOutcome(folder, outcome)) say(line);
      },
    });
  } finally {
    client.close();
  }
}

function noteUnverified(folders: readonly RunFolder[], say: (line: string) => void): void {
  const finished = folders.filter(({ state }) => state === 'finished');
  const note = unverifiedNote(finished.map(({ path }) => path));
  if (note !== null) say(note);
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
