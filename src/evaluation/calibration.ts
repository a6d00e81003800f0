/** Calibration of the score p = 1 − P(normal): of the sessions with p = 0.8, are 80% anomalous? */

import { type Estimate, normalInterval, type Rate, rate } from '../statistics/index.ts';
import type { OperatingPoint } from './curve.ts';

/** Sessions with scores next to each other. */
export interface ReliabilityBin {
  readonly sessions: number;
  /** Least, mean and greatest score. */
  readonly from: number;
  readonly meanScore: number;
  readonly to: number;
  /** The share of them that is anomalous. */
  readonly anomalous: Rate;
}

export interface Calibration {
  /** Bins that were asked for; sessions of equal score share one, so that there may be fewer. */
  readonly bins: number;
  /** Bins of equal mass as far as that goes, by ascending score. */
  readonly reliability: readonly ReliabilityBin[];
  /** Expected calibration error: Σ nₖ/N |mean scoreₖ − share anomalousₖ|. */
  readonly ece: number;
  /** Mean (p − y)², y = 1 for anomalous sessions; the interval is the normal one of a mean. */
  readonly brier: Estimate;
  /**
   * Brier score = reliability − resolution + uncertainty, exactly. Resolution is the generalised one, which takes in how
   * scores differ within a bin (D. B. Stephenson et al., 2008, Weather and Forecasting 23:752).
   */
  readonly reliabilityTerm: number;
  readonly resolutionTerm: number;
  readonly uncertaintyTerm: number;
}

/** What is said of N sessions: those with one score. */
interface Tie {
  readonly score: number;
  readonly sessions: number;
  readonly anomalous: number;
}

/**
 * Reliability curve, expected calibration error and Brier score with its decomposition.
 *
 * A bin is closed as soon as the sessions up to it are the k-th part of all that it is to end: each holds N / bins
 * sessions unless many have the same score.
 *
 * @param points by ascending normalProbability
 * @returns null without sessions
 */
export function calibrate(points: readonly OperatingPoint[], bins = 10): Calibration | null {
  const ties = tiesOf(points);
  const N = ties.reduce((sum, { sessions }) => sum + sessions, 0);
  if (N === 0) return null;
  const groups = binsOf(ties, N, bins);
  const all = ties.reduce((sum, { anomalous }) => sum + anomalous, 0);
  const baseRate = all / N;

  let loss = 0;
  let squares = 0;
  for (const { score, sessions, anomalous } of ties) {
    const miss = (1 - score) * (1 - score);
    const alarm = score * score;
    loss += anomalous * miss + (sessions - anomalous) * alarm;
    squares += anomalous * miss * miss + (sessions - anomalous) * alarm * alarm;
  }
  const mean = loss / N;
  const variance = N < 2 ? null : Math.max(0, squares - loss * mean) / (N - 1) / N;
  const interval = variance === null ? null : normalInterval(mean, variance);

  const reliability = groups.map(binOf);
  let ece = 0;
  let reliabilityTerm = 0;
  for (const { sessions, meanScore, anomalous } of reliability) {
    const gap = meanScore - anomalous.value!;
    ece += (sessions / N) * Math.abs(gap);
    reliabilityTerm += (sessions / N) * gap * gap;
  }
  const uncertaintyTerm = baseRate * (1 - baseRate);
  return {
    bins,
    reliability,
    ece,
    brier: {
      value: mean,
      low: interval === null ? null : Math.max(0, interval.low!),
      high: interval === null ? null : Math.min(1, interval.high!),
    },
    reliabilityTerm,
    resolutionTerm: reliabilityTerm + uncertaintyTerm - mean,
    uncertaintyTerm,
  };
}

/** Bins by ascending score. */
function tiesOf(points: readonly OperatingPoint[]): readonly Tie[] {
  let before = { truePositives: 0, falsePositives: 0 };
  const ties = points.map((point) => {
    const anomalous = point.truePositives - before.truePositives;
    const sessions = anomalous + point.falsePositives - before.falsePositives;
    before = point;
    // A softmax in f32 may add up to an ulp more than 1.
    return { score: Math.max(0, 1 - point.normalProbability), sessions, anomalous };
  });
  return ties.reverse();
}

function binsOf(ties: readonly Tie[], N: number, bins: number): readonly (readonly Tie[])[] {
  const groups: Tie[][] = [];
  let group: Tie[] = [];
  let seen = 0;
  for (const tie of ties) {
    group.push(tie);
    seen += tie.sessions;
    if (seen * bins < (groups.length + 1) * N) continue;
    groups.push(group);
    group = [];
    // One score may fill several bins.
    while (groups.length < bins && seen * bins >= (groups.length + 1) * N && seen < N) groups.push([]);
  }
  return groups.filter((ofBin) => ofBin.length > 0);
}

function binOf(ties: readonly Tie[]): ReliabilityBin {
  let sessions = 0;
  let anomalous = 0;
  let sum = 0;
  for (const tie of ties) {
    sessions += tie.sessions;
    anomalous += tie.anomalous;
    sum += tie.sessions * tie.score;
  }
  const [from, to] = [ties[0]!.score, ties.at(-1)!.score];
  return { sessions, from, meanScore: sum / sessions, to, anomalous: rate(anomalous, sessions) };
}
