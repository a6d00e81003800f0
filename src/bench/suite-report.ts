/** The record of a run: what is written to a file and read again as a baseline. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Fault, FaultError } from '../fault/index.ts';
import type { BenchmarkFailure, Finding, Measurement } from './benchmark.ts';
import { type BaselineComparison, compareAll } from './compare.ts';
import type { CodeVersion, Machine } from './machine.ts';

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

/** Writes a report, whole or not at all, and makes the folder it belongs to. */
export function writeReport(path: string, report: BenchReport): void {
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.${process.pid}.tmp`;
  writeFileSync(partial, `${JSON.stringify(report, null, 2)}\n`, { flush: true });
  renameSync(partial, path);
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
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing) throw error;
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
  if (!isReport(value))
    throw fault(
      path,
      `no report of benchmarks, expected "format": "${FORMAT}" and measurements`,
      'name a file that sessionlab bench wrote',
    );
  return value;
}

function fault(place: string, problem: string, cure: string): FaultError {
  const found: Fault = { place: `--baseline ${place}`, problem, cure };
  return new FaultError(found);
}

function isReport(value: unknown): value is BenchReport {
  if (!isObject(value) || value.format !== FORMAT) return false;
  if (!['machine', 'code', 'options'].every((key) => isObject(value[key]))) return false;
  const list = value.measurements;
  return typeof value.date === 'string' && Array.isArray(list) && list.every(isMeasurement);
}

function isMeasurement(value: unknown): value is Measurement {
  if (!isObject(value)) return false;
  const texts = ['name', 'suite', 'unit', 'checksum'].every((key) => typeof value[key] === 'string');
  return texts && ['median', 'noise'].every((key) => Number.isFinite(value[key]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
  const baseline = {
    file,
    date: then.date,
    commit: then.code.commit,
    differences: differencesOf(now, then),
    ...compareAll(now.measurements, then.measurements),
  };
  return { ...now, baseline };
}
