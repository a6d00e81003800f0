/** A card in a few numbers, for journals and for MLflow. */
import type { Metrics } from '../evaluation/index.ts';
import type { AttentionCard } from './card.ts';

/**
 * Of every kind and level that there is something to point at, its attention by that of normal sessions and what it adds to
 * their pointing AUC; and the change of the accuracy with uniform weights.
 */
export function cardMetrics({ pointing, replaced }: AttentionCard): Metrics {
  return Object.fromEntries([
    ...pointing.flatMap(({ level, kind, times, auc, finding }) =>
      finding === 'nothing'
        ? []
        : [
            [`${level}AttentionTimes ${kind}`, times.normal.value],
            [`${level}AttentionAuc ${kind}`, auc.attention.value],
            [`${level}AttentionAucOver ${kind}`, auc.overNormal.value],
          ],
    ),
    ...replaced.map(({ level, by, change }) => [
      `${level}AttentionBy${by === 'uniform' ? 'Uniform' : 'Mean'}`,
      change.value,
    ]),
  ] as [string, number | null][]);
}
