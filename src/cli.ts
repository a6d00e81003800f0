/** The table of commands. Each is a file in command/, loaded only when it is called. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { endQuietlyOnClosedPipe, endWith, reportError } from './command/end.ts';
import { ExitCode, formatFault } from './fault/index.ts';

interface Entry {
  readonly name: string;
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

const commands: readonly Entry[] = [
  {
    name: 'run',
    summary: 'train and test a spec, and keep the evidence',
    load: async () => (await import('./command/run.ts')).runCommand(),
  },
  {
    name: 'sweep',
    summary: 'run every variant of a spec',
    load: async () => (await import('./command/sweep.ts')).sweepCommand(),
  },
  {
    name: 'status',
    summary: 'show how far a sweep is',
    load: async () => (await import('./command/status.ts')).statusCommand(),
  },
  {
    name: 'retry',
    summary: 'run again what failed of a sweep',
    load: async () => (await import('./command/retry.ts')).retryCommand(),
  },
  {
    name: 'cancel',
    summary: 'stop a sweep after a checkpoint',
    load: async () => (await import('./command/cancel.ts')).cancelCommand(),
  },
  {
    name: 'ladder',
    summary: 'measure how much each defect of a published experiment inflates its score',
    load: async () => (await import('./command/ladder.ts')).ladderCommand(),
  },
  {
    name: 'compare',
    summary: 'put the results of several specs side by side',
    load: async () => (await import('./command/compare.ts')).compareCommand(),
  },
  {
    name: 'validate',
    summary: 'check specs and say everything that is wrong with them',
    load: async () => (await import('./command/validate.ts')).validateCommand(),
  },
  {
    name: 'kinds',
    summary: 'list the kinds of anomaly, what they edit and what else gives them away',
    load: async () => (await import('./command/kinds.ts')).kindsCommand(),
  },
  {
    name: 'inspect',
    summary: 'show what captures hold, and what would be left out and why',
    load: async () => (await import('./command/inspect.ts')).inspectCommand(),
  },
  {
    name: 'data',
    summary: 'list, fetch, verify, inspect and make data sets',
    load: async () => (await import('./command/data.ts')).dataCommand(),
  },
  {
    name: 'evaluate',
    summary: 'evaluate a table of predictions, of a run or of another program',
    load: async () => (await import('./command/evaluate.ts')).evaluateCommand(),
  },
  {
    name: 'explain',
    summary: 'show which bytes and packets a run attended to',
    load: async () => (await import('./command/explain.ts')).explainCommand(),
  },
  {
    name: 'mlflow',
    summary: 'show results in MLflow, exactly once, with a server or without',
    load: async () => (await import('./command/mlflow.ts')).mlflowCommand(),
  },
  {
    name: 'bench',
    summary: 'measure how fast this machine computes, and compare',
    load: async () => (await import('./command/bench.ts')).benchCommand(),
  },
  {
    name: 'doctor',
    summary: 'show what this machine has, and test that it computes the right numbers',
    load: async () => (await import('./command/doctor.ts')).doctorCommand(),
  },
];

const EPILOGUE = `
Examples:
  $ sessionlab run experiments/quickstart.json
  $ sessionlab run experiments/bigflows.json --capture office.pcap
  $ sessionlab validate experiments/*.json
  $ sessionlab inspect office.pcap
  $ sessionlab data fetch bigflows
  $ sessionlab explain latest
  $ sessionlab evaluate latest
  $ sessionlab help validate

Exit codes:
    0  it worked
    1  a defect of sessionlab; SESSIONLAB_DEBUG=1 shows where
    2  the command line or a spec is wrong
    3  a capture or data set cannot be used
    4  the machine refuses: disk, memory, permission
  130  interrupted`;

/** Runs the command line and ends the process. */
export async function main(args: readonly string[]): Promise<void> {
  endQuietlyOnClosedPipe(process.stdout);
  process.on('uncaughtException', (error) => void endWith(reportError(error)));
  try {
    const program = await createProgram(args);
    await program.parseAsync(args, { from: 'user' });
    await endWith(Number(process.exitCode ?? ExitCode.ok));
  } catch (error) {
    await endWith(reportError(error));
  }
}

/** The program with the one command that is called; the others only have a name and a summary, for the help. */
async function createProgram(args: readonly string[]): Promise<Command> {
  const operands = args.filter((arg) => !arg.startsWith('-'));
  const called = operands[0] === 'help' ? operands[1] : operands[0];
  const program = new Command('sessionlab')
    .description('Experiments in deep session learning: a capture and a JSON spec in, evidence out.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help; also for a command')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .configureOutput({ outputError: (text, write) => write(`${oneLine(text)}\n`) })
    .addHelpText('after', EPILOGUE)
    .exitOverride();
  for (const { name, summary, load } of commands) {
    const command = name === called ? await load() : new Command(name);
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
