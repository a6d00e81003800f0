/** Ablations: what each cell has more or less than the first, seed by seed, and what each relies on. */
import type { TopLevelSpec } from 'vega-lite';
import { points as pointsText } from '../cells.ts';
import { COLOURS } from './palette.ts';

/** A row: a cell. */
export interface DifferenceRow {
  readonly name: string;
  /** Shares; low and high are null of one pair. */
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
  /** p of the sign-flip test ≤ 0.05 after Holm's correction for all rows. */
  readonly told: boolean;
}

/** A name of a cell has a line for each of its changes. */
const linesOf = (names: readonly string[]) =>
  ({
    labelExpr: "split(datum.label, ' ')",
    // Lines go down from where one alone would stand.
    labelOffset: -6 * (Math.max(...names.map((name) => name.split(' ').length)) - 1),
    labelLimit: 0,
    domain: false,
    ticks: false,
  }) as const;

/** Pixels of a row: as many as its lines take. */
const stepFor = (names: readonly string[], least: number): number =>
  Math.max(least, ...names.map((name) => 12 * name.split(' ').length + 6));

/** A dot for the mean difference, a line for its 95% interval; filled where it is told from chance. */
export function differenceFigure(rows: readonly DifferenceRow[], metric: string): TopLevelSpec {
  const values = rows.map(({ name, mean, low, high, told }) => ({
    name,
    mean: 100 * mean,
    low: low === null ? null : 100 * low,
    high: high === null ? null : 100 * high,
    told,
  }));
  const y = {
    field: 'name',
    type: 'nominal',
    sort: rows.map(({ name }) => name),
    title: null,
    axis: { ...linesOf(rows.map(({ name }) => name)), grid: true },
  } as const;
  const x = { type: 'quantitative', title: `difference of ${metric}, percentage points` } as const;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    data: { values },
    width: 240,
    height: {
      step: stepFor(
        rows.map(({ name }) => name),
        22,
      ),
    },
    layer: [
      { mark: { type: 'rule', color: '#666', strokeDash: [4, 3] }, encoding: { x: { datum: 0, ...x } } },
      {
        transform: [{ filter: 'isValid(datum.low)' }],
        mark: { type: 'rule', color: COLOURS[0], strokeWidth: 1.5 },
        encoding: { y, x: { ...x, field: 'low' }, x2: { field: 'high' } },
      },
      {
        mark: { type: 'point', size: 50, opacity: 1, stroke: COLOURS[0] },
        encoding: {
          y,
          x: { ...x, field: 'mean' },
          fill: { condition: { test: 'datum.told', value: COLOURS[0] }, value: 'white' },
        },
      },
    ],
  };
}

/** A cell of the matrix of reliance. */
export interface RelianceCell {
  readonly trained: string;
  readonly tested: string;
  readonly value: number;
  /** Against the row's own test; null of that itself. */
  readonly change: number | null;
  readonly told: boolean;
  readonly text: string;
}

/** Trained in rows, tested in columns; blue where a presentation raises the metric, orange where it lowers it. */
export function relianceFigure(cells: readonly RelianceCell[]): TopLevelSpec {
  const [rows, columns] = [
    [...new Set(cells.map(({ trained }) => trained))],
    [...new Set(cells.map(({ tested }) => tested))],
  ];
  const values = cells.map((cell) => ({
    ...cell,
    change: 100 * (cell.change ?? 0),
    below: cell.change === null ? '' : `${pointsText(cell.change)}${cell.told ? '*' : ''}`,
  }));
  const most = Math.max(1, ...values.map(({ change }) => Math.abs(change)));
  const axis = { labelLimit: 0, domain: false, ticks: false } as const;
  const ink = { condition: { test: `abs(datum.change) > ${0.6 * most}`, value: 'white' }, value: '#222' };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    data: { values },
    width: { step: 66 },
    height: { step: stepFor(rows, 34) },
    encoding: {
      x: {
        field: 'tested',
        type: 'nominal',
        sort: columns,
        title: 'tested',
        axis: { ...axis, orient: 'top', labelAngle: columns.some((name) => name.length > 9) ? -30 : 0 },
      },
      y: { field: 'trained', type: 'nominal', sort: rows, title: 'trained', axis: linesOf(rows) },
    },
    layer: [
      {
        mark: { type: 'rect', stroke: 'white', strokeWidth: 2 },
        encoding: {
          color: {
            field: 'change',
            type: 'quantitative',
            scale: { domain: [-most, 0, most], range: ['#a63603', '#f7f7f7', '#08519c'] },
            legend: { title: ['points', 'against', 'own test'] },
          },
        },
      },
      { mark: { type: 'text', fontSize: 10, dy: -5 }, encoding: { text: { field: 'text' }, color: ink } },
      { mark: { type: 'text', fontSize: 8, dy: 8 }, encoding: { text: { field: 'below' }, color: ink } },
    ],
  };
}
