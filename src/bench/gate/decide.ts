/** What the pairs of all benchmarks together say: slower, faster, the same, or not enough to tell. */
import { holm } from '../../statistics/index.ts';
import { medianOf } from '../distribution.ts';
import { betFor, evidenceBeyond, intervalOf, noiseOf, type Pair, pOfNone, powerOf } from './evidence.ts';

/** Which time decides: that by the clock on the wall, or that of the processor, to which neighbours add little. */
export const CLOCKS = ['wall', 'processor'] as const;
export type Clock = (typeof CLOCKS)[number];

/** What is asked of a gate. */
export interface GateRule {
  readonly clock: Clock;
  /** A slowdown that must not get through, as a share: 0.05. */
  readonly tolerance: number;
  /** Probability that, of code that is as fast, anything is called slower or faster. */
  readonly alpha: number;
  /** Probability that a benchmark that is slower or faster by the tolerance is called the same. */
  readonly beta: number;
}

/** One false alarm in a thousand gates, one slowdown of 5% in a hundred that passes for none. */
export const DEFAULT_RULE: GateRule = { clock: 'wall', tolerance: 0.05, alpha: 0.001, beta: 0.01 };

export type Verdict = 'slower' | 'faster' | 'same' | 'undecided';

/** What was measured of a benchmark by a clock: logarithms of times, in the order of time. */
export interface Differences {
  /** Candidate minus baseline: two a block. */
  readonly pairs: readonly number[];
  /** Of two processes with the same code, the one minus the other: two a block. */
  readonly sameCode: readonly number[];
}

export type Measured = Readonly<Record<Clock, Differences>>;

/** Of a benchmark. */
export interface Decision {
  readonly verdict: Verdict;
  /** By the clock that decides, candidate by baseline, minus 1: the median over pairs; null without any. */
  readonly change: number | null;
  /** By the other clock; null where it is not known. */
  readonly otherChange: number | null;
  /** p of no difference, before Holm. */
  readonly p: number;
  readonly pairs: number;
  /** Relative difference of two processes with the same code, one standard deviation. */
  readonly noise: number;
}

/** The pairs of a benchmark with the λ that the blocks before them gave. */
export function pairsOf({ pairs, sameCode }: Differences, { tolerance }: GateRule): readonly Pair[] {
  return pairs.map((difference, i) => ({
    difference,
    bet: betFor(Math.log1p(tolerance), sameCode.slice(0, 2 * Math.floor(i / 2))),
  }));
}

/**
 * Decides on all benchmarks. A difference counts when Holm over all of them says so at α; the same is what evidence of 1/β says
 * is less than the tolerance in either direction, and goes first: what is slower by less than the tolerance may pass.
 */
export function decide(
  measured: ReadonlyMap<string, Measured>,
  rule: GateRule,
): ReadonlyMap<string, Decision> {
  const names = [...measured.keys()];
  const pairs = names.map((name) => pairsOf(measured.get(name)![rule.clock], rule));
  const ps = pairs.map(pOfNone);
  const differs = holm(ps).map((p) => p <= rule.alpha);
  const other = rule.clock === 'wall' ? 'processor' : 'wall';
  return new Map(
    names.map((name, i) => {
      const { [rule.clock]: own, [other]: beside } = measured.get(name)!;
      const middle = medianOf(own.pairs);
      const decision = {
        verdict: verdictOf(pairs[i]!, differs[i]!, middle, rule),
        change: shareOf(middle),
        otherChange: shareOf(medianOf(beside.pairs)),
        p: ps[i]!,
        pairs: pairs[i]!.length,
        noise: noiseOf(own.sameCode),
      };
      return [name, decision];
    }),
  );
}

function verdictOf(
  pairs: readonly Pair[],
  differs: boolean,
  middle: number | null,
  { tolerance, beta }: GateRule,
): Verdict {
  const [most, needed] = [Math.log1p(tolerance), -Math.log(beta)];
  if (evidenceBeyond(pairs, most, -1) >= needed && evidenceBeyond(pairs, -most, 1) >= needed) return 'same';
  if (!differs || middle === null || middle === 0) return 'undecided';
  return middle > 0 ? 'slower' : 'faster';
}

/** The share of measurements of so many pairs that would call a slowdown of the tolerance one, were it there. */
export function powerToSee(measured: Measured, pairs: number, benchmarks: number, rule: GateRule): number {
  const { sameCode } = measured[rule.clock];
  return sameCode.length === 0
    ? 0
    : powerOf(sameCode, Math.log1p(rule.tolerance), pairs, rule.alpha / benchmarks);
}

/** 95% interval of the change, which holds whenever one stops; null at a side where nothing was ruled out. */
export function changeInterval(
  measured: Measured,
  rule: GateRule,
): { readonly low: number | null; readonly high: number | null } {
  const { low, high } = intervalOf(pairsOf(measured[rule.clock], rule));
  return { low: shareOf(low), high: shareOf(high) };
}

const shareOf = (difference: number | null): number | null =>
  difference === null ? null : Math.expm1(difference);
