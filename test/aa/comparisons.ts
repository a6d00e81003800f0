/** Comparisons of what is equal, simulated. */
import { normal, type Stream, stream } from '../../src/random/index.ts';
import { clusteringOf, pairedDifference, pairedRates } from '../../src/statistics/index.ts';
import { groupOf, testHypotheses } from '../../src/sweep/index.ts';

export const COMPARISONS = 1000;
/** Of 1,000 at 5%, more than this are once in a thousand times (binomial). */
export const MOST = 71;

export interface Simulated {
  readonly name: string;
  /** Comparisons that call equal cells different at 5%, or families that show something that is not there. */
  readonly different: number;
  readonly comparisons: number;
}

/** How the metric of a cell scatters over its seeds. */
const SHAPES: Readonly<Record<string, (source: Stream) => number>> = {
  normal: (source) => 0.9 + 0.02 * normal(source),
  // One seed in ten does not learn.
  'with failures': (source) => (source.chance(0.1) ? 0.5 : 0.93 + 0.01 * normal(source)),
  // Few test sessions: many ties.
  coarse: (source) => Math.round(12 * (0.8 + 0.1 * normal(source))) / 12,
};

const count = (name: string, differs: (source: Stream) => boolean): Simulated => {
  let different = 0;
  for (let i = 0; i < COMPARISONS; i++) if (differs(stream(1, 'aa', name, i))) different++;
  return { name, different, comparisons: COMPARISONS };
};

const seeds = Object.entries(SHAPES).flatMap(([shape, draw]) =>
  [5, 10, 12].map((n) => (): Simulated => {
    const pair = (source: Stream) => draw(source) - draw(source);
    return count(`${n} seeds, ${shape}`, (source) => {
      const list = Array.from({ length: n }, () => pair(source));
      return pairedDifference(list).p <= 0.05;
    });
  }),
);

/** Five hypotheses about cells that are all the same: at most one family in twenty may show any of them. */
const family = (): Simulated =>
  count('five hypotheses with Holm’s adjustment, ten seeds, one or more shown', (source) => {
    const names = ['base', 'a', 'b', 'c', 'd', 'e'];
    const hypotheses = names
      .slice(1)
      .map((cell) => ({ metric: 'accuracy', cell, expect: 'differs' }) as const);
    const groups = names.map((name) => {
      const metrics = Array.from(
        { length: 10 },
        (_, s) => [s + 1, { accuracy: SHAPES.normal!(source) }] as const,
      );
      return { ...groupOf(name, name, new Map(metrics)), hypotheses };
    });
    return testHypotheses(groups).some(({ adjusted }) => adjusted! <= 0.05);
  });

/** Two classifiers of one quality on the sessions of the same hosts, each with hosts that it understands. */
const hosts = [15, 40].map((G) => (): Simulated => {
  const size = 15;
  const clustering = clusteringOf(
    'initiator',
    Array.from({ length: G * size }, (_, i) => Math.floor(i / size)),
  );
  const of = new Uint8Array(G * size).fill(1);
  return count(`two classifiers on the sessions of ${G} hosts`, (source) => {
    const calls = () => {
      const list = new Uint8Array(G * size);
      for (let g = 0; g < G; g++) {
        const good = Math.min(0.98, Math.max(0.3, 0.8 + 0.15 * normal(source)));
        for (let k = 0; k < size; k++) list[g * size + k] = source.chance(good) ? 1 : 0;
      }
      return list;
    };
    return pairedRates(calls(), calls(), of, [clustering]).p! <= 0.05;
  });
});

export const SIMULATED: readonly (() => Simulated)[] = [...seeds, family, ...hosts];
