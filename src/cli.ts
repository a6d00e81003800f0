/** The table of commands. Each is a file in command/, loaded only when it is called. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { helpText } from './command/define.ts';
import { reportError } from './command/end.ts';
import { endWith, guardStreams } from './command/streams.ts';
import { exactArguments, garbledFault, hasLost } from './disk/index.ts';
import { ExitCode, formatFault } from './fault/index.ts';
import { onOneLine } from './text/index.ts';

type Entry = readonly [summary: string, load: () => Promise<{ readonly command: () => Command }>];

/** By their names, in the order of the help. */
export const COMMANDS: Readonly<Record<string, Entry>> = {
  run: ['train and test a spec, and keep the evidence', () => import('./command/run.ts')],
  sweep: ['run every variant of a spec', () => import('./command/sweep.ts')],
  status: ['show how far a sweep is', () => import('./command/status.ts')],
  retry: ['run again what failed of a sweep', () => import('./command/retry.ts')],
  cancel: ['stop a sweep after a checkpoint', () => import('./command/cancel.ts')],
  ladder: [
    'measure how much each defect of a published experiment inflates its score',
    () => import('./command/ladder.ts'),
  ],
  compare: ['put the results of several specs side by side', () => import('./command/compare.ts')],
  validate: ['check specs and say everything that is wrong with them', () => import('./command/validate.ts')],
  kinds: [
    'list the kinds of anomaly, what they edit and what else gives them away',
    () => import('./command/kinds.ts'),
  ],
  inspect: [
    'show what captures hold, and what would be left out and why',
    () => import('./command/inspect.ts'),
  ],
  data: ['list, fetch, verify, inspect and make data sets', () => import('./command/data.ts')],
  verify: ['tell whether the files of runs are as they were written', () => import('./command/verify.ts')],
  evaluate: [
    'evaluate a table of predictions, of a run or of another program',
    () => import('./command/evaluate.ts'),
  ],
  explain: ['show which bytes and packets a run attended to', () => import('./command/explain.ts')],
  attention: [
    'show what the attention of a run shows, held against what was edited',
    () => import('./command/attention.ts'),
  ],
  audit: ['show what stands against the score of a run', () => import('./command/audit.ts')],
  report: ['make figures, tables and a page from results', () => import('./command/report.ts')],
  study: ['make what a study claims, and fail where it no longer holds', () => import('./command/study.ts')],
  export: [
    'write the sessions of a run or spec for other programs: npz, parquet, csv, pcap',
    () => import('./command/export.ts'),
  ],
  score: [
    'rank the sessions of captures by what a trained network finds',
    () => import('./command/score.ts'),
  ],
  serve: ['serve the network of a run over HTTP', () => import('./command/serve.ts')],
  tasks: ['check the frozen tasks, and score predictions of them', () => import('./command/tasks.ts')],
  mlflow: [
    'show results in MLflow, exactly once, with a server or without',
    () => import('./command/mlflow.ts'),
  ],
  bench: ['measure how fast this machine computes, and compare', () => import('./command/bench.ts')],
  gate: ['fail where results are not what they should be', () => import('./command/gate.ts')],
  doctor: [
    'show what this machine has, and test that it computes the right numbers',
    () => import('./command/doctor.ts'),
  ],
};

const EPILOGUE = helpText({
  examples: [
    'sessionlab run experiments/quickstart.json',
    'sessionlab run experiments/bigflows.json --capture office.pcap',
    'sessionlab validate experiments/*.json',
    'sessionlab inspect office.pcap',
    'sessionlab data fetch bigflows',
    'sessionlab explain latest',
    'sessionlab evaluate latest',
    'sessionlab help validate',
  ],
  exitCodes: { 2: 'the command line or a spec is wrong', 3: 'a capture or data set cannot be used' },
});

/** Runs the command line and ends the process. */
export async function main(given: readonly string[]): Promise<void> {
  guardStreams();
  process.on('uncaughtException', (error) => void endWith(reportError(error)));
  try {
    const args = exactArguments(given);
    // Other files would be read, or folders of other names be made.
    const garbled = args.find(hasLost);
    if (garbled !== undefined) throw garbledFault(garbled);
    const program = await createProgram(args);
    await program.parseAsync(args, { from: 'user' });
    await endWith(Number(process.exitCode ?? ExitCode.ok));
  } catch (error) {
    await endWith(reportError(error));
  }
}

/** The program with the one command that is called; the others only have a name and a summary, for the help. */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const operands = args.filter((arg) => !arg.startsWith('-'));
  const called = operands[0] === 'help' ? operands[1] : operands[0];
  const program = new Command('sessionlab')
    .description('Experiments in deep session learning: a capture and a JSON spec in, evidence out.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help; also for a command')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .configureOutput({ outputError: (text, write) => write(`${onOneLine(oneLine(text))}\n`) })
    .addHelpText('after', EPILOGUE)
    .exitOverride();
  for (const [name, [summary, load]] of Object.entries(COMMANDS)) {
    const command = name === called ? (await load()).command() : new Command(name);
    inherit(program, command);
    program.addCommand(command.summary(summary));
  }
  return program;
}

function inherit(parent: Command, child: Command): void {
  child.copyInheritedSettings(parent);
  for (const grandchild of child.commands) inherit(child, grandchild);
}

/** Commander writes `error: …` and a suggestion in brackets on the next line. */
function oneLine(text: string): string {
  const [problem = '', hint = ''] = text
    .trim()
    .replace(/^error: /, '')
    .split('\n');
  const meant = /^\((?:Did you mean)(.*)\)$/.exec(hint)?.[1];
  const cure = meant === undefined ? 'see sessionlab --help' : `did you mean${meant}`;
  return formatFault({ place: 'command line', problem, cure });
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
