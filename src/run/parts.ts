/** The sessions of training, validation and test as a run presents them. */
import type { Prepared } from '../data/index.ts';
import { seedFor } from '../spec/index.ts';
import {
  type PresentAllOptions,
  type PresentOptions,
  testStream,
  trainingStream,
  validationStream,
} from '../training/index.ts';
import { eachOf, type Plan } from './plan.ts';

export const partNames = ['train', 'validation', 'test'] as const;
export type PartName = (typeof partNames)[number];

/** What presentAll is told of a part, but for its presenter, and how that presents. */
export interface PartOptions
  extends Required<Pick<PresentAllOptions, 'sessions' | 'seed' | 'source' | 'each'>> {
  readonly present: PresentOptions;
}

/** @param epoch of the training sessions, from 1 on: they are morphed anew in each */
export function partOf(
  { split, contacts, resolved: { spec } }: Prepared,
  plan: Plan,
  part: PartName,
  seed: number,
  epoch = 1,
): PartOptions {
  if (part === 'test')
    return {
      present: plan.presentTest,
      sessions: split.test,
      seed: seedFor(spec, 'test-morphs', seed),
      source: testStream,
      each: eachOf(spec.evaluation.draws),
    };
  const morphSeed = seedFor(spec, 'training-morphs', seed);
  if (part === 'validation')
    return {
      present: { ...plan.present, contacts: contacts.validation },
      sessions: split.validation,
      seed: morphSeed,
      source: validationStream,
      each: null,
    };
  return {
    present: plan.presentTraining,
    sessions: split.train,
    seed: morphSeed,
    source: (of, session) => trainingStream(of, epoch, session),
    each: null,
  };
}
