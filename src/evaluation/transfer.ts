/** Transfer: how well attacks are found by what was trained on morphs, beside how well morphs are. */
import { presentsMorphs } from '../spec/index.ts';
import { difference, type Estimate, type Rate } from '../statistics/index.ts';
import type { Evaluation } from './evaluate.ts';
import type { Findings } from './findings.ts';
import type { Metrics } from './metrics.ts';
import type { PresentationRecord } from './presentation.ts';

/** Recall at one threshold of what was trained, and of attacks; what is called so without being either. */
export interface Transfer {
  /** The presentation that makes morphs of the normal test sessions. */
  readonly presentation: string;
  /** Sessions with P(normal) up to this are called anomalous; null: those whose most probable class is not normal. */
  readonly normalProbability: number | null;
  readonly morphs: Rate;
  readonly attacks: Rate;
  /** Recall of morphs − recall of attacks. They are other sessions, of the same hosts. */
  readonly gap: Estimate;
  /** Of the normal test sessions, all of which are as captured. */
  readonly falsePositiveRate: Rate;
  /** Recall of attacks by who has labels of others, at as many false alarms; null without baselines. */
  readonly supervised: Rate | null;
}

/** One for each presentation that makes morphs of labelled sessions; at the threshold of validation where there is one. */
export function transfersOf(
  { anomalous }: Pick<Evaluation, 'anomalous'>,
  { threshold }: Pick<Findings, 'threshold'>,
  presentations: readonly PresentationRecord[],
): readonly Transfer[] {
  return presentations
    .filter(({ otherwise }) => presentsMorphs(otherwise))
    .map((presented) => {
      const attacks = threshold?.rates ?? anomalous;
      const morphs = presented.threshold?.rates ?? presented.evaluation.anomalous;
      return {
        presentation: presented.name,
        normalProbability: threshold?.normalProbability ?? null,
        morphs: morphs.recall,
        attacks: attacks.recall,
        gap: difference(morphs.recall, attacks.recall),
        falsePositiveRate: attacks.falsePositiveRate,
        supervised: presented.supervised,
      };
    });
}

/** The headline figures of the first transfer by name; nothing without one. */
export function transferMetrics([first]: readonly Transfer[]): Metrics {
  if (first === undefined) return {};
  return {
    transferMorphRecall: first.morphs.value,
    transferAttackRecall: first.attacks.value,
    transferGap: first.gap.value,
  };
}
