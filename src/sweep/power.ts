/** How many seeds would show an effect, from the spread of earlier runs. */
import { type SeedsNeeded, seedsNeeded } from '../statistics/index.ts';
import { differencesOf, type Group, spreadOf } from './groups.ts';

/** What earlier runs say of how far paired differences of a metric scatter. */
export interface EarlierSpread {
  readonly metric: string;
  readonly deviation: number;
  /** As many pairs know as much. */
  readonly pairs: number;
  /**
   * `pairs`: the deviations of cells from the first, pooled; `seeds`: of cells over their seeds, times √2, as if a seed were
   * nothing that two cells share, which is never too little.
   */
  readonly from: 'pairs' | 'seeds';
}

/** null where no cell has two seeds. */
export function earlierSpread(groups: readonly Group[], metric: string): EarlierSpread | null {
  const [first, ...others] = groups;
  if (first === undefined) return null;
  const paired = pooled(others.map((group) => differencesOf(group, first, metric) ?? []));
  if (paired !== null) return { metric, ...paired, from: 'pairs' };
  const alone = pooled(groups.map(({ metrics }) => [...metrics.values()].flatMap((of) => of[metric] ?? [])));
  return alone === null
    ? null
    : { metric, deviation: alone.deviation * Math.SQRT2, pairs: alone.pairs, from: 'seeds' };
}

/** The root of the mean variance within lists, by their degrees of freedom. */
function pooled(lists: readonly (readonly number[])[]): { deviation: number; pairs: number } | null {
  let [freedom, squares] = [0, 0];
  for (const list of lists) {
    const { n = 0, deviation = null } = spreadOf(list) ?? {};
    if (deviation === null) continue;
    freedom += n - 1;
    squares += (n - 1) * deviation * deviation;
  }
  return freedom === 0 ? null : { deviation: Math.sqrt(squares / freedom), pairs: freedom + 1 };
}

/** What it takes to show an effect. */
export interface Power {
  readonly effect: number;
  readonly needed: SeedsNeeded;
}

/** Differences that are asked about where nobody asks. */
const EFFECTS = [0.005, 0.01, 0.02, 0.05] as const;

/**
 * Seeds that show these differences with a probability of 80%.
 *
 * @param tests hypotheses that are tested together
 */
export function powerOf(
  { deviation, pairs }: EarlierSpread,
  tests: number,
  effects: readonly number[] = EFFECTS,
): readonly Power[] {
  return effects.map((effect) => ({ effect, needed: seedsNeeded({ effect, deviation, pairs, tests }) }));
}
