/** Compares measurements with those of a baseline. */
import type { Measurement } from './benchmark.ts';

export type SpeedVerdict = 'faster' | 'same' | 'slower';

export interface Comparison {
  readonly name: string;
  /** Median now by median of the baseline: above 1 is slower, or larger. */
  readonly ratio: number;
  /** Relative difference that the noise of both measurements explains: what is less is `same`. */
  readonly noise: number;
  readonly verdict: SpeedVerdict;
  /** Whether something else was computed than in the baseline. */
  readonly resultChanged: boolean;
}

/** All comparisons, and what only one side has. */
export interface BaselineComparison {
  readonly comparisons: readonly Comparison[];
  readonly onlyNow: readonly string[];
  readonly onlyBaseline: readonly string[];
  /** Of the baseline and asked for, but not there now, or measured in another unit: nothing vouches for them. */
  readonly vanished: readonly string[];
}

/** Differences below this are never a verdict: code moves in memory, clocks change. */
export const LEAST_NOISE = 0.03;

/** What a measurement must have to be compared. */
export type Comparable = Pick<Measurement, 'name' | 'unit' | 'checksum' | 'median' | 'noise'>;

/** noise = max(3%, 2 √(noise² now + noise² baseline)); slower: ratio > 1 + noise; faster: ratio < 1 / (1 + noise). */
export function compare(now: Comparable, baseline: Comparable): Comparison {
  const ratio = baseline.median > 0 ? now.median / baseline.median : now.median > 0 ? Infinity : 1;
  const noise = Math.max(LEAST_NOISE, 2 * Math.hypot(now.noise, baseline.noise));
  const verdict = ratio > 1 + noise ? 'slower' : ratio < 1 / (1 + noise) ? 'faster' : 'same';
  return { name: now.name, ratio, noise, verdict, resultChanged: now.checksum !== baseline.checksum };
}

/**
 * Compares what both sides have, in the order of the measurements; names that only one side has are listed.
 *
 * @param expected whether a benchmark of the baseline should have been measured; one that failed is told of elsewhere
 */
export function compareAll(
  now: readonly Comparable[],
  baseline: readonly Comparable[],
  expected: (name: string) => boolean = () => true,
): BaselineComparison {
  const before = new Map(baseline.map((m) => [m.name, m]));
  const names = new Set(now.map((m) => m.name));
  const comparisons: Comparison[] = [];
  const onlyNow: string[] = [];
  for (const measurement of now) {
    const other = before.get(measurement.name);
    if (other === undefined || other.unit !== measurement.unit) onlyNow.push(measurement.name);
    else comparisons.push(compare(measurement, other));
  }
  const compared = new Set(comparisons.map(({ name }) => name));
  const there = baseline.map((m) => m.name);
  return {
    comparisons,
    onlyNow,
    onlyBaseline: there.filter((name) => !names.has(name)),
    vanished: there.filter((name) => !compared.has(name) && expected(name)),
  };
}

/**
 * How `sessionlab bench` ends: 0; 1 when something is slower than the baseline beyond the noise, or could not be
 * measured; 2 when nothing could be measured or compared, when a benchmark of the baseline vanished, or when one computes
 * something else, so that its time says nothing.
 */
export function benchExitCode(run: {
  readonly measured: number;
  readonly failed: number;
  readonly against?: BaselineComparison;
}): 0 | 1 | 2 {
  const { measured, failed, against } = run;
  if (measured === 0) return 2;
  if (against !== undefined) {
    const { comparisons, vanished } = against;
    if (comparisons.length === 0 || vanished.length > 0) return 2;
    if (comparisons.some(({ resultChanged }) => resultChanged)) return 2;
  }
  const slower = against?.comparisons.some((c) => c.verdict === 'slower') ?? false;
  return failed > 0 || slower ? 1 : 0;
}
