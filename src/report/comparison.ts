/** Comparisons as a table for people, and as rows for programs. */

import type { Compared, Spread } from '../sweep/index.ts';
import { alignColumns, csvLine, formatScore } from '../text/index.ts';
import { points, share } from './cells.ts';

/** Metrics that are shares, shown in percent. */
const PERCENT = new Set(['accuracy', 'recall', 'falsePositiveRate']);

/**
 * Cells with the mean of their seeds, how much these differ, and what the cell adds to the first one, paired by seed;
 * `±` is the sample standard deviation.
 */
export function formatComparison(compared: readonly Compared[]): string {
  const head = [
    '',
    'seeds',
    'accuracy',
    '',
    'least … greatest',
    'against the first',
    '',
    'MCC',
    'recall',
    'FPR',
    'F1',
  ];
  const rows = compared.map(({ name, seeds, metrics, difference }, i) => {
    const { accuracy = null } = metrics;
    const mean = (metric: string) => {
      const value = metrics[metric]?.mean ?? null;
      return PERCENT.has(metric) ? share(value) : formatScore(value);
    };
    const versus = i === 0 ? null : (difference.accuracy ?? null);
    return [
      name,
      String(seeds.length),
      mean('accuracy'),
      deviation(accuracy),
      accuracy === null ? '' : `${share(accuracy.least)} … ${share(accuracy.greatest)}`,
      versus === null ? '' : points(versus.mean),
      deviation(versus),
      mean('mcc'),
      mean('recall'),
      mean('falsePositiveRate'),
      mean('f1'),
    ];
  });
  return `${alignColumns([head, ...rows], 'lrrlrrlrrrr', '').join('\n')}\n`;
}

function deviation(spread: Spread | null): string {
  const value = spread?.deviation ?? null;
  return value === null ? '' : `± ${(100 * value).toFixed(2)}`;
}

/** CSV with a line for each cell and metric. */
export function comparisonCsv(compared: readonly Compared[]): string {
  const head = 'cell,spec,metric,seeds,mean,deviation,least,greatest,difference,difference_deviation,pairs';
  const lines = compared.flatMap(({ name, specHash, metrics, difference }) =>
    Object.entries(metrics).map(([metric, spread]) => {
      const versus = difference[metric];
      const values = [spread?.n, spread?.mean, spread?.deviation, spread?.least, spread?.greatest];
      const numbers = [...values, versus?.mean, versus?.deviation, versus?.n].map((value) => value ?? '');
      return csvLine([name, specHash, metric, ...numbers]);
    }),
  );
  return `${head}\n${lines.join('')}`;
}
