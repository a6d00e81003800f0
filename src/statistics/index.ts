/** Intervals and tests of rates, of classifiers on the same sessions, and of runs with the same seeds. */
export {
  carried,
  clusteredMean,
  clusteredRate,
  intervalBy,
  jackknife,
  LEAST_CLUSTERS,
  type PairedRates,
  pairedRates,
  widest,
} from './clustered.ts';
export { type Clustering, clusteringOf, clusteringsOf, clusterSums, effectiveCount } from './clusters.ts';
export { type Equivalence, equivalenceTest, studentEquivalence } from './equivalence.ts';
export { holm } from './holm.ts';
export {
  type Clustered,
  difference,
  type Estimate,
  type IntervalBy,
  normalInterval,
  type Rate,
  rate,
  ratioInterval,
  UNDEFINED,
  wilson,
  wilsonWithVariance,
} from './interval.ts';
export { mcnemarTest } from './mcnemar.ts';
export { type PairedDifference, pairedDifference, studentInterval } from './paired.ts';
export { type PowerQuestion, type SeedsNeeded, seedsNeeded } from './power.ts';
export { signFlip, signFlipInterval } from './sign-flip.ts';
export { type TwoWay, twoWayBootstrap } from './two-way.ts';
