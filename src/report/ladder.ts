/** The defect ladder as a table: what each defect does to a score, seed by seed. */

import type { PairedDifference } from '../statistics/index.ts';
import { compareGroups, type Group } from '../sweep/index.ts';
import { alignColumns, csvLine } from '../text/index.ts';
import { differenceCells, share } from './cells.ts';

/** A rung: a variant of the first cell, and what it adds to a metric. */
export interface Rung {
  readonly name: string;
  readonly specHash: string;
  readonly seeds: number;
  readonly mean: number | null;
  /** Against the first cell; null of the first, and without common seeds. */
  readonly inflation: PairedDifference | null;
}

/** The metrics of a ladder: what is told of the task, and of normal against anomalous. */
export const LADDER_METRICS = ['accuracy', 'anomalousAccuracy', 'recall', 'falsePositiveRate'] as const;

/** All rungs by one metric; the first group is what the others are measured against. */
export function climb(groups: readonly Group[], metric: string): readonly Rung[] {
  return compareGroups(groups).map(({ name, specHash, seeds, metrics, difference }) => ({
    name,
    specHash,
    seeds: seeds.length,
    mean: metrics[metric]?.mean ?? null,
    inflation: difference[metric] ?? null,
  }));
}

/** A table a metric: percentage points against the first cell, with their 95% interval. */
export function formatLadder(groups: readonly Group[]): string {
  const tables = LADDER_METRICS.map((metric) => {
    const rows = climb(groups, metric).map(({ name, seeds, mean, inflation }, i) => [
      name,
      String(seeds),
      share(mean),
      ...(i === 0 ? ['', '', ''] : differenceCells(inflation)),
    ]);
    const head = ['', 'seeds', WORDS[metric], 'inflated by', '95% interval', 'p'];
    return alignColumns([head, ...rows], 'lrrrlr', '').join('\n');
  });
  return `${tables.join('\n\n')}

Inflation is in percentage points against the first row, seed by seed; intervals: Student's t; p: sign-flip test.
`;
}

const WORDS: Readonly<Record<(typeof LADDER_METRICS)[number], string>> = {
  accuracy: 'accuracy',
  anomalousAccuracy: 'normal or not',
  recall: 'recall',
  falsePositiveRate: 'FPR',
};

/** A line for each rung and metric. */
export function ladderCsv(groups: readonly Group[]): string {
  const lines = LADDER_METRICS.flatMap((metric) =>
    climb(groups, metric).map(({ name, specHash, seeds, mean, inflation }) => {
      const { n, mean: by, low, high, p } = inflation ?? { n: 0, mean: null, low: null, high: null, p: null };
      return csvLine([name, specHash, metric, seeds, ...[mean, n, by, low, high, p].map((x) => x ?? '')]);
    }),
  );
  return `rung,spec,metric,seeds,mean,pairs,inflation,low,high,p\n${lines.join('')}`;
}
