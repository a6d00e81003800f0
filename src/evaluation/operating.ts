/** Points of the ROC curve that people ask for: its corners, and the detection rate at a fixed false positive rate. */

import { clusteredRate, type Estimate, type Rate, rate } from '../statistics/index.ts';
import { precisionAtBaseRates } from './base-rate.ts';
import type { OperatingPoint } from './curve.ts';
import { calledBy, type Predictions } from './matrix.ts';

/**
 * The corners of the ROC curve: the points that do not lie on the straight line between those before and after them. All
 * others follow from these, so that nothing is lost. The curve begins at (0, 0), where nothing is called anomalous, and
 * which is not among them.
 *
 * @param points by ascending normalProbability
 */
export function corners(points: readonly OperatingPoint[]): readonly OperatingPoint[] {
  const kept: OperatingPoint[] = [];
  points.forEach((point, k) => {
    const before = kept.at(-1) ?? ORIGIN;
    const after = points[k + 1];
    if (after !== undefined && isStraight(before, point, after)) return;
    kept.push(point);
  });
  return kept;
}

const ORIGIN = { truePositives: 0, falsePositives: 0 };

type Place = Pick<OperatingPoint, 'truePositives' | 'falsePositives'>;

/** Both counts only grow: three points on a line are in its order. */
function isStraight(a: Place, b: Place, c: Place): boolean {
  const rise = (b.truePositives - a.truePositives) * (c.falsePositives - b.falsePositives);
  return rise === (c.truePositives - b.truePositives) * (b.falsePositives - a.falsePositives);
}

/** What is found when no more than one normal session in so many is called anomalous. */
export interface FixedRate {
  /**
   * Where the threshold is from: the curve of the very sessions that are tested, which nobody has beforehand (oracle), or
   * the normal validation sessions, so that the rate on the test sessions may be another.
   */
  readonly threshold: 'oracle' | 'validation';
  /** The false positive rate is at most one in this many. */
  readonly oneIn: number;
  /** Normal sessions that it takes to tell such a rate, and those that there are where the threshold is from. */
  readonly needed: number;
  readonly normal: number;
  /** On the test sessions; null when there are too few normal sessions, or no anomalous one. */
  readonly point: {
    /** Sessions with P(normal) up to this are called anomalous; null: none is. */
    readonly normalProbability: number | null;
    readonly recall: Rate;
    readonly falsePositiveRate: Rate;
    readonly precisionAt: readonly (Estimate & { readonly baseRate: number })[];
  } | null;
}

/** 1%, 0.1%, 0.01%. */
const ONE_IN = [100, 1000, 10_000] as const;

/** Expected false positives below which a false positive rate cannot be told: 10 give it within about a factor of 2. */
const LEAST_FALSE_POSITIVES = 10;

/**
 * Detection rates at false positive rates of at most 1%, 0.1% and 0.01%: the threshold is that of the last point whose rate
 * is not above, no point between two is made up. Precision at other base rates goes with each.
 *
 * @param points of the test sessions
 * @param validation those of the validation sessions, by whose normal ones the thresholds are chosen; without them each is
 *   an oracle's, read off the curve of the test sessions
 * @param predictions of the test sessions, for intervals that respect their clusters
 */
export function fixedRates(
  points: readonly OperatingPoint[],
  validation?: readonly OperatingPoint[],
  predictions?: Predictions,
): readonly FixedRate[] {
  const all = points.at(-1) ?? ORIGIN;
  const from = validation ?? points;
  const threshold = validation === undefined ? 'oracle' : 'validation';
  const normal = from.at(-1)?.falsePositives ?? 0;
  return ONE_IN.map((oneIn) => {
    const needed = LEAST_FALSE_POSITIVES * oneIn;
    const none = { threshold, oneIn, needed, normal, point: null } as const;
    if (normal < needed || all.truePositives === 0) return none;
    const chosen = from.findLast(({ falsePositives }) => falsePositives * oneIn <= normal);
    const normalProbability = chosen?.normalProbability ?? null;
    const last =
      normalProbability === null
        ? undefined
        : points.findLast((point) => point.normalProbability <= normalProbability);
    const { truePositives, falsePositives } = last ?? ORIGIN;
    const { recall, falsePositiveRate } =
      predictions?.clusterings === undefined
        ? {
            recall: rate(truePositives, all.truePositives),
            falsePositiveRate: rate(falsePositives, all.falsePositives),
          }
        : ratesAt(normalProbability, predictions, predictions.clusterings);
    const precisionAt = precisionAtBaseRates(recall, falsePositiveRate);
    return { ...none, point: { normalProbability, recall, falsePositiveRate, precisionAt } };
  });
}

/** Recall and false positive rate of a threshold. */
function ratesAt(
  normalProbability: number | null,
  predictions: Predictions,
  clusterings: NonNullable<Predictions['clusterings']>,
): { readonly recall: Rate; readonly falsePositiveRate: Rate } {
  const called = calledBy({ normalProbability }, predictions);
  const anomalous = predictions.labels.map((label) => Math.min(label, 1));
  const normal = anomalous.map((one) => 1 - one);
  return {
    recall: clusteredRate(called, anomalous, clusterings),
    falsePositiveRate: clusteredRate(called, normal, clusterings),
  };
}
