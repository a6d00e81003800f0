/** ROC, precision-recall and DET curves as figures, drawn from the corners of the ROC curve. */
import type { TopLevelSpec } from 'vega-lite';
import type { Evaluation } from '../../evaluation/index.ts';
import { probit } from '../../numeric/index.ts';
import { formatCount, formatScore } from '../../text/index.ts';

/** Counts of what is called anomalous at one point of the curve. */
export interface CurvePoint {
  readonly truePositives: number;
  readonly falsePositives: number;
}

const SCHEMA = 'https://vega.github.io/schema/vega-lite/v6.json';
const INK = '#08519c';
const SIZE = 340;
/** Of a DET curve, whose axes have many labels. */
const WIDE = 420;

type Ranked = Pick<Evaluation, 'anomalous' | 'ranking'>;

/** How many of both sorts there are: the last point of a curve. */
function totalsOf(points: readonly CurvePoint[]) {
  return { m: points.at(-1)?.truePositives ?? 0, n: points.at(-1)?.falsePositives ?? 0 };
}

/** Recall against false positive rate; the dot is what the most probable class does. */
export function rocFigure(points: readonly CurvePoint[], { anomalous, ranking }: Ranked): TopLevelSpec {
  const { m, n } = totalsOf(points);
  const values = points.map((p) => ({ x: p.falsePositives / n, y: p.truePositives / m }));
  return {
    $schema: SCHEMA,
    title: title('ROC curve', `area ${formatScore(ranking?.rocAuc.value ?? null)}`, m, n),
    width: SIZE,
    height: SIZE,
    layer: [
      diagonal([
        { x: 0, y: 0 },
        { x: 1, y: 1 },
      ]),
      curve(values, 'false positive rate', 'recall'),
      dot(anomalous.falsePositiveRate.value, anomalous.recall.value),
    ],
  };
}

/** Points that are drawn between two corners: precision is no straight line between them. */
const BETWEEN = 32;

/** Precision against recall; between corners as counts interpolate (J. Davis and M. Goadrich, 2006). */
export function precisionRecallFigure(
  points: readonly CurvePoint[],
  { anomalous, ranking }: Ranked,
): TopLevelSpec {
  const { m, n } = totalsOf(points);
  const values: { readonly x: number; readonly y: number }[] = [];
  points.forEach((point, k) => {
    const before = points[k - 1] ?? { truePositives: 0, falsePositives: 0 };
    const [dt, df] = [
      point.truePositives - before.truePositives,
      point.falsePositives - before.falsePositives,
    ];
    const steps = Math.min(BETWEEN, Math.max(dt, df));
    for (let i = 1; i <= steps; i++) {
      const tp = before.truePositives + (dt * i) / steps;
      const fp = before.falsePositives + (df * i) / steps;
      values.push({ x: tp / m, y: tp / (tp + fp) });
    }
  });
  const share = m / (m + n);
  const area = `average precision ${formatScore(ranking?.averagePrecision.value ?? null)}`;
  return {
    $schema: SCHEMA,
    title: title('Precision and recall', area, m, n),
    width: SIZE,
    height: SIZE,
    layer: [
      diagonal([
        { x: 0, y: share },
        { x: 1, y: share },
      ]),
      curve(values, 'recall', 'precision'),
      dot(anomalous.recall.value, anomalous.precision.value),
    ],
  };
}

/** Error rates that a DET curve is marked at. */
const TICKS = [0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999] as const;

/**
 * Misses against false positives on normal-deviate axes (A. Martin et al., 1997): a straight line where scores of both
 * sorts are normally distributed. Rates of 0 and 1 have no place on these axes and are left out.
 */
export function detFigure(points: readonly CurvePoint[], { anomalous }: Ranked): TopLevelSpec {
  const { m, n } = totalsOf(points);
  const inside = (share: number) => share > 0 && share < 1;
  const values = points
    .map((p) => ({ x: p.falsePositives / n, y: (m - p.truePositives) / m }))
    .filter(({ x, y }) => inside(x) && inside(y))
    .map(({ x, y }) => ({ x: probit(x), y: probit(y) }));
  const scale = { domain: [probit(0.0001), probit(0.999)], nice: false, zero: false };
  const labels = TICKS.map((t) => `abs(datum.value - ${probit(t)}) < 0.001 ? '${100 * t}%'`).join(' : ');
  const axis = {
    values: TICKS.map(probit),
    labelExpr: `${labels} : ''`,
    labelFlush: false,
    labelOverlap: false,
    tickCount: 40,
  } as const;
  const spot = (rate: number | null) => (rate !== null && inside(rate) ? probit(rate) : null);
  const missed = anomalous.recall.value === null ? null : 1 - anomalous.recall.value;
  return {
    $schema: SCHEMA,
    title: title('Detection error trade-off', 'normal-deviate axes', m, n),
    width: WIDE,
    height: WIDE,
    layer: [
      curve(values, 'false positive rate', 'missed anomalies', { scale, axis }),
      dot(spot(anomalous.falsePositiveRate.value), spot(missed)),
    ],
  };
}

/** Share that is anomalous against mean score, a dot a bin with its 95% interval. */
export function reliabilityFigure({ ranking }: Ranked): TopLevelSpec {
  const calibration = ranking?.calibration;
  const reliability = calibration?.reliability ?? [];
  const values = reliability.map(({ meanScore, anomalous: { value, low, high }, sessions }) => {
    return { x: meanScore, y: value, low, high, sessions };
  });
  const sessions = reliability.reduce((sum, bin) => sum + bin.sessions, 0);
  const error = `expected calibration error ${(calibration?.ece ?? 0).toFixed(4)}`;
  const subtitle = `${error}, ${formatCount(sessions)} test sessions`;
  const x = { field: 'x', type: 'quantitative', scale: UNIT, title: 'mean score 1 − P(normal)' } as const;
  return {
    $schema: SCHEMA,
    title: { text: 'Reliability', subtitle, anchor: 'start' },
    width: SIZE,
    height: SIZE,
    layer: [
      diagonal([
        { x: 0, y: 0 },
        { x: 1, y: 1 },
      ]),
      {
        data: { values },
        mark: { type: 'rule', color: INK },
        encoding: {
          x,
          y: { field: 'low', type: 'quantitative', scale: UNIT, title: 'share anomalous' },
          y2: { field: 'high' },
        },
      },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 50, color: INK, opacity: 1 },
        encoding: { x, y: { field: 'y', type: 'quantitative', scale: UNIT } },
      },
    ],
  };
}

const UNIT = { domain: [0, 1] };

function title(text: string, what: string, m: number, n: number) {
  const subtitle = `${what}; ${formatCount(m)} anomalous and ${formatCount(n)} normal test sessions`;
  return { text, subtitle, anchor: 'start' } as const;
}

function curve(values: readonly object[], xTitle: string, yTitle: string, shape: object = { scale: UNIT }) {
  return {
    // In the order of the curve, which goes straight up in places.
    data: { values: values.map((value, order) => ({ ...value, order })) },
    mark: { type: 'line', color: INK, strokeWidth: 2 },
    encoding: {
      x: { field: 'x', type: 'quantitative', title: xTitle, ...shape },
      y: { field: 'y', type: 'quantitative', title: yTitle, ...shape },
      order: { field: 'order', type: 'quantitative' },
    },
  } as const;
}

/** What chance gives. */
function diagonal(values: readonly { readonly x: number; readonly y: number }[]) {
  return {
    data: { values: [...values] },
    mark: { type: 'line', color: '#999', strokeDash: [4, 4] as number[] },
    encoding: {
      x: { field: 'x', type: 'quantitative', scale: UNIT },
      y: { field: 'y', type: 'quantitative', scale: UNIT },
    },
  } as const;
}

function dot(x: number | null, y: number | null) {
  const values = x === null || y === null ? [] : [{ x, y }];
  return {
    data: { values },
    mark: { type: 'point', filled: true, size: 60, color: '#cb181d', opacity: 1 },
    encoding: {
      x: { field: 'x', type: 'quantitative' },
      y: { field: 'y', type: 'quantitative' },
    },
  } as const;
}
