/** Curves of cells with several runs: the mean, and a band from the least to the greatest of their seeds. */
import type { TopLevelSpec } from 'vega-lite';
import { probit } from '../../numeric/index.ts';
import type { CurvePoint } from './curves.ts';
import { encodingOf } from './palette.ts';

/** A cell: the ROC corners of each of its runs. */
export interface CellCurves {
  readonly name: string;
  readonly runs: readonly (readonly CurvePoint[])[];
}

export type CurveKind = 'roc' | 'precision-recall' | 'det';

interface BandPoint {
  readonly x: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Places at which the curves of several seeds are read. */
const GRID = 200;
/** Error rates from which to which a DET curve goes. */
const [LEAST, GREATEST] = [0.001, 0.8];
const TICKS = [0.001, 0.01, 0.05, 0.2, 0.5, 0.8] as const;

/** The figure of all cells. */
export function bandFigure(kind: CurveKind, cells: readonly CellCurves[]): TopLevelSpec {
  const { titles, shape } = AXES[kind];
  const several = cells.some(({ runs }) => runs.length > 1);
  const points = cells.flatMap(({ name, runs }) =>
    band(kind, runs).map((point, order) => ({ name, order, ...point })),
  );
  const x = { field: 'x', type: 'quantitative', title: titles[0], ...shape } as const;
  const y = { type: 'quantitative', title: titles[1], ...shape } as const;
  const encoding = encodingOf(cells.map(({ name }) => name));
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    data: { values: points },
    width: 210,
    height: 210,
    layer: [
      ...(several
        ? [
            {
              mark: { type: 'area', opacity: 0.2, clip: true },
              encoding: {
                x,
                y: { ...y, field: 'low' },
                y2: { field: 'high' },
                color: encoding.color,
              },
            } as const,
          ]
        : []),
      {
        mark: { type: 'line', strokeWidth: 1.5, clip: true },
        encoding: {
          x,
          y: { ...y, field: 'mean' },
          ...encoding,
          order: { field: 'order', type: 'quantitative' },
        },
      },
    ],
  };
}

const UNIT = { scale: { domain: [0, 1] } };
const DEVIATES = {
  scale: { domain: [probit(LEAST), probit(GREATEST)], nice: false, zero: false },
  axis: {
    values: TICKS.map(probit),
    labelExpr: `${TICKS.map((t) => `abs(datum.value - ${probit(t)}) < 0.001 ? '${100 * t}%'`).join(' : ')} : ''`,
    labelOverlap: false,
  },
};
const AXES = {
  roc: { titles: ['false positive rate', 'recall'], shape: UNIT },
  'precision-recall': { titles: ['recall', 'precision'], shape: UNIT },
  det: { titles: ['false positive rate', 'missed anomalies'], shape: DEVIATES },
} as const;

/** Mean, least and greatest over the runs of a cell, on a grid of what is on the x axis. */
export function band(kind: CurveKind, runs: readonly (readonly CurvePoint[])[]): readonly BandPoint[] {
  const read = runs.map((points) => (kind === 'precision-recall' ? precisionAt(points) : recallAt(points)));
  const grid = Array.from({ length: GRID + 1 }, (_, i) => {
    if (kind !== 'det') return { shown: i / GRID, at: i / GRID };
    // Evenly on the axis that is drawn.
    const deviate = probit(LEAST) + ((probit(GREATEST) - probit(LEAST)) * i) / GRID;
    return { shown: deviate, at: normal(deviate) };
  });
  return grid.flatMap(({ shown, at }) => {
    const values = read.map((curve) => curve(at)).filter((y) => y !== null);
    if (values.length === 0) return [];
    const mean = values.reduce((sum, y) => sum + y, 0) / values.length;
    const [low, high] = [Math.min(...values), Math.max(...values)];
    if (kind !== 'det') return [{ x: shown, mean, low, high }];
    const missed = (recall: number) => probit(Math.min(1 - 1e-6, Math.max(1e-6, 1 - recall)));
    return [{ x: shown, mean: missed(mean), low: missed(high), high: missed(low) }];
  });
}

/** Recall at a false positive rate, straight between the corners; the greatest where the curve goes straight up. */
function recallAt(points: readonly CurvePoint[]): (x: number) => number {
  const { m, n, corners } = cornersOf(points);
  return (x) => {
    const at = x * n;
    let k = corners.length - 1;
    while (k > 0 && corners[k]!.falsePositives > at) k--;
    const [a, b] = [corners[k]!, corners[k + 1]];
    if (b === undefined) return a.truePositives / m;
    const part = (at - a.falsePositives) / (b.falsePositives - a.falsePositives);
    return (a.truePositives + part * (b.truePositives - a.truePositives)) / m;
  };
}

/** Precision at a recall, as counts interpolate (J. Davis and M. Goadrich, 2006); null at a recall of 0. */
function precisionAt(points: readonly CurvePoint[]): (x: number) => number | null {
  const { m, corners } = cornersOf(points);
  return (x) => {
    const at = x * m;
    if (at === 0) return null;
    const k = corners.findIndex(({ truePositives }) => truePositives >= at);
    const [a, b] = [corners[Math.max(0, k - 1)]!, corners[k]!];
    const part =
      b.truePositives === a.truePositives ? 1 : (at - a.truePositives) / (b.truePositives - a.truePositives);
    return at / (at + a.falsePositives + part * (b.falsePositives - a.falsePositives));
  };
}

function cornersOf(points: readonly CurvePoint[]) {
  const { truePositives: m = 0, falsePositives: n = 0 } = points.at(-1) ?? {};
  return { m, n, corners: [{ truePositives: 0, falsePositives: 0 }, ...points] };
}

/** The share below a normal deviate, by bisection of its inverse: it only says where a curve is read. */
function normal(deviate: number): number {
  let [low, high] = [1e-9, 1 - 1e-9];
  for (let i = 0; i < 50; i++) {
    const middle = (low + high) / 2;
    if (probit(middle) < deviate) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
