/** `sessionlab bench`: how fast this machine computes, and whether that has changed. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  addBaseline,
  type BenchReport,
  benchExitCode,
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
import { type Context, defineCommand } from './define.ts';
import { FORCE_OPTION, JSON_OPTION, refuseExisting } from './options.ts';
import { positive, threadCount } from './parse.ts';

interface BenchOptions {
  readonly filter: string;
  readonly seconds?: number;
  readonly threads: number;
  readonly quick?: boolean;
  readonly baseline?: string;
  readonly out?: string;
  readonly force?: boolean;
  readonly mlflow?: boolean;
  readonly json?: boolean;
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
    ['--out <file>', 'where the measurements go (default: results/bench/<date>.json)'],
    FORCE_OPTION,
    ['--mlflow', 'log them to the MLflow server of MLFLOW_TRACKING_URI, one run a suite'],
    JSON_OPTION,
    ['--list', 'print the names of the benchmarks, and do nothing'],
  ],
  notes: `
Suites: cli, capture, session, morph, encode, kernels, training, inference, scaling. Their data is synthetic and made
anew. What a benchmark computes is hashed and must be the same every time, whatever computes it; a benchmark that does
not do what it should fails.

Median and 95th percentile are those of single calls; the noise is how much the medians of parts of the measurement
differ. With a baseline, the ratio of the medians counts as slower or faster when it is beyond twice the noise of both
runs together, at least 3%. A benchmark of the baseline that is asked for and not there, or computes something else, is
no pass: it is named. On a machine that others use, too, repeat what looks slower.`,
  examples: [
    ['sessionlab bench', 'everything: about three minutes'],
    'sessionlab bench training inference',
    'sessionlab bench kernels --filter lstm --seconds 2',
    ['sessionlab bench --quick', 'a smoke run'],
    ['sessionlab bench --out before.json', '… change something …'],
    'sessionlab bench --baseline before.json',
    'MLFLOW_TRACKING_URI=http://127.0.0.1:5000 sessionlab bench --mlflow',
    "sessionlab bench training --json | jq '.measurements[] | [.name, .rate]'",
  ],
  exitCodes: {
    0: 'measured; nothing is slower than the baseline',
    1: 'something is slower than the baseline beyond the noise, or a benchmark failed',
    2: 'nothing could be measured or compared, a benchmark of the baseline vanished or computes something else, or the command line is wrong',
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
  // Before anything is measured: it would be a pity to find out afterwards that it cannot be read.
  const then = options.baseline === undefined ? null : readReport(options.baseline);
  // A variable that cannot be used is said now; a server that does not answer is said at the end.
  const server = options.mlflow === true ? mlflowSettings() : null;
  const chosen = runOptions(suites, options);
  if (then !== null) checkComparable(options.baseline!, then, chosen.quick);
  const head = {
    machine: describeMachine(process.env),
    code: await codeVersion(),
    date: new Date().toISOString(),
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
  const out = options.out ?? join('results', 'bench', `${head.date.replace(/[:.]/g, '-')}.json`);
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
