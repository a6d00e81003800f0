/** The defect ladder as a table: what each defect does to a score, seed by seed. */

import { type PairedDifference, pairedDifference } from '../statistics/index.ts';
import { differences, type Group, spreadOf } from '../sweep/index.ts';
import { alignColumns, csvLine } from '../text/index.ts';
import { points, share } from './cells.ts';

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
  const [first] = groups;
  return groups.map((group, i) => {
    const values = [...group.metrics.values()].flatMap((metrics) => {
      const value = metrics[metric] ?? null;
      return value === null ? [] : [value];
    });
    const pairs = i === 0 ? [] : differences(group, first!, metric);
    return {
      name: group.name,
      specHash: group.specHash,
      seeds: group.metrics.size,
      mean: spreadOf(values)?.mean ?? null,
      inflation: pairs.length === 0 ? null : pairedDifference(pairs),
    };
  });
}

/** A table a metric: percentage points against the first cell, with their 95% interval. */
export function formatLadder(groups: readonly Group[]): string {
  const tables = LADDER_METRICS.map((metric) => {
    const rows = climb(groups, metric).map(({ name, seeds, mean, inflation }, i) => [
      name,
      String(seeds),
      share(mean),
      ...(i === 0 ? ['', '', ''] : told(inflation)),
    ]);
    const head = ['', 'seeds', WORDS[metric], 'inflated by', '95% interval', 'p'];
    return alignColumns([head, ...rows], 'lrrrlr', '').join('\n');
  });
  return `${tables.join('\n\n')}

Inflation is in percentage points against the first row, seed by seed; intervals: Student's t; p: exact sign-flip test.
`;
}

const WORDS: Readonly<Record<(typeof LADDER_METRICS)[number], string>> = {
  accuracy: 'accuracy',
  anomalousAccuracy: 'normal or not',
  recall: 'recall',
  falsePositiveRate: 'FPR',
};

function told(inflation: PairedDifference | null): readonly string[] {
  if (inflation === null) return ['–', 'no seed in common', ''];
  const { mean, low, high, p } = inflation;
  const range = low === null || high === null ? '' : `${points(low)} … ${points(high)}`;
  return [points(mean), range, p === null ? '' : p < 0.001 ? '<0.001' : p.toFixed(3)];
}

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
