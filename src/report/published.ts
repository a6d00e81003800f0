/** Published figures beside our own, as text for the terminal. */
import type { Estimate, PublishedComparison } from '../evaluation/index.ts';
import { alignColumns, formatCount, formatPercent, formatScore, interval } from '../text/index.ts';
import { points, rangeText, signed } from './cells.ts';

/** The names of metrics in words. */
const WORDS: Readonly<Record<string, string>> = {
  mcc: 'MCC',
  falsePositiveRate: 'false positive rate',
  falseDiscoveryRate: 'false discovery rate',
  f1: 'F1',
  rocAuc: 'ROC AUC',
};

/** Both matrices, and every figure with its interval and the difference. */
export function formatPublished({ source, matrices, figures }: PublishedComparison): string {
  const lines = [`Beside what was published: ${source}`];
  if (matrices.theirs !== null) {
    const names = ['normal', 'anomalous'];
    const row = (i: number): readonly string[] => [
      names[i]!,
      ...[...matrices.ours[i]!, ...matrices.theirs![i]!].map(formatCount),
    ];
    const head = ['', 'normal', 'anomalous', 'normal', 'anomalous'];
    lines.push(
      '  rows: actual; columns: predicted, ours and theirs',
      ...alignColumns([head, row(0), row(1)], 'lrrrr'),
      '',
    );
  }
  const rows = figures.map(({ name, isScore, ours, theirs, difference }) => {
    const show = isScore ? formatScore : formatPercent;
    return [
      WORDS[name] ?? name.replace(/^f1 /, 'F1 '),
      show(ours.value),
      rangeText(ours, show),
      show(theirs.value),
      interval(theirs, show),
      differenceText(difference, isScore),
    ];
  });
  const head = ['', 'ours', '95% interval', 'theirs', '95% interval', 'difference'];
  lines.push(...alignColumns([head, ...rows], 'lrlrll'));
  if (figures.some(({ ours }) => ours.clustered !== undefined))
    lines.push(
      '  ours: the widest interval by hosts; theirs: as if their sessions were independent, as their hosts are not known',
    );
  return `${lines.join('\n')}\n`;
}

/** Of shares in percentage points. */
function differenceText({ value, low, high }: Estimate, isScore: boolean): string {
  if (value === null) return '–';
  const show = (x: number) => (isScore ? signed(x, 3) : points(x));
  const range = low === null || high === null ? '' : ` (${show(low)} … ${show(high)})`;
  return `${show(value)}${range}`;
}
