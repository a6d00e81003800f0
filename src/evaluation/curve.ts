/**
 * Ranking by the score of "anomalous", 1 − P(normal): area under the ROC curve and average precision.
 *
 * Sessions are ranked by P(normal) itself, ascending: the same order, without the rounding of 1 − P(normal), which
 * would merge scores near 1.
 */
import { type Estimate, UNDEFINED, wilson, wilsonWithVariance } from '../statistics/index.ts';
import type { Predictions } from './matrix.ts';

/** One point of the ROC and precision-recall curves: what is called anomalous down to one score. */
export interface OperatingPoint {
  /** Sessions with P(normal) up to this, inclusive, are called anomalous. */
  readonly normalProbability: number;
  readonly truePositives: number;
  readonly falsePositives: number;
}

/** Both curves: a point for each distinct score, highest score first; sessions with equal scores come together. */
export function operatingPoints({ labels, probabilities, classes }: Predictions): readonly OperatingPoint[] {
  const C = classes.length;
  return pointsBy(
    labels,
    Float32Array.from(labels, (_, i) => probabilities[i * C]!),
  );
}

/**
 * The same for any scores that rise with "anomalous"; `normalProbability` of a point is −score.
 *
 * @param labels [N]: 0 is normal
 * @param scores [N]
 */
export function scorePoints(labels: Uint8Array, scores: Float32Array): readonly OperatingPoint[] {
  return pointsBy(
    labels,
    scores.map((score) => -score),
  );
}

function pointsBy(labels: Uint8Array, normal: Float32Array): readonly OperatingPoint[] {
  const order = Uint32Array.from(labels, (_, i) => i).sort((a, b) => normal[a]! - normal[b]!);
  const points: OperatingPoint[] = [];
  let truePositives = 0;
  let falsePositives = 0;
  for (let k = 0; k < order.length; k++) {
    const i = order[k]!;
    if (labels[i]! > 0) truePositives++;
    else falsePositives++;
    const next = order[k + 1];
    if (next !== undefined && normal[next] === normal[i]) continue;
    points.push({ normalProbability: normal[i]!, truePositives, falsePositives });
  }
  return points;
}

/**
 * Area under the ROC curve: the probability that an anomalous session scores higher than a normal one, ties counting
 * one half (Mann–Whitney). Exact: the count of pairs is an integer number of halves.
 *
 * The variance is that of E. R. DeLong et al. (1988, Biometrics 44:837), and never more than A(1 − A) / min(m, n)
 * (Z. W. Birnbaum and O. M. Klose, 1957); the interval is `wilsonWithVariance`, because A ± z·SE leaves [0, 1] near
 * perfect scores. Undefined without a session of each sort.
 */
export function rocArea(points: readonly OperatingPoint[]): Estimate {
  const last = points.at(-1);
  const m = last?.truePositives ?? 0;
  const n = last?.falsePositives ?? 0;
  if (m === 0 || n === 0) return UNDEFINED;

  let pairs = 0;
  forEachTie(points, (positives, negatives, _above, negativesAbove) => {
    pairs += positives * (n - negativesAbove - negatives / 2);
  });
  const area = pairs / (m * n);

  // Placements: the share of the other sort that each session outranks.
  let positiveSquares = 0;
  let negativeSquares = 0;
  forEachTie(points, (positives, negatives, positivesAbove, negativesAbove) => {
    const ofPositive = (n - negativesAbove - negatives / 2) / n - area;
    const ofNegative = (positivesAbove + positives / 2) / m - area;
    positiveSquares += positives * ofPositive * ofPositive;
    negativeSquares += negatives * ofNegative * ofNegative;
  });
  const least = Math.min(m, n);
  const bound = (area * (1 - area)) / least;
  const delong = least === 1 ? bound : positiveSquares / (m - 1) / m + negativeSquares / (n - 1) / n;
  return wilsonWithVariance(area, Math.min(delong, bound), least);
}

/**
 * Average precision: Σ (Rₖ − Rₖ₋₁) Pₖ over the operating points, without interpolation. The interval is Wilson's for
 * as many trials as there are anomalous sessions (the binomial interval of K. Boyd et al., 2013, ECML PKDD). Undefined
 * without a session of each sort.
 */
export function averagePrecision(points: readonly OperatingPoint[]): Estimate {
  const m = points.at(-1)?.truePositives ?? 0;
  // Without a normal session every ranking has precision 1.
  if (m === 0 || points.at(-1)?.falsePositives === 0) return UNDEFINED;
  let sum = 0;
  forEachTie(points, (positives, negatives, positivesAbove, negativesAbove) => {
    const hits = positivesAbove + positives;
    sum += (positives * hits) / (hits + negativesAbove + negatives);
  });
  return wilson(Math.min(1, sum / m), m);
}

function forEachTie(
  points: readonly OperatingPoint[],
  visit: (positives: number, negatives: number, positivesAbove: number, negativesAbove: number) => void,
): void {
  let tp = 0;
  let fp = 0;
  for (const p of points) {
    visit(p.truePositives - tp, p.falsePositives - fp, tp, fp);
    tp = p.truePositives;
    fp = p.falsePositives;
  }
}
