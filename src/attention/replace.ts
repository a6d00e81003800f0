/** What a trained network does with uniform weights in the place of learned attention. */

import { mostProbable } from '../evaluation/index.ts';
import { createModel, type ModelOptions, type Parameter, setParameters } from '../network/index.ts';
import { type Clustering, clusteredRate, pairedRates } from '../statistics/index.ts';
import { type PresentedSessions, predict } from '../training/index.ts';
import type { Level, Replaced } from './card.ts';
import { replacedFinding, replacedText } from './verdict.ts';

/** A trained network, and what it called the N sessions. */
export interface Trained {
  readonly options: ModelOptions;
  readonly parameters: readonly Parameter[];
  readonly presented: PresentedSessions;
  /** [N]: predicted classes. */
  readonly predictions: Uint8Array;
  readonly clusterings: readonly Clustering[];
  /** Told what goes on; what it throws ends the work. */
  readonly working?: (on: string) => void;
}

/** Levels whose attention is learned. */
export const learnedLevels = ({ shape }: Pick<ModelOptions, 'shape'>): readonly Level[] =>
  (['packet', 'session'] as const).filter((level) => !['none', 'mean'].includes(shape[level].attention));

/** Mean weights of each position: [T] of tokens, [P] of packets. */
export type Profiles = Readonly<Record<Level, Float32Array>>;

/**
 * Uniform weights on each level that has learned ones, and on both; or the weights that a position gets on average.
 *
 * @param profiles null for uniform weights; those of positions are computed by the reference engine, slowly
 */
export async function replaceAttention(
  trained: Trained,
  profiles: Profiles | null,
): Promise<readonly Replaced[]> {
  const levels = learnedLevels(trained.options);
  const found: Replaced[] = [];
  for (const level of levels) found.push(await replaceLevels(trained, level, [level], profiles));
  if (levels.length === 2) found.push(await replaceLevels(trained, 'both', levels, profiles));
  return found;
}

async function replaceLevels(
  trained: Trained,
  name: Replaced['level'],
  levels: readonly Level[],
  profiles: Profiles | null,
): Promise<Replaced> {
  const { options, parameters, presented, working } = trained;
  const shape = { ...options.shape };
  for (const level of levels)
    shape[level] = {
      ...shape[level],
      attention: 'mean',
      ...(profiles === null ? {} : { fixed: profiles[level] }),
    };
  const engine = profiles === null ? options.engine : 'reference';
  const { model } = await createModel({ ...options, shape, engine });
  const by = profiles === null ? 'uniform' : 'mean';
  try {
    setParameters(model, parameters);
    const progress = () => working?.(`attention replaced by ${by} weights: ${name} …`);
    const { probabilities } = await predict({ model, presented, progress });
    return replacedBy(trained, name, by, mostProbable(probabilities, shape.classes));
  } finally {
    model.dispose();
  }
}

/** What other predictions of the same sessions say. */
export function replacedBy(
  {
    presented: { labels },
    predictions,
    clusterings,
  }: Pick<Trained, 'presented' | 'predictions' | 'clusterings'>,
  level: Replaced['level'],
  by: Replaced['by'],
  others: Uint8Array,
): Replaced {
  const all = labels.map(() => 1);
  const right = (called: Uint8Array) => labels.map((label, s) => (called[s] === label ? 1 : 0));
  const change = pairedRates(right(others), right(predictions), all, clusterings).difference;
  const finding = replacedFinding(change);
  const same = labels.map((_, s) => (others[s] === predictions[s] ? 1 : 0));
  const measured = {
    level,
    by,
    accuracy: clusteredRate(right(others), all, clusterings),
    change,
    agreement: clusteredRate(same, all, clusterings),
  };
  return { ...measured, finding, says: replacedText(measured, finding) };
}
