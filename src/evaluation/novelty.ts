/** Benign novelty: false alarms on pairs of hosts that training never saw together, beside those on pairs that it did. */
import { difference, type Estimate, type Rate } from '../statistics/index.ts';
import { type Findings, PAIRS } from './findings.ts';
import { type HeadlineInterval, intervalOf, type Metrics } from './metrics.ts';

/** Of normal test sessions, by the two addresses that they had when they were captured. */
export interface Novelty {
  readonly newPairs: Rate;
  readonly knownPairs: Rate;
  /** False positive rate of new pairs − that of known ones. They are other sessions, of the same hosts. */
  readonly gap: Estimate;
}

/** null where it is not known what training has seen. */
export function noveltyOf({ pairs }: Pick<Findings, 'pairs'>): Novelty | null {
  const [knownPairs, newPairs] = PAIRS.map((part) => pairs.find(({ name }) => name === part));
  if (knownPairs === undefined || newPairs === undefined) return null;
  const [known, fresh] = [knownPairs.falsePositiveRate, newPairs.falsePositiveRate];
  const gap = difference(fresh, known);
  const fewer = fewest(fresh, known);
  return {
    newPairs: fresh,
    knownPairs: known,
    gap: gap.value === null || fewer === undefined ? gap : { ...gap, clustered: { ...fewer, intervals: [] } },
  };
}

/** The clusters that the interval of a difference is from: of the side that has the fewer. */
function fewest(a: Rate, b: Rate): Estimate['clustered'] {
  if (a.clustered === undefined || b.clustered === undefined) return a.clustered ?? b.clustered;
  return a.clustered.clusters <= b.clustered.clusters ? a.clustered : b.clustered;
}

const named = ({ newPairs, knownPairs, gap }: Novelty): readonly (readonly [string, Estimate])[] => [
  ['newPairFalsePositiveRate', newPairs],
  ['knownPairFalsePositiveRate', knownPairs],
  ['newPairGap', gap],
];

/** The headline figures by name; nothing where it is not known what training has seen. */
export const noveltyMetrics = (novelty: Novelty | null): Metrics =>
  novelty === null ? {} : Object.fromEntries(named(novelty).map(([name, { value }]) => [name, value]));

/** Their 95% intervals, of those that are defined. */
export const noveltyIntervals = (novelty: Novelty | null): Readonly<Record<string, HeadlineInterval>> =>
  novelty === null
    ? {}
    : Object.fromEntries(
        named(novelty).flatMap(([name, estimate]) =>
          estimate.value === null ? [] : [[name, intervalOf(estimate)]],
        ),
      );
