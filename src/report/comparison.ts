/** Comparisons as a table for people, and as rows for programs. */

import type { Compared } from '../sweep/index.ts';
import { alignColumns, csvLine, formatScore, plural } from '../text/index.ts';
import { differenceCells, share } from './cells.ts';

/** Metrics that are shares, shown in percent. */
const PERCENT = new Set(['accuracy', 'recall', 'falsePositiveRate']);

/** Cells with the mean and range over their seeds, and what the cell adds to the one they are compared with, paired by seed. */
export function formatComparison(compared: readonly Compared[]): string {
  const head = [
    '',
    'seeds',
    'accuracy',
    'least … greatest',
    'difference',
    '95% interval',
    'p',
    'pairs',
    'MCC',
    'recall',
    'FPR',
    'F1',
  ];
  const rows = compared.map(({ name, seeds, against, metrics, difference, otherData }) => {
    const { accuracy = null } = metrics;
    const mean = (metric: string) => {
      const value = metrics[metric]?.mean ?? null;
      return PERCENT.has(metric) ? share(value) : formatScore(value);
    };
    const versus = difference.accuracy ?? null;
    return [
      name,
      String(seeds.length),
      mean('accuracy'),
      accuracy === null ? '' : `${share(accuracy.least)} … ${share(accuracy.greatest)}`,
      ...(name === against
        ? ['', '', '', '']
        : [...differenceCells(versus, otherData ? 'other data' : undefined), String(versus?.n ?? 0)]),
      mean('mcc'),
      mean('recall'),
      mean('falsePositiveRate'),
      mean('f1'),
    ];
  });
  const other = otherDataLine(compared);
  const note = other === null ? '' : `${other}\n`;
  const table = `${alignColumns([head, ...rows], 'lrrlrlrrrrrr', '').join('\n')}\n`;
  return compared.length < 2 ? table : `${table}\n${noteOf(compared)}${note}`;
}

/** Which cells are not paired, since they are of other data; null where all are of the same. */
export function otherDataLine(compared: readonly Compared[]): string | null {
  const others = compared.flatMap(({ otherData, name }) => (otherData ? [name] : []));
  if (others.length === 0) return null;
  return `Other data than ${compared[0]!.against}: ${others.join('; ')}. A seed stands for other sessions there: nothing is paired.`;
}

/** What the differences are, and what so few seeds can show. */
function noteOf(compared: readonly Compared[]): string {
  const pairs = Math.max(0, ...compared.map(({ difference }) => difference.accuracy?.n ?? 0));
  const least = 2 / 2 ** pairs;
  const few = pairs === 0 || least <= 0.05 ? '' : `; of ${plural(pairs, 'pair')} it is never below ${least}`;
  return `difference: accuracy in percentage points against "${compared[0]!.against}", the mean over the seeds that both have; interval: Student's t; p: sign-flip test${few}\n`;
}

/** CSV with a line for each cell and metric. */
export function comparisonCsv(compared: readonly Compared[]): string {
  const head = 'cell,spec,metric,seeds,mean,deviation,least,greatest,against,pairs,difference,low,high,p';
  const lines = compared.flatMap(({ name, specHash, metrics, against, difference }) =>
    Object.entries(metrics).map(([metric, spread]) => {
      const versus = difference[metric];
      const values = [spread?.n, spread?.mean, spread?.deviation, spread?.least, spread?.greatest];
      const paired = [versus?.n ?? 0, versus?.mean, versus?.low, versus?.high, versus?.p];
      const cells = [...values, against, ...paired].map((value) => value ?? '');
      return csvLine([name, specHash, metric, ...cells]);
    }),
  );
  return `${head}\n${lines.join('')}`;
}
