/** A threshold for "anomalous" that is chosen on sessions other than those that it is tested on. */

import type { OperatingPoint } from './curve.ts';
import { type Detection, detectionByKind } from './detection.ts';
import { type AnomalousRates, evaluateCalls } from './evaluate.ts';
import { calledBy, type Predictions } from './matrix.ts';

/** What the threshold is to do: F1 as high as possible, or as many anomalies as a false positive rate allows. */
export type ThresholdRule = 'f1' | { readonly falsePositiveRate: number };

/** A threshold with what it did where it was chosen. */
export interface Threshold {
  readonly rule: ThresholdRule;
  /** Sessions with P(normal) up to this, inclusive, are called anomalous; null: none is. */
  readonly normalProbability: number | null;
  /** How many validation sessions there were, and the rates on them. */
  readonly sessions: number;
  readonly recall: number;
  readonly falsePositiveRate: number;
}

/** A threshold with what it does on the test sessions. */
export interface TestedThreshold extends Threshold {
  readonly rates: AnomalousRates;
  readonly detection: readonly Detection[];
}

/**
 * Chooses a threshold on the ROC curve of validation sessions. Of equally good points the one that calls fewest sessions
 * anomalous.
 *
 * @param points of the validation sessions, by ascending normalProbability
 * @returns null where there are no normal or no anomalous sessions to choose by
 */
export function chooseThreshold(points: readonly OperatingPoint[], rule: ThresholdRule): Threshold | null {
  const { truePositives: m = 0, falsePositives: n = 0 } = points.at(-1) ?? {};
  if (m === 0 || n === 0) return null;
  const none = { normalProbability: null, truePositives: 0, falsePositives: 0 };
  let best: Omit<OperatingPoint, 'normalProbability'> & { readonly normalProbability: number | null } = none;
  if (rule === 'f1') {
    const f1 = (p: typeof best) => (2 * p.truePositives) / (p.truePositives + p.falsePositives + m);
    for (const point of points) if (f1(point) > f1(best)) best = point;
  } else {
    for (const point of points) {
      // Without new hits more alarms are no gain.
      const allowed = point.falsePositives <= rule.falsePositiveRate * n;
      if (allowed && point.truePositives > best.truePositives) best = point;
    }
  }
  const { normalProbability, truePositives, falsePositives } = best;
  return {
    rule,
    normalProbability,
    sessions: m + n,
    recall: truePositives / m,
    falsePositiveRate: falsePositives / n,
  };
}

/**
 * What a threshold does on test sessions.
 *
 * @param actual [N]: what was done to each session, indices of `kinds`
 */
export function applyThreshold(
  threshold: Threshold,
  predictions: Predictions,
  actual: Uint8Array,
  kinds: readonly string[],
): TestedThreshold {
  const called = calledBy(threshold, predictions);
  const { labels, clusterings } = predictions;
  return {
    ...threshold,
    rates: evaluateCalls(labels, called, clusterings),
    detection: detectionByKind(actual, called, kinds, clusterings),
  };
}
