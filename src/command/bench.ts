/** `sessionlab bench`: how fast this machine computes, and whether that has changed. */
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import {
  type BenchReport,
  benchExitCode,
  checkComparable,
  compareAll,
  describeCode,
  describeMachine,
  differencesOf,
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
import { createReporter, plural } from '../text/index.ts';
import { mlflowSettings } from '../tracking/index.ts';
import { parseThreads } from './threads.ts';

interface BenchOptions {
  readonly filter: string;
  readonly seconds?: number;
  readonly threads: number;
  readonly quick?: boolean;
  readonly baseline?: string;
  readonly out?: string;
  readonly mlflow?: boolean;
  readonly json?: boolean;
  readonly list?: boolean;
}

const SECONDS = 0.4;
const QUICK_SECONDS = 0.02;

const EXAMPLES = `
Suites: cli, capture, session, morph, encode, kernels, training, inference, scaling. Their data is synthetic and made
anew. What a benchmark computes is hashed and must be the same every time, whatever computes it; a benchmark that does
not do what it should fails.

Median and 95th percentile are those of single calls; the noise is how much the medians of parts of the measurement
differ. With a baseline, the ratio of the medians counts as slower or faster when it is beyond twice the noise of both
runs together, at least 3%. On a machine that others use, too, repeat what looks slower.

Examples:
  $ sessionlab bench                                   everything: about three minutes
  $ sessionlab bench training inference
  $ sessionlab bench kernels --filter lstm --seconds 2
  $ sessionlab bench --quick                           a smoke run
  $ sessionlab bench --out before.json                 … change something …
  $ sessionlab bench --baseline before.json
  $ MLFLOW_TRACKING_URI=http://127.0.0.1:5000 sessionlab bench --mlflow
  $ sessionlab bench training --json | jq '.measurements[] | [.name, .rate]'

Exit codes:
    0  measured; nothing is slower than the baseline
    1  something is slower than the baseline beyond the noise, or a benchmark failed
    2  nothing could be measured or compared, or the command line is wrong`;

/** The command, ready to be added to the program. */
export function benchCommand(): Command {
  return new Command('bench')
    .summary('measure how fast this machine computes, and compare')
    .description('Measure kernels, training, inference, captures, sessions, morphs, encoding and start-up.')
    .argument('[suite...]', 'suites to run; all when none is named')
    .option('--filter <text>', 'only benchmarks with this text in their name', '')
    .option(
      '--seconds <number>',
      `time each for at least this long (default: ${SECONDS})`,
      positive('--seconds'),
    )
    .option('--threads <number>', 'what "all threads" means', parseThreads, availableParallelism())
    .option('--quick', 'smallest sizes, two samples: shows that everything works')
    .option('--baseline <file>', 'compare with the file of another run')
    .option('--out <file>', 'where the measurements go (default: results/bench/<date>.json)')
    .option('--mlflow', 'log them to the MLflow server of MLFLOW_TRACKING_URI, one run a suite')
    .option('--json', 'print the measurements as JSON instead of tables')
    .option('--list', 'print the names of the benchmarks, and do nothing')
    .addHelpText('after', EXAMPLES)
    .action(async (suites: readonly string[], options: BenchOptions) => {
      if (options.list === true) {
        for (const name of await listBenchmarks(runOptions(suites, options)))
          process.stdout.write(`${name}\n`);
        return;
      }
      process.exitCode = await bench(suites, options);
    });
}

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

async function bench(suites: readonly string[], options: BenchOptions): Promise<number> {
  // Before anything is measured: it would be a pity to find out afterwards that it cannot be read.
  const then = options.baseline === undefined ? null : readReport(options.baseline);
  // A variable that cannot be used is said now; a server that does not answer is said at the end.
  const server = options.mlflow === true ? mlflowSettings() : null;
  const chosen = runOptions(suites, options);
  if (then !== null) checkComparable(options.baseline!, then, chosen.quick);
  const head = {
    machine: describeMachine(process.env),
    code: describeCode(),
    date: new Date().toISOString(),
  };
  const tables = options.json !== true;
  const stop = () => process.exit(ExitCode.interrupted);
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const progress = createReporter(process.stdout, process.stderr);
  const { suites: results, peaks } = await runSuites(chosen, {
    begin: (name, index, count) => {
      if (index === 0 && tables) process.stdout.write(`${formatHead(head)}\n`);
      progress.status(() => `${index + 1} of ${count}: ${name}`);
    },
    end: (result) => {
      progress.clear();
      if (tables)
        process.stdout.write(`${formatSuite(result, then === null ? null : ratios(result, then))}\n`);
    },
  });
  progress.clear();
  process.off('SIGINT', stop).off('SIGTERM', stop);
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
  const report = then === null ? found : { ...found, baseline: against(options.baseline!, found, then) };
  const out = options.out ?? join('results', 'bench', `${head.date.replace(/[:.]/g, '-')}.json`);
  writeReport(out, report);
  if (tables) process.stdout.write(`${formatVerdict(report)}written to ${out}\n`);
  else process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  if (options.mlflow === true) await log(server, out);
  return benchExitCode({
    measured: report.measurements.length,
    failed: report.failures.length,
    ...(report.baseline === null ? {} : { against: report.baseline }),
  });
}

/** What was measured is in its file, whatever becomes of this. */
async function log(server: ReturnType<typeof mlflowSettings>, file: string): Promise<void> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
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

function against(file: string, now: BenchReport, then: BenchReport) {
  return {
    file,
    date: then.date,
    commit: then.code.commit,
    differences: differencesOf(now, then),
    ...compareAll(now.measurements, then.measurements),
  };
}

function positive(option: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value > 0 && value < Number.POSITIVE_INFINITY) return value;
    throw new FaultError({ place: option, problem: `got ${JSON.stringify(text)}, must be more than 0` });
  };
}
