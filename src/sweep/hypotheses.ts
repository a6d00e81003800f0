/** What a sweep was to show, and whether it does. */
import { canonicalJson, type ExperimentSpec } from '../spec/index.ts';
import {
  equivalenceTest,
  holm,
  type PairedDifference,
  pairedDifference,
  signFlip,
} from '../statistics/index.ts';
import { differencesOf, type Group } from './groups.ts';

/** `hypotheses` of a spec. */
export type Hypothesis = NonNullable<ExperimentSpec['hypotheses']>[number];

/** A hypothesis with what the runs say of it. JSON-able. */
export interface Tested {
  readonly hypothesis: Hypothesis;
  /** The cell that it is compared with. */
  readonly against: string;
  /** Seed by seed; null without a seed in common. */
  readonly difference: PairedDifference | null;
  /** The p of what is expected: of the sign-flip test in its direction, or of the equivalence test. */
  readonly p: number | null;
  /** The same adjusted for all hypotheses that could be tested (Holm). */
  readonly adjusted: number | null;
  /** Why nothing was tested; null where it was. */
  readonly why: string | null;
}

/** 5%: what is shown has an adjusted p of no more. */
export const LEVEL = 0.05;

/**
 * Tests what the specs of the groups declare, each once, with Holm's adjustment for all of them.
 *
 * @param groups the first is what a hypothesis is against that names no other
 */
export function testHypotheses(groups: readonly Group[]): readonly Tested[] {
  const declared = new Map(
    groups.flatMap(({ hypotheses = [] }) => hypotheses.map((one) => [canonicalJson(one), one] as const)),
  );
  const tested = [...declared.values()].map((hypothesis) => test(hypothesis, groups));
  const told = tested.flatMap(({ p }) => (p === null ? [] : [p]));
  const adjusted = holm(told);
  let next = 0;
  return tested.map((one) => (one.p === null ? one : { ...one, adjusted: adjusted[next++]! }));
}

function test(hypothesis: Hypothesis, groups: readonly Group[]): Tested {
  const { metric, cell, expect, margin } = hypothesis;
  const against = hypothesis.against ?? groups[0]?.name ?? '';
  const none = { hypothesis, against, difference: null, p: null, adjusted: null };
  const [one, other] = [cell, against].map((name) => groups.find((group) => group.name === name));
  if (one === undefined || other === undefined)
    return { ...none, why: `no run of "${one === undefined ? cell : against}"` };
  const differences = differencesOf(one, other, metric);
  if (differences === null) return { ...none, why: 'other data' };
  if (differences.length === 0) return { ...none, why: 'no seed in common' };
  const p =
    expect === 'equivalent'
      ? equivalenceTest(differences, margin!).p
      : expect === 'differs'
        ? signFlip(differences)
        : signFlip(expect === 'greater' ? differences : differences.map((x) => 0 - x), 'greater');
  return { hypothesis, against, difference: pairedDifference(differences), p, adjusted: null, why: null };
}
