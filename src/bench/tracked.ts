/** Reports of benchmarks in MLflow: one run a suite, so that its charts show the history. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { ExitCode, FaultError } from '../fault/index.ts';
import {
  createClient,
  createTransport,
  type Measured,
  type MlflowSettings,
  type RunOutcome,
  syncMeasured,
} from '../tracking/index.ts';
import { GATE_FORMAT, type GateReport, gateExitCode, gateMarkdown } from './gate/index.ts';
import { type BenchReport, FORMAT, readReport } from './suite-report.ts';
import { formatCommit } from './suite-text.ts';

/** What MLflow shows of a file of `npm run bench:peers`: sessions a second in training and inference, ours first. */
interface PeersReport extends Pick<BenchReport, 'date' | 'machine' | 'code'> {
  readonly rounds: number;
  readonly seconds: number;
  readonly threads: number;
  readonly outcomes: readonly ({ readonly id: string; readonly title: string } & {
    readonly [mode in 'train' | 'infer']: Readonly<Record<'min' | 'median' | 'max' | 'batch', number>>;
  })[];
}

const PERCENTILES = ['min', 'p5', 'p25', 'median', 'p75', 'p95', 'p99', 'max'] as const;

/**
 * The runs of a file that `sessionlab bench` or `bench:peers` wrote.
 *
 * @throws FaultError (data) when it is none
 */
export function trackedRuns(path: string): readonly Measured[] {
  let text = '';
  let value: unknown;
  try {
    text = readFileSync(path, 'utf8');
    value = JSON.parse(text);
  } catch (error) {
    const problem = error instanceof SyntaxError ? 'no JSON' : 'cannot be read';
    throw new FaultError({ place: path, problem, cure: 'was it written completely?' }, ExitCode.data);
  }
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : null;
  const file = { path: basename(path), text };
  if (format === FORMAT) return suiteRuns(readReport(path), file);
  if (format === GATE_FORMAT || format === 'sessionlab peers 1') {
    try {
      return [
        format === GATE_FORMAT ? gateRun(value as GateReport, file) : peersRun(value as PeersReport, file),
      ];
    } catch (error) {
      // Only its own program writes it, so its parts are not checked one by one.
      if (!(error instanceof TypeError)) throw error;
      throw new FaultError(
        { place: path, problem: `a part is missing (${error.message})`, cure: 'measure it anew' },
        ExitCode.data,
      );
    }
  }
  throw new FaultError(
    {
      place: path,
      problem: `/format: got ${JSON.stringify(format)}, expected "${FORMAT}", "${GATE_FORMAT}" or "sessionlab peers 1"`,
      cure: 'name a file that `sessionlab bench` or `npm run bench:peers` wrote',
    },
    ExitCode.data,
  );
}

/** Sends files of benchmarks; each run once, whatever was interrupted before. */
export async function sendReports(
  settings: MlflowSettings,
  paths: readonly string[],
  restore = false,
): Promise<readonly RunOutcome[]> {
  const runs = paths.flatMap(trackedRuns);
  const client = createClient(createTransport(settings));
  return syncMeasured(client, runs, { restore }).finally(client.close);
}

function suiteRuns(report: BenchReport, file: Measured['report']): readonly Measured[] {
  const { measurements, failures, options, baseline } = report;
  const ratios = new Map((baseline?.comparisons ?? []).map((comparison) => [comparison.name, comparison]));
  const suites = [...new Set([...measurements, ...failures].map(({ suite }) => suite))];
  return suites.map((suite) => {
    const mine = measurements.filter((measurement) => measurement.suite === suite);
    const values = mine.flatMap((m): [string, number][] => {
      const ratio = ratios.get(m.name)?.ratio;
      const found: readonly (readonly [what: string, value: number | undefined])[] = [
        ...PERCENTILES.map((name) => [`${name} ${m.unit}`, m[name]] as const),
        ['noise', m.noise],
        [`${m.of ?? 'calls'} per s`, m.rate],
        ['GFLOPs', m.gflops],
        [`baseline ${m.unit}`, ratio === undefined ? undefined : m.median / ratio],
        ['ratio', ratio],
      ];
      return found.flatMap(([what, value]) => (value === undefined ? [] : [[`${m.name}/${what}`, value]]));
    });
    const failed = failures.filter((failure) => failure.suite === suite);
    const findings = report.findings.filter((finding) => finding.suite === suite);
    const tags: [string, string][] = [['suite', suite], ...machineTags(report)];
    if (baseline !== null)
      tags.push([
        'baseline',
        `${basename(baseline.file)}, ${baseline.date}, ${baseline.commit ?? 'no commit'}`,
      ]);
    if (failed.length > 0) tags.push(['failures', String(failed.length)]);
    return {
      experiment: 'sessionlab bench',
      name: suite,
      time: Date.parse(report.date),
      params: [
        ['seconds', String(options.seconds)],
        ['threads', String(options.threads)],
        ['quick', String(options.quick)],
        ...(options.filter === '' ? [] : ([['filter', options.filter.slice(0, 120)]] as const)),
      ],
      tags,
      values,
      report: file,
      note: [
        `${mine.length} benchmarks, ${report.machine.cpu}, ${formatCommit(report.code)}.`,
        ...failed.map(({ name, problem }) => `- failed: ${name}: ${problem}`),
        ...findings.map(({ statement, holds }) => `- ${holds ? 'holds' : 'does not hold'}: ${statement}`),
      ]
        .join('\n')
        .slice(0, 4000),
    };
  });
}

function gateRun(report: GateReport, file: Measured['report']): Measured {
  const { measurements, broken, against, rule, options } = report;
  const values = measurements.flatMap((m) =>
    (['baseline', 'candidate', 'change', 'low', 'high', 'otherChange', 'noise', 'pairs'] as const).flatMap(
      (what): [string, number][] => (m[what] === null ? [] : [[`${m.name}/${what}`, m[what]]]),
    ),
  );
  return {
    experiment: 'sessionlab bench gate',
    name: `against ${against.name}`.slice(0, 120),
    time: Date.parse(report.date),
    params: [
      ['tolerance', String(rule.tolerance)],
      ['clock', rule.clock],
      ['limit', String(options.limit)],
      ['threads', String(options.threads)],
    ],
    tags: [
      ['suite', 'gate'],
      ...machineTags(report),
      ['against', against.commit],
      ['exit code', String(gateExitCode(report))],
      ...(broken.length === 0 ? [] : ([['broken', String(broken.length)]] as const)),
    ],
    values,
    report: file,
    note: gateMarkdown(report).slice(0, 4000),
  };
}

function peersRun(report: PeersReport, file: Measured['report']): Measured {
  const [ours, ...others] = report.outcomes;
  const values: [string, number][] = [];
  const best: [string, string][] = [];
  for (const mode of ['train', 'infer'] as const) {
    for (const outcome of report.outcomes) {
      for (const what of ['min', 'median', 'max'] as const)
        values.push([`${mode}/${outcome.id}/${what} sessions per s`, outcome[mode][what]]);
      values.push([`${mode}/${outcome.id}/batch`, outcome[mode].batch]);
    }
    if (ours === undefined || others.length === 0) continue;
    const fastest = others.reduce((a, b) => (b[mode].median > a[mode].median ? b : a));
    values.push([`${mode}/ratio to the best peer`, ours[mode].median / fastest[mode].median]);
    best.push([`best peer ${mode}`, fastest.title]);
  }
  return {
    experiment: 'sessionlab bench peers',
    name: 'peers',
    time: Date.parse(report.date),
    params: [
      ['rounds', String(report.rounds)],
      ['seconds', String(report.seconds)],
      ['threads', String(report.threads)],
    ],
    tags: [['suite', 'peers'], ...machineTags(report), ...best],
    values,
    report: file,
    note: [
      `The same network in other frameworks, ${report.machine.cpu}, ${formatCommit(report.code)}; sessions a second, training and inference:`,
      ...report.outcomes.map(
        (o) => `- ${o.title}: ${Math.round(o.train.median)}, ${Math.round(o.infer.median)}`,
      ),
    ].join('\n'),
  };
}

function machineTags({ machine, code }: Pick<BenchReport, 'machine' | 'code'>): [string, string][] {
  const { cpu, cores, system, node, variant } = machine;
  return [
    ['machine', `${cpu}, ${cores} cores, ${system}, Node ${node}, ${variant}`],
    ['code version', `${code.version} (${formatCommit(code)})`],
  ];
}
