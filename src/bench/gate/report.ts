/** The record of a gate, what it is held against, and how it ends. */
import { readFileSync } from 'node:fs';
import Type from 'typebox';
import { codeOf } from '../../disk/index.ts';
import { ExitCode, FaultError } from '../../fault/index.ts';
import { type CodeVersion, misfit } from '../../results/index.ts';
import type { Machine } from '../machine.ts';
import { isWanted, type SuiteOptions } from '../run.ts';
import type { GateRule } from './decide.ts';
import type { BrokenBenchmark, GateMeasurement, GateResult } from './measure-gate.ts';
import { commitOf } from './sides.ts';

export const GATE_FORMAT = 'sessionlab-gate-1';

/** Everything that a gate found. */
export interface GateReport extends GateResult {
  readonly format: typeof GATE_FORMAT;
  /** UTC. */
  readonly date: string;
  readonly code: CodeVersion;
  readonly machine: Machine;
  /** What the candidate was held against, as it was named, and its commit. */
  readonly against: { readonly name: string; readonly commit: string };
  readonly rule: GateRule;
  readonly options: Pick<SuiteOptions, 'suites' | 'filter' | 'threads'> & { readonly limit: number };
  /** Benchmarks that only the candidate has. */
  readonly added: readonly string[];
}

/** What a candidate is held against. */
export interface Against {
  readonly name: string;
  readonly commit: string;
  /** Checksums by benchmark, of a file; null of a revision, which computes them anew. */
  readonly expected: ReadonlyMap<string, string> | null;
}

/** Of a report of `bench` or of a gate, what says which code made it and what that computed. */
const EXPECTED = Type.Object({
  format: Type.Union([Type.Literal('sessionlab-bench-1'), Type.Literal(GATE_FORMAT)]),
  code: Type.Object({ commit: Type.String(), changedFiles: Type.Union([Type.Number(), Type.Null()]) }),
  measurements: Type.Array(Type.Object({ name: Type.String(), checksum: Type.String() })),
});

/**
 * Reads `git:REV`, or the file of an earlier measurement: its commit is built anew, for times of another hour say nothing, and
 * its benchmarks must be there and compute what they did.
 *
 * @throws FaultError when there is no such commit or file
 */
export async function readAgainst(text: string): Promise<Against> {
  if (text.startsWith('git:')) return { name: text, commit: await commitOf(text.slice(4)), expected: null };
  const refuse = (problem: string, cure: string) =>
    new FaultError({ place: `--against ${text}`, problem, cure });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(text, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw refuse('no JSON', 'was it written completely?');
    if (codeOf(error) !== 'ENOENT') throw error;
    throw refuse('no such file', 'a revision is named as git:REVISION, as in --against git:main');
  }
  const problem = misfit(EXPECTED, value);
  if (problem !== null)
    throw refuse(
      `no report of benchmarks with a commit, ${problem}`,
      'name a file that sessionlab bench wrote',
    );
  const { code, measurements } = value as Type.Static<typeof EXPECTED>;
  if (code.changedFiles !== 0)
    throw refuse(
      'it was measured with files that differ from its commit, which cannot be built anew',
      'measure it at a commit, or name a revision: --against git:REVISION',
    );
  return {
    name: text,
    commit: await commitOf(code.commit),
    expected: new Map(measurements.map(({ name, checksum }) => [name, checksum])),
  };
}

/** What a gate measures unless it is told: of each part of the way of a session the benchmark that says most. */
const USUAL = [
  'cli/sessionlab --version',
  'capture/read pcap',
  'session/assemble',
  "morph/the article's mix, repaired",
  'encode/43 bytes',
  'kernels/step gru, 50 units',
  'training/batch 20, 1 thread',
  'inference/predict, batch 20, 1 thread',
];

/** The benchmarks of a gate among those of one side, in their order there: of a kernel, the best variant. */
export function gateNames(
  all: readonly string[],
  options: Pick<SuiteOptions, 'suites' | 'filter'>,
): readonly string[] {
  if (options.suites.length > 0 || options.filter !== '')
    return all.filter((name) => isWanted(options, name));
  const usual = USUAL.flatMap(
    (wanted) => all.find((name) => name === wanted || name.startsWith(`${wanted}, `)) ?? [],
  );
  return all.filter((name) => usual.includes(name));
}

/** Of the sides' lists: what to measure, what only the candidate has, and what vanished of a file. */
export function chooseBenchmarks(
  { baseline, candidate }: Readonly<Record<'baseline' | 'candidate', readonly string[]>>,
  options: Pick<SuiteOptions, 'suites' | 'filter'>,
  expected: ReadonlyMap<string, string> | null,
): {
  readonly names: readonly string[];
  readonly added: readonly string[];
  readonly vanished: readonly BrokenBenchmark[];
} {
  const names = gateNames(baseline, options);
  const noted = [...(expected?.keys() ?? [])];
  const asked = options.suites.length > 0 || options.filter !== '' ? gateNames(noted, options) : [];
  if (names.length === 0)
    throw new FaultError(
      {
        place: '--filter',
        problem: 'no benchmark of the baseline fits',
        cure: 'sessionlab bench --list --quick shows the names',
      },
      ExitCode.usage,
    );
  return {
    names,
    added: gateNames(candidate, options).filter((name) => !baseline.includes(name)),
    vanished: asked
      .filter((name) => !names.includes(name))
      .map((name) => ({ name, problem: 'vanished: the file has it, its commit has none of this name' })),
  };
}

/** A result with what a file says against it. */
export function holdAgainst(
  { measurements, broken, ...rest }: GateResult,
  expected: ReadonlyMap<string, string> | null,
  vanished: readonly BrokenBenchmark[],
): GateResult {
  const other = ({ name, checksum }: GateMeasurement): boolean =>
    (expected?.get(name) ?? checksum) !== checksum;
  const changed = measurements.filter(other).map(({ name, checksum }) => ({
    name,
    problem: `computes something else: ${checksum}, the file has ${expected!.get(name)}`,
  }));
  return {
    ...rest,
    measurements: measurements.filter((one) => !other(one)),
    broken: [...broken, ...changed, ...vanished],
  };
}

/**
 * How a gate ends: 0 when nothing is slower; 1 when something is; 2 when something vanished, computes something else or
 * nothing, when nothing was measured, or when the machine was too noisy to tell.
 */
export function gateExitCode({
  measurements,
  broken,
}: Pick<GateResult, 'measurements' | 'broken'>): 0 | 1 | 2 {
  if (broken.length > 0 || measurements.length === 0) return 2;
  if (measurements.some(({ verdict }) => verdict === 'slower')) return 1;
  return measurements.some(({ verdict }) => verdict === 'undecided') ? 2 : 0;
}
