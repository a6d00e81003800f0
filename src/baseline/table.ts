/** The table of the baselines: the same rates for each, on the same sessions. */
import {
  type Baseline,
  confusionMatrix,
  detectionByKind,
  evaluateMatrix,
  rocArea,
  scorePoints,
} from '../evaluation/index.ts';
import type { BaselineRun, BaselineScores } from './compare.ts';

/**
 * @param kinds what `run.kinds` numbers; 0 is normal
 */
export function baselineTable(run: BaselineRun, kinds: readonly string[]): readonly Baseline[] {
  const labels = run.kinds.map((kind) => Math.min(kind, 1));
  return run.baselines.map((baseline) => rated(baseline, labels, run.kinds, kinds));
}

function rated(
  { name, says, ranks, scores, called }: BaselineScores,
  labels: Uint8Array,
  actual: Uint8Array,
  kinds: readonly string[],
): Baseline {
  const { anomalous } = evaluateMatrix(confusionMatrix(labels, called, 2), ['normal', 'anomalous']);
  const { recall, falsePositiveRate, precision, f1, mcc } = anomalous;
  return {
    name,
    says,
    rates: { recall, falsePositiveRate, precision, f1, mcc },
    rocAuc: ranks ? rocArea(scorePoints(labels, scores)) : null,
    detection: detectionByKind(actual, called, kinds),
  };
}

/** The baseline that tells a kind best from normal sessions. */
export interface BestRule {
  readonly name: string;
  /** Shares of the kind, and of normal sessions, that it calls anomalous. */
  readonly called: number;
  readonly falseAlarms: number;
}

/**
 * An oracle's choice, made on the very sessions that it is told of: for every kind but normal the baseline with the greatest difference between its detection rate of the kind and its false
 * positive rate (Youden's J); of equals the first. null where none is better than chance, or where there is no session of
 * the kind, or no normal one.
 *
 * @param among names of the baselines that take part; all by default
 */
export function bestByKind(
  baselines: readonly Baseline[],
  among: (name: string) => boolean = () => true,
): readonly { readonly kind: string; readonly best: BestRule | null }[] {
  const [first] = baselines;
  if (first === undefined) return [];
  return first.detection.slice(1).map(({ kind }, i) => {
    let best: BestRule | null = null;
    for (const { name, detection } of baselines) {
      const called = detection[i + 1]!.called.value;
      const falseAlarms = detection[0]!.called.value;
      if (!among(name) || called === null || falseAlarms === null) continue;
      const before = best === null ? 0 : best.called - best.falseAlarms;
      if (called - falseAlarms > before) best = { name, called, falseAlarms };
    }
    return { kind, best };
  });
}
