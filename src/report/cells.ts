/** Cells and rows that several tables have. */
import type { Baseline, Estimate } from '../evaluation/index.ts';
import type { PairedDifference } from '../statistics/index.ts';
import { formatPercent, formatScore, interval, plural } from '../text/index.ts';

/** A share in percent, three digits. */
export const share = (value: number | null): string => formatPercent(value, 3);
export const shareOf = ({ value }: Estimate): string => share(value);
export const rangeOf = (estimate: Estimate): string => rangeText(estimate, share);

/** `87.2% … 96.9%`; `only 8 responders` where there are too few for an interval. */
export function rangeText(estimate: Estimate, format: (x: number | null) => string): string {
  const { value, low, clustered } = estimate;
  if (value === null || low !== null || clustered === undefined) return interval(estimate, format);
  return `only ${plural(clustered.clusters, clustered.by)}`;
}

/** What an interval is from: `34 initiators`; empty where sessions were taken as independent. */
export function clustersText({ low, clustered }: Estimate): string {
  return clustered === undefined || low === null ? '' : plural(clustered.clusters, clustered.by);
}

/** The head of a table of rateRow, to be aligned as RATES_COLUMNS. */
export const RATES_HEAD = ['', 'recall', '95% interval', 'FPR', '95% interval', 'precision', 'F1', 'MCC'];
export const RATES_COLUMNS = 'lrlrlrrr';

export function rateRow(name: string, rates: Baseline['rates']): readonly string[] {
  const { recall, falsePositiveRate, precision, f1, mcc } = rates;
  return [
    name,
    ...[recall, falsePositiveRate].flatMap((rate) => [shareOf(rate), rangeOf(rate)]),
    ...[shareOf(precision), formatScore(f1.value), formatScore(mcc.value)],
  ];
}

/** A difference with its sign. */
export function signed(difference: number, digits: number): string {
  const text = difference.toFixed(digits);
  return difference > 0 ? `+${text}` : text.replace('-', '−');
}

/** A difference of shares in percentage points. */
export const points = (difference: number): string => signed(100 * difference, 2);

/** A paired difference of shares in percentage points, its 95% interval, and p. */
export function differenceCells(
  difference: PairedDifference | null,
  why = 'no seed in common',
): readonly string[] {
  if (difference === null) return ['–', why, ''];
  const { mean, low, high, p } = difference;
  const range = low === null || high === null ? '' : `${points(low)} … ${points(high)}`;
  return [points(mean), range, pText(p)];
}

export const pText = (p: number): string => (p < 0.001 ? '<0.001' : p.toFixed(3));
