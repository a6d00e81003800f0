/** `sessionlab bench`: how fast this machine computes, and whether that has changed. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Option } from 'commander';
import {
  addBaseline,
  type BenchReport,
  benchExitCode,
  CLOCKS,
  checkComparable,
  compareAll,
  describeMachine,
  FORMAT,
  formatHead,
  formatSuite,
  formatVerdict,
  listBenchmarks,
  readReport,
  runSuites,
  type SuiteOptions,
  type SuiteResult,
  sendReports,
  writeReport,
} from '../bench/index.ts';
import { nativeVariants } from '../engine/index.ts';
import { ExitCode, FaultError, formatFault } from '../fault/index.ts';
import { codeVersion } from '../results/index.ts';
import { plural } from '../text/index.ts';
import { mlflowSettings } from '../tracking/index.ts';
import { type GateCommandOptions, gate } from './bench-gate.ts';
import { type Context, defineCommand } from './define.ts';
import { FORCE_OPTION, JSON_OPTION, refuseExisting } from './options.ts';
import { positive, threadCount } from './parse.ts';

interface BenchOptions extends GateCommandOptions {
  readonly seconds?: number;
  readonly quick?: boolean;
  readonly baseline?: string;
  readonly gate?: boolean;
  readonly out?: string;
  readonly force?: boolean;
  readonly mlflow?: boolean;
  readonly list?: boolean;
}

const SECONDS = 0.4;
const QUICK_SECONDS = 0.02;

export const command = defineCommand({
  name: 'bench',
  description: 'Measure kernels, training, inference, captures, sessions, morphs, encoding and start-up.',
  operands: [['[suite...]', 'suites to run; all when none is named']],
  options: [
    ['--filter <text>', 'only benchmarks with this text in their name', ''],
    [
      '--seconds <number>',
      `time each for at least this long (default: ${SECONDS})`,
      positive('--seconds', 'seconds', 'use 2, for example'),
    ],
    ['--threads <number>', 'what "all threads" means', threadCount, availableParallelism()],
    ['--quick', 'smallest sizes, two samples: shows that everything works'],
    ['--baseline <file>', 'compare with the file of another run'],
    ['--gate', 'hold this code against that of a revision, side by side in fresh processes; fails closed'],
    [
      '--against <what>',
      'the revision, as git:REVISION, or a file of an earlier measurement, whose commit is built anew (default: git:HEAD, or git:HEAD~1 where nothing is changed)',
    ],
    [
      '--tolerance <percent>',
      'a slowdown that must not get through the gate',
      positive('--tolerance', '%', 'use 5, for example'),
      5,
    ],
    new Option('--clock <name>', 'the time that decides; that of the processor on a machine with neighbours')
      .choices(CLOCKS)
      .default('wall'),
    [
      '--limit <minutes>',
      'what the gate has not decided by then is undecided',
      positive('--limit', 'minutes', 'use 10, for example'),
      10,
    ],
    [
      '--markdown <file>',
      'append the gate as a table for a pull request, for example to $GITHUB_STEP_SUMMARY',
    ],
    ['--out <file>', 'where the measurements go (default: results/bench/<date>.json)'],
    FORCE_OPTION,
    ['--mlflow', 'log them to the MLflow server of MLFLOW_TRACKING_URI, one run a suite'],
    JSON_OPTION,
    ['--list', 'print the names of the benchmarks, and do nothing'],
  ],
  notes: `
Suites: cli, capture, session, morph, encode, kernels, training, inference, scaling, growth (exponents of time and
memory). Their data is synthetic and made anew. What a benchmark computes is hashed and must be the same every time, whatever computes it; a benchmark that does
not do what it should fails.

Median and 95th percentile are those of single calls; the noise is how much the medians of parts of the measurement
differ. With a baseline, the ratio of the medians counts as slower or faster when it is beyond twice the noise of both
runs together, at least 3%. A benchmark of the baseline that is asked for and not there, or computes something else, is
no pass: it is named. On a machine that others use, too, repeat what looks slower.

With --gate, the smallest sizes are measured in fresh processes of both sides that take turns, in an order that is drawn, until
each benchmark is slower, faster or the same within the tolerance, or the time is over. What pairs of the same code differ by,
meanwhile, is the noise. Of code that is as fast, one gate in 1,000 calls anything slower or faster (Holm over the
benchmarks); a slowdown of the tolerance is called the same once in 100. A benchmark that vanished, computes something else
or nothing, or is undecided is no pass. Without suites and --filter, eight benchmarks are measured.`,
  examples: [
    ['sessionlab bench', 'everything: about five minutes'],
    'sessionlab bench training inference',
    'sessionlab bench kernels --filter lstm --seconds 2',
    ['sessionlab bench --quick', 'a smoke run'],
    ['sessionlab bench --out before.json', '… change something …'],
    'sessionlab bench --baseline before.json',
    ['sessionlab bench --gate --against git:main', 'is this branch slower?'],
    'sessionlab bench kernels training --gate --tolerance 3 --limit 20 --markdown summary.md',
    'MLFLOW_TRACKING_URI=http://127.0.0.1:5000 sessionlab bench --mlflow',
    "sessionlab bench training --json | jq '.measurements[] | [.name, .rate]'",
  ],
  exitCodes: {
    0: 'measured; nothing is slower than the baseline',
    1: 'something is slower than the baseline beyond the noise, or a benchmark failed',
    2: 'nothing could be measured or compared, a benchmark of the baseline vanished or computes something else, the machine was too noisy for the gate, or the command line is wrong',
  },
  run: async ([suites]: readonly [readonly string[]], options: BenchOptions, context) => {
    if (options.list !== true) return bench(suites, options, context);
    for (const name of await listBenchmarks(runOptions(suites, options))) context.print(`${name}\n`);
    return ExitCode.ok;
  },
});

function runOptions(suites: readonly string[], options: BenchOptions): SuiteOptions {
  // The reference engine would take hours for the other sizes.
  const quick = options.quick === true || nativeVariants().length === 0;
  return {
    suites,
    filter: options.filter,
    seconds: options.seconds ?? (quick ? QUICK_SECONDS : SECONDS),
    threads: options.threads,
    quick,
  };
}

async function bench(suites: readonly string[], options: BenchOptions, context: Context) {
  const { reporter, interruption } = context;
  if (options.out !== undefined) refuseExisting(options.out, options);
  checkTogether(options);
  // Before anything is measured: it would be a pity to find out afterwards that it cannot be read.
  const then = options.baseline === undefined ? null : readReport(options.baseline);
  // A variable that cannot be used is said now; a server that does not answer is said at the end.
  const server = options.mlflow === true ? mlflowSettings() : null;
  const date = new Date().toISOString();
  const out = options.out ?? join('results', 'bench', `${date.replace(/[:.]/g, '-')}.json`);
  if (options.gate === true) {
    const code = await gate(suites, options, out, context);
    if (options.mlflow === true) await log(server, out, reporter.line);
    return code;
  }
  const chosen = runOptions(suites, options);
  if (then !== null) checkComparable(options.baseline!, then, chosen.quick);
  const head = {
    machine: describeMachine(process.env),
    code: await codeVersion(),
    date,
  };
  const tables = options.json !== true;
  // A benchmark is no step that could be waited for.
  interruption.signal.addEventListener('abort', () => process.exit(ExitCode.interrupted));
  const { suites: results, peaks } = await runSuites(chosen, {
    begin: (name, index, count) => {
      if (index === 0 && tables) context.print(`${formatHead(head)}\n`);
      reporter.status(() => `${index + 1} of ${count}: ${name}`);
    },
    end: (result) => {
      if (tables) context.print(`${formatSuite(result, then === null ? null : ratios(result, then))}\n`);
    },
  });
  const found: BenchReport = {
    format: FORMAT,
    ...head,
    peaks,
    options: chosen,
    measurements: results.flatMap(({ measurements }) => measurements),
    failures: results.flatMap(({ failures }) => failures),
    findings: results.flatMap(({ findings }) => findings),
    baseline: null,
  };
  const report = then === null ? found : addBaseline(found, options.baseline!, then);
  await writeReport(out, report);
  if (tables) context.print(`${formatVerdict(report)}written to ${out}\n`);
  else context.printJson(report, 2);
  if (options.mlflow === true) await log(server, out, reporter.line);
  return benchExitCode({
    measured: report.measurements.length,
    failed: report.failures.length,
    ...(report.baseline === null ? {} : { against: report.baseline }),
  });
}

/** Options that say nothing together. @throws FaultError */
function checkTogether({ gate, against, markdown, baseline, quick, seconds }: BenchOptions): void {
  const refuse = (place: string, problem: string, cure: string) => new FaultError({ place, problem, cure });
  if (gate !== true) {
    const only = against !== undefined ? '--against' : markdown !== undefined ? '--markdown' : null;
    if (only !== null) throw refuse(only, 'is for a gate', 'add --gate');
    return;
  }
  const other =
    baseline !== undefined ? '--baseline' : quick ? '--quick' : seconds !== undefined ? '--seconds' : null;
  if (other !== null)
    throw refuse(
      other,
      'is not for a gate, which has sizes and times of its own',
      'use --against and --limit',
    );
}

/** What was measured is in its file, whatever becomes of this. */
async function log(
  server: ReturnType<typeof mlflowSettings>,
  file: string,
  say: (line: string) => void,
): Promise<void> {
  const later = `\`sessionlab mlflow bench ${file}\` sends it later`;
  if (server === null) return say(`mlflow: MLFLOW_TRACKING_URI is not set; ${later}`);
  try {
    const runs = await sendReports({ ...server, retries: Math.min(2, server.retries) }, [file]);
    say(`mlflow: ${plural(runs.length, 'run')} at ${server.address}`);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    for (const fault of error.faults) say(`mlflow: ${formatFault(fault)}`);
    say(`mlflow: ${later}`);
  }
}

function ratios({ measurements }: SuiteResult, then: BenchReport) {
  const { comparisons } = compareAll(measurements, then.measurements);
  return new Map(comparisons.map((comparison) => [comparison.name, comparison]));
}
