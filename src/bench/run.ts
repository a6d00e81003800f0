/** Runs suites: one benchmark after the other, each checked. */
import { setImmediate } from 'node:timers/promises';
import { measurePeak, nativeVariants } from '../engine/index.ts';
import { ExitCode, FaultError, suggest } from '../fault/index.ts';
import type { Benchmark, BenchmarkFailure, Finding, Measurement, Suite } from './benchmark.ts';
import { createFixture } from './fixture.ts';
import { type MeasureOptions, measure } from './measure.ts';
import { createSuites } from './suites/index.ts';

export interface SuiteOptions {
  /** Names of suites; all when empty. */
  readonly suites: readonly string[];
  /** Only benchmarks with this text in their name, whatever its case. */
  readonly filter: string;
  /** Each benchmark at least. */
  readonly seconds: number;
  readonly threads: number;
  readonly quick: boolean;
}

/** What happens while suites run. */
export interface RunEvents {
  readonly begin?: (name: string, index: number, count: number) => void;
  readonly end?: (suite: SuiteResult) => void;
}

export interface SuiteResult {
  readonly suite: string;
  readonly summary: string;
  readonly measurements: readonly Measurement[];
  readonly failures: readonly BenchmarkFailure[];
  readonly findings: readonly Finding[];
}

export interface SuitesResult {
  readonly suites: readonly SuiteResult[];
  /** Peak GFLOP/s of f32 FMA on one thread, for the variants whose operations are counted. */
  readonly peaks: Readonly<Record<string, number>>;
}

const SAMPLES = 5;
const QUICK_SAMPLES = 2;

/** The names that a run would measure, in order. */
export async function listBenchmarks(options: SuiteOptions): Promise<readonly string[]> {
  const fixture = createFixture();
  try {
    const chosen = await choose(createSuites({ fixture, ...options }), options);
    return chosen.flatMap(({ benchmarks }) => benchmarks.map(({ name }) => name));
  } finally {
    fixture.remove();
  }
}

/**
 * Runs what was chosen. What fails is told with its reason, the rest goes on.
 *
 * @throws FaultError when there is no such suite, or no benchmark matches
 */
export async function runSuites(options: SuiteOptions, events: RunEvents = {}): Promise<SuitesResult> {
  const fixture = createFixture();
  process.once('exit', fixture.remove);
  try {
    const chosen = await choose(createSuites({ fixture, ...options }), options);
    const count = chosen.reduce((sum, { benchmarks }) => sum + benchmarks.length, 0);
    if (count === 0) throw nothingMatches(options);
    const peaks = measurePeaks(chosen.flatMap(({ benchmarks }) => benchmarks));
    const samples = options.quick ? QUICK_SAMPLES : SAMPLES;
    const measureOptions = { seconds: options.seconds, samples, peaks };
    const results: SuiteResult[] = [];
    let index = 0;
    for (const { suite, benchmarks } of chosen) {
      const result = await runSuite(suite, benchmarks, measureOptions, (name) =>
        events.begin?.(name, index++, count),
      );
      events.end?.(result);
      results.push(result);
    }
    return { suites: results, peaks };
  } finally {
    process.off('exit', fixture.remove);
    fixture.remove();
  }
}

async function runSuite(
  suite: Suite,
  benchmarks: readonly Benchmark[],
  options: MeasureOptions,
  begin: (name: string) => void,
): Promise<SuiteResult> {
  const measured = new Map<string, Measurement>();
  const failures: BenchmarkFailure[] = [];
  const problems = new Map<string, Measurement>();
  for (const benchmark of benchmarks) {
    const { name } = benchmark;
    begin(name);
    // Signals and progress have their turn.
    await setImmediate();
    try {
      const measurement = await measure(benchmark, options);
      checkAgreement(benchmark, measurement, problems);
      measured.set(name, measurement);
    } catch (error) {
      failures.push({
        suite: suite.name,
        name,
        problem: error instanceof Error ? error.message : String(error),
      });
    }
  }
  return {
    suite: suite.name,
    summary: suite.summary,
    measurements: [...measured.values()],
    failures,
    findings: suite.conclude?.(measured) ?? [],
  };
}

/** Whatever computes a problem, on however many threads, computes the same. */
function checkAgreement(
  { problem }: Benchmark,
  measurement: Measurement,
  problems: Map<string, Measurement>,
): void {
  if (problem === undefined) return;
  const first = problems.get(problem);
  if (first === undefined) problems.set(problem, measurement);
  else if (first.checksum !== measurement.checksum)
    throw new RangeError(`computed ${measurement.checksum}, but ${first.name} computed ${first.checksum}`);
}

/** Measures the peaks of the variants that something is compared with. */
function measurePeaks(benchmarks: readonly Benchmark[]): Readonly<Record<string, number>> {
  const used = new Set(
    benchmarks.map((benchmark) => (benchmark.kind === 'time' ? benchmark.variant : undefined)),
  );
  const variants = nativeVariants().filter((variant) => used.has(variant));
  return Object.fromEntries(variants.map((variant) => [variant, measurePeak(variant)]));
}

/** Whether a benchmark, which its suite's name begins, is among those that are asked for. */
export function isWanted({ suites, filter }: Pick<SuiteOptions, 'suites' | 'filter'>, name: string): boolean {
  if (suites.length > 0 && !suites.some((suite) => name.startsWith(`${suite}/`))) return false;
  return name.toLowerCase().includes(filter.toLowerCase());
}

async function choose(
  suites: readonly Suite[],
  { suites: wanted, filter }: SuiteOptions,
): Promise<readonly { readonly suite: Suite; readonly benchmarks: readonly Benchmark[] }[]> {
  const names = suites.map(({ name }) => name);
  const faults = wanted.filter((name) => !names.includes(name)).map((name) => unknownSuite(name, names));
  if (faults.length > 0) throw new FaultError(faults, ExitCode.usage);
  const chosen: { suite: Suite; benchmarks: readonly Benchmark[] }[] = [];
  for (const suite of suites) {
    if (wanted.length > 0 && !wanted.includes(suite.name)) continue;
    const all = await suite.benchmarks();
    const benchmarks = all.filter(({ name }) => isWanted({ suites: wanted, filter }, name));
    if (benchmarks.length > 0) chosen.push({ suite, benchmarks });
  }
  return chosen;
}

function unknownSuite(name: string, names: readonly string[]) {
  const near = suggest(name, names);
  return {
    place: 'bench',
    problem: `no suite ${JSON.stringify(name)}, must be one of ${names.join(', ')}`,
    ...(near === undefined ? {} : { cure: `did you mean "${near}"?` }),
  };
}

function nothingMatches({ suites, filter }: SuiteOptions): FaultError {
  const where = suites.length === 0 ? 'any suite' : suites.join(', ');
  return new FaultError(
    {
      place: '--filter',
      problem: `no benchmark of ${where} has ${JSON.stringify(filter)} in its name`,
      cure: 'sessionlab bench --list shows the names',
    },
    ExitCode.usage,
  );
}
