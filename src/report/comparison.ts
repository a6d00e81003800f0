/** Comparisons as a table for people, and as rows for programs. */

import { type Compared, LEVEL, type Tested } from '../sweep/index.ts';
import { alignColumns, csvLine, formatScore, plural } from '../text/index.ts';
import { differenceCells, points, pText, share, signed } from './cells.ts';

/** Metrics that are shares, shown in percent. */
const PERCENT = new Set([
  'accuracy',
  'anomalousAccuracy',
  'recall',
  'falsePositiveRate',
  'falseDiscoveryRate',
  'precision',
  'thresholdRecall',
  'thresholdFalsePositiveRate',
]);

/** Cells with the mean and range over their seeds, and what the cell adds to the one they are compared with, paired by seed. */
export function formatComparison(compared: readonly Compared[], tested: readonly Tested[] = []): string {
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
  if (compared.length < 2) return table;
  return [
    table,
    ...(tested.length === 0 ? [] : [hypothesisText(tested)]),
    noteOf(compared, tested.length) + note,
  ].join('\n');
}

/** How a hypothesis is put. */
const EXPECTED = {
  differs: () => 'differs',
  greater: () => 'greater',
  less: () => 'less',
  equivalent: (margin: string) => `within ±${margin}`,
} as const;

/** A difference of a metric: percentage points of shares. */
const differenceOf = (metric: string, x: number): string => (PERCENT.has(metric) ? points(x) : signed(x, 4));

function hypothesisText(tested: readonly Tested[]): string {
  const rows = tested.map(({ hypothesis, against, difference, p, adjusted, why }) => {
    const { metric, cell, expect, margin = 0 } = hypothesis;
    const show = (x: number) => differenceOf(metric, x);
    const expected = EXPECTED[expect](show(margin).replace('+', ''));
    if (difference === null || p === null || adjusted === null)
      return [cell, against, metric, expected, '–', why ?? '', '', '', 'not tested'];
    const { mean, low, high, n } = difference;
    const range = low === null || high === null ? '' : `${show(low)} … ${show(high)}`;
    const verdict = adjusted <= LEVEL ? 'shown' : 'not shown';
    return [
      cell,
      against,
      metric,
      expected,
      show(mean),
      range,
      pText(p),
      pText(adjusted),
      `${verdict} (${plural(n, 'pair')})`,
    ];
  });
  const head = ['', 'against', 'metric', 'expected', 'difference', '95% interval', 'p', 'Holm', ''];
  const count = tested.filter(({ p }) => p !== null).length;
  return `Hypotheses that the spec declares, with Holm's adjustment for ${count}\n${alignColumns([head, ...rows], 'llllrlrrl').join('\n')}\n`;
}

/** Which cells are not paired, since they are of other data; null where all are of the same. */
export function otherDataLine(compared: readonly Compared[]): string | null {
  const others = compared.flatMap(({ otherData, name }) => (otherData ? [name] : []));
  if (others.length === 0) return null;
  return `Other data than ${compared[0]!.against}: ${others.join('; ')}. A seed stands for other sessions there: nothing is paired.`;
}

/** What the differences are, and what so few seeds can show. */
function noteOf(compared: readonly Compared[], hypotheses: number): string {
  const pairs = Math.max(0, ...compared.map(({ difference }) => difference.accuracy?.n ?? 0));
  const least = 2 / 2 ** pairs;
  const few = pairs === 0 || least <= 0.05 ? '' : `; of ${plural(pairs, 'pair')} it is never below ${least}`;
  const method =
    pairs < 6 ? "Student's t, as so few signs refuse nothing" : 'all that the sign-flip test does not refuse';
  const status =
    hypotheses === 0
      ? 'exploratory: the spec declares no hypotheses, so that no p is adjusted for the others'
      : 'all but the hypotheses is exploratory: no p is adjusted for the others';
  return `difference: accuracy in percentage points against "${compared[0]!.against}", the mean over the seeds that both have; interval: ${method}; p: sign-flip test${few}\n${status}\n`;
}

/** CSV with a line for each cell and metric; `expected` and `holm` are those of a hypothesis about it, else it is exploratory. */
export function comparisonCsv(compared: readonly Compared[], tested: readonly Tested[] = []): string {
  const head =
    'cell,spec,metric,seeds,mean,deviation,least,greatest,against,pairs,difference,low,high,p,expected,holm';
  const lines = compared.flatMap(({ name, specHash, metrics, against, difference }) =>
    Object.entries(metrics).map(([metric, spread]) => {
      const versus = difference[metric];
      const values = [spread?.n, spread?.mean, spread?.deviation, spread?.least, spread?.greatest];
      const paired = [versus?.n ?? 0, versus?.mean, versus?.low, versus?.high, versus?.p];
      const declared = tested.find(
        ({ hypothesis, against: other }) =>
          hypothesis.cell === name && hypothesis.metric === metric && other === against,
      );
      const expected = declared?.hypothesis.expect ?? 'exploratory';
      const cells = [...values, against, ...paired, expected, declared?.adjusted].map((value) => value ?? '');
      return csvLine([name, specHash, metric, ...cells]);
    }),
  );
  return `${head}\n${lines.join('')}`;
}
