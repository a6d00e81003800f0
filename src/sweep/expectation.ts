/**
 * What a spec is expected to give: the result hash of every run, and, for changes that are meant, how much worse metrics may
 * become. A file of it is committed beside the spec.
 */
import { readFileSync } from 'node:fs';
import Type from 'typebox';
import { codeOf, writeWhole } from '../disk/index.ts';
import type { Metrics } from '../evaluation/index.ts';
import { ExitCode, FaultError, suggest } from '../fault/index.ts';
import { misfit, readRecord } from '../results/index.ts';
import { holm, pairedDifference, type SeedsNeeded, seedsNeeded } from '../statistics/index.ts';
import { displayPath } from '../text/index.ts';
import type { SweepRun } from './options.ts';

const EXPECTED_FORMAT = 'sessionlab-expected-1';

const schema = Type.Object({
  format: Type.Literal(EXPECTED_FORMAT),
  /** By metric: how much worse its mean over seeds may be. */
  margins: Type.Record(Type.String(), Type.Number({ exclusiveMinimum: 0 })),
  runs: Type.Array(
    Type.Object({
      cell: Type.String(),
      seed: Type.Integer(),
      resultHash: Type.String({ pattern: '^[0-9a-f]{64}$' }),
      metrics: Type.Record(Type.String(), Type.Union([Type.Number(), Type.Null()])),
    }),
  ),
});

export interface Expectation {
  readonly format: typeof EXPECTED_FORMAT;
  readonly margins: Readonly<Record<string, number>>;
  readonly runs: readonly RunFacts[];
}

/** A run as it is compared. */
export interface RunFacts {
  readonly cell: string;
  readonly seed: number;
  readonly resultHash: string;
  readonly metrics: Metrics;
}

/** `experiments/quickstart.json` → `experiments/quickstart.expected`, which no pattern of specs takes for one. */
export const expectationOf = (spec: string): string => `${spec.replace(/\.json$/, '')}.expected`;

/** @throws FaultError (usage) when there is none, or it is none */
export function readExpectation(path: string): Expectation {
  const refuse = (problem: string, cure: string) =>
    new FaultError({ place: displayPath(path), problem, cure });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw refuse(`no JSON: ${error.message}`, 'write it anew with --write');
    if (codeOf(error) !== 'ENOENT') throw error;
    throw refuse('there is no file of what is expected', 'write it with --write, look at it and commit it');
  }
  const problem = misfit(schema, value);
  if (problem !== null) throw refuse(problem, 'write it anew with --write');
  return value as Expectation;
}

/** Writes what these runs gave as what is expected from now on. */
export async function writeExpectation(
  path: string,
  runs: readonly RunFacts[],
  margins: Readonly<Record<string, number>>,
): Promise<void> {
  const expectation: Expectation = { format: EXPECTED_FORMAT, margins, runs };
  await writeWhole(path, `${JSON.stringify(expectation, null, 2)}\n`);
}

/** The facts of runs that ended well. */
export function factsOf(runs: readonly SweepRun[]): readonly RunFacts[] {
  return runs.flatMap(({ cell, seed, folder, metrics }) =>
    metrics === null ? [] : [{ cell, seed, resultHash: readRecord(folder).resultHash, metrics }],
  );
}

/** Metrics that are the better the less they are. */
const LESS_IS_BETTER = /false(Positive|Discovery)|loss|calibration|brier/i;

export type MarginVerdict = 'no worse' | 'worse' | 'undecided';

/** A metric of a cell, over the seeds of both. */
export interface MarginCheck {
  readonly cell: string;
  readonly metric: string;
  readonly margin: number;
  readonly verdict: MarginVerdict;
  readonly seeds: number;
  /** How much better it became, in the direction of the metric: the mean, and its 95% interval; null without pairs. */
  readonly better: number | null;
  readonly low: number | null;
  readonly high: number | null;
  /** Where it is undecided: how many seeds it takes, in all, by the spread between runs; null where that is not known. */
  readonly needed: SeedsNeeded | null;
}

/** What came of the comparison. */
export interface ExpectationCheck {
  /** Runs with the result that is expected. */
  readonly same: number;
  readonly changed: readonly {
    readonly cell: string;
    readonly seed: number;
    readonly after: string;
    readonly before: string;
  }[];
  /** Runs that are expected and were not made. */
  readonly missing: readonly Pick<RunFacts, 'cell' | 'seed'>[];
  /** Runs that nobody expects. */
  readonly unexpected: readonly Pick<RunFacts, 'cell' | 'seed'>[];
  /** Of cells with another result; none without margins. */
  readonly margins: readonly MarginCheck[];
}

/** Probability of showing that a change that makes nothing worse makes nothing worse. */
const POWER = 0.9;

/**
 * Compares runs with what is expected of them. A cell whose results changed is held against the margins: it is no worse where the 95%
 * interval of the mean paired difference ends above −margin, so that 2.5% of changes that are worse by the margin get
 * through, however many metrics must pass; worse where it is below 0 at 5% by Holm, and not shown to be within the margin.
 */
export function checkExpectation(
  { runs: expected, margins }: Expectation,
  runs: readonly RunFacts[],
): ExpectationCheck {
  const keyOf = ({ cell, seed }: Pick<RunFacts, 'cell' | 'seed'>): string => JSON.stringify([cell, seed]);
  const then = new Map(expected.map((run) => [keyOf(run), run]));
  const now = new Map(runs.map((run) => [keyOf(run), run]));
  const changed = runs.flatMap((run) => {
    const before = then.get(keyOf(run));
    return before === undefined || before.resultHash === run.resultHash
      ? []
      : [{ cell: run.cell, seed: run.seed, after: run.resultHash, before: before.resultHash }];
  });
  const place = ({ cell, seed }: RunFacts) => ({ cell, seed });
  const cells = [...new Set(changed.map(({ cell }) => cell))];
  const found = cells.flatMap((cell) =>
    Object.entries(margins).map(([metric, margin]) => {
      const sign = LESS_IS_BETTER.test(metric) ? -1 : 1;
      const pairs = runs.flatMap((run) => {
        const before = then.get(keyOf(run))?.metrics[metric] ?? null;
        const after = run.metrics[metric] ?? null;
        return run.cell !== cell || before === null || after === null ? [] : [sign * (after - before)];
      });
      const earlier = expected.flatMap((run) => (run.cell === cell ? (run.metrics[metric] ?? []) : []));
      return { cell, metric, margin, pairs, earlier };
    }),
  );
  const differences = found.map(({ pairs }) => (pairs.length === 0 ? null : pairedDifference(pairs)));
  const adjusted = holm(differences.map((difference) => difference?.p ?? 1));
  return {
    same: runs.filter((run) => then.get(keyOf(run))?.resultHash === run.resultHash).length,
    changed,
    missing: expected.filter((run) => !now.has(keyOf(run))).map(place),
    unexpected: runs.filter((run) => !then.has(keyOf(run))).map(place),
    margins: found.map(({ cell, metric, margin, pairs, earlier }, i) => {
      const difference = differences[i]!;
      const { mean = null, low = null, high = null } = difference ?? {};
      const shown = low !== null && low > -margin;
      const worse = mean !== null && mean < 0 && adjusted[i]! <= 0.05;
      const verdict = shown ? 'no worse' : worse ? 'worse' : 'undecided';
      const needed = verdict === 'undecided' ? neededFor(margin, pairs, earlier) : null;
      return { cell, metric, margin, verdict, seeds: pairs.length, better: mean, low, high, needed };
    }),
  };
}

/**
 * Seeds for which a change that makes no difference is shown to be no worse: by the spread of the differences, or, of fewer than
 * two, by that of the earlier runs, of which the difference of two independent ones has √2 times as much.
 */
function neededFor(margin: number, pairs: readonly number[], earlier: readonly number[]): SeedsNeeded | null {
  const [values, factor] = pairs.length >= 2 ? [pairs, 1] : [earlier, Math.SQRT2];
  if (values.length < 2) return null;
  const deviation = factor * (pairedDifference(values).deviation ?? 0);
  return seedsNeeded({ effect: margin, deviation, pairs: values.length, power: POWER });
}

/**
 * How a gate of results ends: 0 when every run gave what is expected, or every margin of what changed holds; 1 when a result changed
 * or became worse; 2 when something is missing, or undecided.
 */
export function expectationExitCode({ same, changed, missing, margins }: ExpectationCheck): 0 | 1 | 2 {
  if (missing.length > 0 || same + changed.length === 0) return 2;
  if (changed.length > 0 && margins.length === 0) return 1;
  if (margins.some(({ verdict }) => verdict === 'worse')) return 1;
  return margins.some(({ verdict }) => verdict === 'undecided') ? 2 : 0;
}

/** Margins for which the runs have a metric. @throws FaultError (usage) */
export function checkMargins(margins: Readonly<Record<string, number>>, runs: readonly RunFacts[]): void {
  const known = [...new Set(runs.flatMap(({ metrics }) => Object.keys(metrics)))];
  const faults = Object.keys(margins)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const near = suggest(name, known);
      return {
        place: '--margin',
        problem: `no run has a metric ${JSON.stringify(name)}, only ${known.join(', ')}`,
        ...(near === undefined ? {} : { cure: `did you mean "${near}"?` }),
      };
    });
  if (faults.length > 0) throw new FaultError(faults, ExitCode.usage);
}
