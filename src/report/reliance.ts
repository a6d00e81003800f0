/** What networks rely on, as a matrix: trained in the rows, tested in the columns. */
import { holm } from '../statistics/index.ts';
import { type Group, type Presented, presentationsOf, type Reliance, relianceOf } from '../sweep/index.ts';
import { alignColumns, plural } from '../text/index.ts';
import { points, share } from './cells.ts';

/** Marks what is told from chance, with every cell of the matrix accounted for. */
const TOLD = '*';
const LEVEL = 0.05;

/**
 * The matrix of a metric, each cell with what it is more or less than under the presentation of its row's own spec; empty
 * without presentations.
 */
export function formatReliance(groups: readonly Group[], metric: string): string {
  const presentations = presentationsOf(groups);
  if (presentations.length === 0) return '';
  const rows = relianceOf(groups, metric);
  const adjusted = correctedOf(rows);
  const table = rows.flatMap((row) => {
    const cells = presentations.map((name) => row.under.get(name)!);
    return [
      [row.name, share(row.own), ...cells.map(({ mean }) => share(mean))],
      ['', '', ...cells.map((cell) => changeText(cell, adjusted.get(cell)))],
    ];
  });
  const head = [['', 'own test', ...presentations]];
  const pairs = Math.max(
    ...rows.flatMap(({ under }) => [...under.values()].map(({ change }) => change?.n ?? 0)),
  );
  return [
    `${titleOf(metric)}: trained as the row says, the same weights tested as the column says`,
    ...alignColumns([...head, ...table], `lr${'l'.repeat(presentations.length)}`, ''),
    '',
    `Below each: difference from the row's own test in percentage points over ${plural(pairs, 'seed')} on these test sessions, with`,
    `its 95% interval; ${TOLD}: p of the sign-flip test ≤ 0.05 after Holm's correction for all ${adjusted.size} differences of the matrix.`,
    '',
  ].join('\n');
}

const TITLES: Readonly<Record<string, string>> = { falsePositiveRate: 'False positive rate' };
const titleOf = (metric: string): string =>
  TITLES[metric] ??
  metric.replace(/^detected /, 'Called anomalous of ').replace(/^[a-z]/, (c) => c.toUpperCase());

/** Differences that are exactly 0 in every seed are those of a row with its own test: they are no hypotheses. */
const isOwn = ({ change }: Presented): boolean =>
  change !== null && change.mean === 0 && change.low === 0 && change.high === 0;

/** p of every cell that may differ, by Holm over all of them. */
export function correctedOf(rows: readonly Reliance[]): ReadonlyMap<Presented, number> {
  const cells = rows
    .flatMap(({ under }) => [...under.values()])
    .filter((cell) => cell.change !== null && !isOwn(cell));
  const adjusted = holm(cells.map(({ change }) => change!.p));
  return new Map(cells.map((cell, i) => [cell, adjusted[i]!]));
}

function changeText(cell: Presented, adjusted: number | undefined): string {
  const { change } = cell;
  if (change === null) return '–';
  if (isOwn(cell)) return 'the same';
  const { mean, low, high } = change;
  const range = low === null || high === null ? '' : ` (${points(low)} … ${points(high)})`;
  return `${points(mean)}${range}${adjusted !== undefined && adjusted <= LEVEL ? TOLD : ''}`;
}

/** The matrices of recall and of the false positive rate, each after an empty line; empty without presentations. */
export const formatReliances = (groups: readonly Group[]): string =>
  ['recall', 'falsePositiveRate']
    .map((metric) => formatReliance(groups, metric))
    .filter((text) => text !== '')
    .map((text) => `\n${text}`)
    .join('');
