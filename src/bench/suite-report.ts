/** The record of a run: what is written to a file and read again as a baseline. */
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import Type from 'typebox';
import { codeOf, makeFolder, writeWhole } from '../disk/index.ts';
import { type Fault, FaultError } from '../fault/index.ts';
import { type CodeVersion, misfit } from '../results/index.ts';
import type { BenchmarkFailure, Finding, Measurement } from './benchmark.ts';
import { type BaselineComparison, compareAll } from './compare.ts';
import type { Machine } from './machine.ts';
import { isWanted } from './run.ts';

export const FORMAT = 'sessionlab-bench-1';

/** Where a baseline comes from, and what came of the comparison. */
interface AgainstBaseline extends BaselineComparison {
  readonly file: string;
  readonly date: string;
  readonly commit: string | null;
  /** What else is different there, so that ratios may not be due to the code. */
  readonly differences: readonly string[];
}

/** Everything that a run found. */
export interface BenchReport {
  readonly format: typeof FORMAT;
  /** UTC. */
  readonly date: string;
  readonly code: CodeVersion;
  readonly machine: Machine;
  /** Peak GFLOP/s of f32 FMA on one thread, for the variants of the engine whose operations are counted. */
  readonly peaks: Readonly<Record<string, number>>;
  readonly options: {
    readonly suites: readonly string[];
    readonly filter: string;
    readonly seconds: number;
    readonly threads: number;
    readonly quick: boolean;
  };
  readonly measurements: readonly Measurement[];
  readonly failures: readonly BenchmarkFailure[];
  readonly findings: readonly Finding[];
  readonly baseline: AgainstBaseline | null;
}

/** What a report must have to be compared with, whatever else an older version did not write. */
const REPORT = Type.Object({
  format: Type.Literal(FORMAT),
  date: Type.String(),
  machine: Type.Object({}),
  code: Type.Object({}),
  options: Type.Object({}),
  measurements: Type.Array(
    Type.Object({
      name: Type.String(),
      suite: Type.String(),
      unit: Type.String(),
      checksum: Type.String(),
      median: Type.Number(),
      noise: Type.Number(),
    }),
  ),
});

/** Writes a report, whole or not at all, and makes the folder it belongs to. */
export async function writeReport(path: string, report: { readonly format: string }): Promise<void> {
  await makeFolder(dirname(path));
  await writeWhole(path, `${JSON.stringify(report, null, 2)}\n`);
}

/**
 * Reads the report of another run.
 *
 * @throws FaultError when it is not there or is none
 */
export function readReport(path: string): BenchReport {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
    throw fault(path, 'no such file', 'sessionlab bench --out FILE writes one');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw fault(
      path,
      `no JSON: ${error instanceof Error ? error.message : error}`,
      'was it written completely?',
    );
  }
  const problem = misfit(REPORT, value);
  if (problem !== null)
    throw fault(path, `no report of benchmarks, ${problem}`, 'name a file that sessionlab bench wrote');
  return value as BenchReport;
}

function fault(place: string, problem: string, cure: string): FaultError {
  const found: Fault = { place: `--baseline ${place}`, problem, cure };
  return new FaultError(found);
}

/**
 * Whether the sizes are the same, so that names mean the same work.
 *
 * @throws FaultError when one is a smoke run and the other is not
 */
export function checkComparable(path: string, then: BenchReport, quick: boolean): void {
  if ((then.options.quick === true) === quick) return;
  const kind = quick ? 'is none of a smoke run' : 'is of a smoke run';
  throw fault(
    path,
    `it ${kind}: its sizes are others`,
    quick ? 'leave out --quick' : 'add --quick, or measure it anew',
  );
}

/** What is different between two runs besides the code. */
export function differencesOf(now: BenchReport, then: BenchReport): readonly string[] {
  const facts = ({ machine, options: { threads } }: BenchReport) =>
    Object.entries({
      CPU: machine.cpu,
      cores: machine.cores,
      system: machine.system,
      Node: machine.node,
      variant: machine.variant,
      compiler: machine.compiler,
      threads,
    });
  const there = facts(then);
  return facts(now).flatMap(([what, value], i) => {
    const other = there[i]![1];
    return String(value) === String(other) ? [] : [`${what}: ${value} now, ${other} there`];
  });
}

/** A report with its comparison with the baseline that was read from a file. */
export function addBaseline(now: BenchReport, file: string, then: BenchReport): BenchReport {
  const failed = new Set(now.failures.map(({ name }) => name));
  const expected = (name: string) => isWanted(now.options, name) && !failed.has(name);
  const baseline = {
    file,
    date: then.date,
    commit: then.code.commit,
    differences: differencesOf(now, then),
    ...compareAll(now.measurements, then.measurements, expected),
  };
  return { ...now, baseline };
}
