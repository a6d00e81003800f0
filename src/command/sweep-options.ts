/** What `sweep`, `retry` and `ladder` share: their options, and what they do with them. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Option } from 'commander';
import { ExitCode, FaultError, listenForSignals } from '../fault/index.ts';
import {
  formatComparison,
  formatEstimate,
  formatHeadlines,
  formatPower,
  formatReliances,
  statusOf,
  sweepReport,
} from '../report/index.ts';
import {
  compareGroups,
  earlierSpread,
  type Launched,
  launchSweep,
  powerOf,
  runSweep,
  type SweepEvent,
  type SweepResult,
  testHypotheses,
  type WorkerMessage,
} from '../sweep/index.ts';
import { plural } from '../text/index.ts';
import { followInMlflow } from '../tracking/index.ts';
import type { Context, OptionRow } from './define.ts';
import {
  CHECKPOINT_OPTION,
  JSON_OPTION,
  loadOptions,
  OUT_OPTION,
  SPEC_OPTIONS,
  type SpecArguments,
  withStandardInput,
} from './options.ts';
import { append, positiveNumbers, threadCount, wholeNumber } from './parse.ts';

export interface SweepCommandOptions extends SpecArguments {
  readonly workers: number;
  readonly threads?: number;
  readonly out: string;
  readonly wait: boolean;
  readonly dryRun?: boolean;
  readonly effect?: readonly number[];
  readonly failFast?: boolean;
  readonly again?: boolean;
  readonly json?: boolean;
  readonly checkpoint?: number;
  readonly launcher: 'local' | 'slurm';
  readonly partition?: string;
  readonly time?: string;
  readonly memory?: string;
  readonly tasks?: string;
  readonly sbatch?: readonly string[];
  /** A file with the names of the runs to do. */
  readonly asWorker?: string;
  readonly csv?: boolean;
  /** Of a worker, for --again: see SweepOptions. */
  readonly againSince?: number;
}

/** What --workers takes: a process each. */
const MOST_WORKERS = 256;

export const SWEEP_OPTIONS: readonly OptionRow[] = [
  ...SPEC_OPTIONS,
  [
    '--workers <number>',
    'processes that work at the same time, each on a run',
    wholeNumber('--workers', 1, MOST_WORKERS),
    1,
  ],
  ['--threads <number>', 'threads of each (default: all cores, shared by the workers)', threadCount],
  ['--dry-run', 'say what would be done, how long it takes, and how many seeds would show a difference'],
  [
    '--effect <difference>',
    'with --dry-run: the difference to be shown, such as 0.01; may be repeated',
    positiveNumbers('--effect'),
  ],
  ['--fail-fast', 'stop at the first run that fails'],
  ['--no-wait', 'end when all that is left is what other processes work on'],
  CHECKPOINT_OPTION,
  OUT_OPTION,
  JSON_OPTION,
  new Option('--launcher <name>', 'where it is done: on this machine, or as an array on a Slurm cluster')
    .choices(['local', 'slurm'])
    .default('local'),
  ['--partition <name>', 'Slurm: partition'],
  ['--time <limit>', 'Slurm: time limit of a task, in minutes or as "4:00:00"; it goes on after it'],
  ['--memory <amount>', 'Slurm: memory of a task, such as 4G'],
  ['--tasks <number>', 'Slurm: tasks of the array at most (default: 32, or one a run)'],
  ['--sbatch <option>', 'Slurm: one more option of sbatch; may be repeated', append],
];

export const SWEEP_EXIT_CODES = {
  0: 'all runs are there',
  2: 'the spec is wrong or a training diverged',
  3: 'data cannot be used',
  130: 'interrupted (a second Ctrl-C stops at once; the last checkpoint stays)',
  141: 'stopped after a checkpoint, since nobody reads standard output any more',
};

/** Runs a sweep, or what of it failed, and prints what came out. */
export function sweepAction(retry: boolean, show: Show = formatCells) {
  return ([spec]: readonly [string], given: SweepCommandOptions, context: Context) =>
    withStandardInput(given, context, (options) =>
      options.asWorker !== undefined
        ? beWorker(spec, options, options.asWorker)
        : options.launcher === 'slurm'
          ? launch(spec, options, given, retry, context)
          : sweep(spec, options, retry, show, context),
    );
}

const sweepOptions = (spec: string, options: SweepCommandOptions) => ({
  spec,
  load: loadOptions(options),
  out: options.out,
  workers: options.workers,
  threads: options.threads ?? Math.max(1, Math.floor(availableParallelism() / options.workers)),
  dryRun: options.dryRun === true,
  failFast: options.failFast === true,
  again: options.again === true,
  wait: options.wait,
  checkpointEvery: options.checkpoint ?? null,
  // What MLflow has to say of a run among many is for its own sync.
  follow: followInMlflow(() => undefined),
});

/** What is printed of the cells at the end. */
export type Show = (result: SweepResult, options: SweepCommandOptions) => string;

const formatCells: Show = ({ groups }) => {
  const compared = compareGroups(groups);
  return (
    formatComparison(compared, testHypotheses(groups)) + formatHeadlines(compared) + formatReliances(groups)
  );
};

/** The metric that a study is about, and how many comparisons of it are tested together. */
function powerText({ groups, earlier }: SweepResult, effects: readonly number[] | undefined): string {
  const declared = testHypotheses(groups);
  const metric = declared[0]?.hypothesis.metric ?? 'accuracy';
  const tests = Math.max(1, declared.length);
  const spread = earlierSpread(groups, metric) ?? earlierSpread(earlier, metric);
  return formatPower(spread, spread === null ? [] : powerOf(spread, tests, effects), metric, tests);
}

async function sweep(
  spec: string,
  options: SweepCommandOptions,
  retry: boolean,
  show: Show,
  { reporter, interruption, print, printJson }: Context,
): Promise<void> {
  const result = await runSweep({
    ...sweepOptions(spec, options),
    retry,
    interruption,
    observe: sweepReport(reporter),
  });
  reporter.clear();
  if (result.estimate !== null) reporter.fact(formatEstimate(result.estimate));
  const compared = compareGroups(result.groups);
  if (options.json === true)
    printJson({
      ...result,
      groups: undefined,
      earlier: undefined,
      compared,
      hypotheses: testHypotheses(result.groups),
    });
  else if (compared.length > 0) print(`\n${show(result, options)}`);
  if (options.dryRun === true) {
    print(`\n${powerText(result, options.effect)}`);
    reporter.line(planned(result));
  }
  if (result.failure !== null) throw result.failure;
}

/** What the command line asks of the cluster, as changes of the spec: there it is checked. */
function slurmChanges({ partition, time, memory, tasks, sbatch }: SweepCommandOptions): readonly string[] {
  const number = (text: string) => (/^[0-9]+$/.test(text) ? text : JSON.stringify(text));
  return [
    ...(partition === undefined ? [] : [`slurm.partition=${JSON.stringify(partition)}`]),
    ...(time === undefined ? [] : [`slurm.time=${number(time)}`]),
    ...(memory === undefined ? [] : [`slurm.memory=${JSON.stringify(memory)}`]),
    ...(tasks === undefined ? [] : [`slurm.tasks=${number(tasks)}`]),
    ...(sbatch === undefined ? [] : [`slurm.options=${JSON.stringify(sbatch)}`]),
  ];
}

/** Submits it, and says what to do next. */
async function launch(
  spec: string,
  options: SweepCommandOptions,
  given: SweepCommandOptions,
  retry: boolean,
  { print, printJson }: Context,
) {
  if (given.capture?.includes('-') === true)
    throw new FaultError({
      place: '--capture -',
      problem: 'standard input cannot be read by the nodes of a cluster',
      cure: 'write it to a file that all nodes see',
    });
  if (options.again === true)
    throw new FaultError({
      place: '--again',
      problem: 'runs are not repeated on a cluster: its tasks could not tell which of them were',
      cure: 'use --launcher local, or another folder with --out',
    });
  const load = loadOptions({ ...options, set: [...(options.set ?? []), ...slurmChanges(options)] });
  const { threads = 1, dryRun = false, json = false } = options;
  const launched = await launchSweep({ ...sweepOptions(spec, options), load, threads, retry, dryRun });
  if (json) printJson(launched);
  else print(describeLaunch(spec, launched, dryRun));
}

function describeLaunch(spec: string, launched: Launched, dryRun: boolean): string {
  const { toDo, done, failed, active, submitted, wanted, job, sbatch } = launched;
  const lines = [
    `${plural(toDo, 'run')} to be done, ${done} there already${failed > 0 ? `, ${failed} failed (sessionlab retry)` : ''}`,
  ];
  if (active > 0) lines.push(`${plural(active, 'task')} in the queue or at work already`);
  if (wanted > submitted) lines.push(`note: the cluster takes ${submitted} of ${wanted} tasks in one array`);
  if (dryRun && submitted > 0) lines.push(`would be submitted: sbatch ${sbatch.join(' ')}`);
  else if (job !== null)
    lines.push(
      `job ${job} submitted: ${plural(submitted, 'task')}, each does run after run until none is left`,
      `see sessionlab status ${spec}`,
    );
  else lines.push('nothing to be submitted');
  return `${lines.join('\n')}\n`;
}

const planned = ({ runs }: SweepResult): string => {
  const count = (state: string) => runs.filter((run) => run.state === state).length;
  return `${count('planned')} runs to be done, ${count('kept')} there already, ${count('failed')} failed`;
};

/** Milliseconds between two words of a worker about where it is. */
const STATUS_INTERVAL = 250;

/** The work of one of several processes that another one started, and tells what comes of it. */
async function beWorker(spec: string, options: SweepCommandOptions, list: string): Promise<void> {
  // Where nobody hears it any more, `disconnect` says so.
  const send = (message: WorkerMessage) => void process.send?.(message, () => undefined);
  const interruption = listenForSignals(() => undefined);
  // Whoever started us is gone.
  process.on('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  let last = 0;
  const observe = (event: SweepEvent) => {
    if (event.kind === 'ran') send({ kind: 'ran', run: event.run, differs: event.differs });
    if (event.kind !== 'cell' || performance.now() - last < STATUS_INTERVAL) return;
    const text = statusOf(event.event);
    if (text === null) return;
    last = performance.now();
    send({ kind: 'status', text: `${event.cell}  ${text}` });
  };
  try {
    const { failure } = await runSweep({
      ...sweepOptions(spec, { ...options, workers: 1 }),
      ...(options.againSince === undefined ? {} : { again: true, againSince: options.againSince }),
      retry: false,
      only: new Set(JSON.parse(readFileSync(list, 'utf8')) as string[]),
      interruption,
      observe,
    });
    const end = {
      kind: 'end',
      faults: failure?.faults ?? [],
      exitCode: failure?.exitCode ?? ExitCode.ok,
    } as const;
    await new Promise<void>((done) => {
      if (process.send === undefined) done();
      else process.send(end, () => done());
    });
  } finally {
    interruption.dispose();
  }
}
