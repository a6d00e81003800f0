/** The schema of what is drawn anew with every seed, and of what a comparison is to show. */
import Type from 'typebox';
import { choice, object } from './schema-parts.ts';
import { VARIED } from './varied.ts';

/** Optional without a default: a spec that says nothing of it keeps its hash. */
export const vary = Type.Optional(
  Type.Array(choice(VARIED), {
    minItems: 1,
    uniqueItems: true,
    description:
      'What is drawn anew with every seed: the first weights and dropout (weights), the order of the training sessions (order), what training and validation sessions become (training-morphs), what test sessions become (test-morphs), the draw of a random or k-fold protocol (split), a synthetic data set (data). What is not named is that of seed 1, or of the seed that stands in the protocol or the recipe. Without this field the first four.',
    'x-expected': `a list of ${VARIED.join(', ')}`,
  }),
);

/** Headline numbers, by the names that run.json has for them. */
export const HYPOTHESIS_METRICS = [
  'accuracy',
  'mcc',
  'anomalousAccuracy',
  'recall',
  'falsePositiveRate',
  'falseDiscoveryRate',
  'precision',
  'f1',
  'anomalousMcc',
  'rocAuc',
  'averagePrecision',
  'logLoss',
  'thresholdRecall',
  'thresholdFalsePositiveRate',
  'thresholdF1',
  'thresholdMcc',
] as const;

const cell = (description: string) => Type.String({ minLength: 1, description });

/** Optional without a default, and not in the hash: it changes no result. */
export const hypotheses = Type.Optional(
  Type.Array(
    object({
      metric: choice(HYPOTHESIS_METRICS, { description: 'The number that is compared.' }),
      cell: cell('A cell of the sweep, by its name: its "variant", or what it changes, as tables show it.'),
      against: Type.Optional(
        cell('The cell that it is compared with, seed by seed; the first where not given.'),
      ),
      expect: choice(['differs', 'greater', 'less', 'equivalent'], {
        description:
          'What is to be shown: that the two differ, that the cell has more or less of it, or that they differ by less than "margin".',
      }),
      margin: Type.Optional(
        Type.Number({
          exclusiveMinimum: 0,
          maximum: 1000,
          description:
            'For "equivalent": the difference that does not matter; 0.01 of a share is one percentage point.',
          'x-limit': 'metrics are smaller',
        }),
      ),
    }),
    {
      minItems: 1,
      maxItems: 100,
      description:
        'What the sweep is to show, declared beforehand: these comparisons are tested, with Holm’s adjustment for all of them; everything else is exploratory. They change no result.',
    },
  ),
);
