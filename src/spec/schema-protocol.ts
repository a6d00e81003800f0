/** The schema of protocols: which sessions train, which test, and what their labels are. */
import Type from 'typebox';
import { choice, count, name, object, seed } from './schema-parts.ts';

const trainShare = (value: number, description: string) =>
  Type.Number({ default: value, exclusiveMinimum: 0, exclusiveMaximum: 1, description });

/** Optional without a default: a spec that says nothing of it keeps its hash. */
const purge = Type.Optional(
  Type.Number({
    minimum: 0,
    maximum: 31_622_400,
    description:
      'Training sessions with a packet within so many seconds before the first test session, or after it, are left out and counted; without it none are.',
    'x-limit': 'a year',
  }),
);

const disjoint = Type.Optional(
  choice(['endpoints', 'pair'], {
    description:
      'Test sessions that training has met are left out and counted: those with the same endpoints and transport protocol (endpoints), or between the same two hosts (pair); without it only the sessions themselves are on one side.',
  }),
);

const labelFields = {
  attacks: choice(['leave-out', 'as-normal'], {
    default: 'leave-out',
    description: 'What becomes of training sessions that are labelled as attacks.',
  }),
  /** Optional without a default: a spec that says nothing of it keeps its hash. */
  contamination: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      description:
        'Share of the training sessions that are labelled as attacks that train all the same, as normal ones that nobody noticed; drawn, the same ones for all seeds, those of a smaller share among those of a larger one. Without it none.',
    }),
  ),
  unlabelled: choice(['leave-out', 'as-normal'], {
    default: 'leave-out',
    description: 'What becomes of sessions that no label speaks of.',
  }),
  conflicting: choice(['leave-out', 'as-attack'], {
    default: 'leave-out',
    description:
      'What becomes of sessions whose labels contradict each other; as attacks they are left out of training like others.',
  }),
  /** Optional without a default: a spec that says nothing of it keeps its hash. */
  background: Type.Optional(
    choice(['leave-out', 'as-normal'], {
      description:
        'What becomes of sessions that are labelled as background, neither normal nor an attack; left out where not given.',
    }),
  ),
};

/** `test` has no default: whoever says nothing of labels uses none. */
const labels = Type.Optional(
  object(
    {
      test: choice(['labels', 'morphs'], {
        description:
          'What test sessions are: what their labels say, as captured (labels), or made by the spec of those that are normal (morphs).',
      }),
      ...labelFields,
    },
    { description: 'How the labels of the data set are used; without it they are not.' },
  ),
);

const dayNames = (description: string) =>
  Type.Array(name('A day of the data set.'), {
    minItems: 1,
    maxItems: 1000,
    uniqueItems: true,
    description,
    'x-expected': 'a list of names of days',
  });

const splitSeed = seed({ default: 1, description: 'Of the draw; the same for all seeds of runs.' });

export const protocol = Type.Union(
  [
    object({
      kind: Type.Literal('chronological', {
        default: 'chronological',
        description: 'The first sessions in time train, the last test: no session is on both sides.',
      }),
      train: trainShare(0.8, 'Share of the sessions that train.'),
      purge,
      disjoint,
      labels,
    }),
    object({
      kind: Type.Literal('days', {
        description: 'Some days of the data set train, others test; training uses what is labelled normal.',
      }),
      train: dayNames('Days that train.'),
      test: dayNames('Days that test.'),
      purge,
      disjoint,
      labels: object(
        {
          test: choice(['labels', 'morphs'], {
            default: 'labels',
            description: 'As for the other protocols.',
          }),
          ...labelFields,
        },
        { description: 'How the labels of the days are used.' },
      ),
    }),
    object({
      kind: Type.Literal('random', {
        description:
          'Sessions are drawn for training, whatever their time. Leaks: training knows the future of the test sessions.',
      }),
      train: trainShare(0.8, 'Share of the sessions that train.'),
      seed: splitSeed,
      disjoint,
      labels,
    }),
    object({
      kind: Type.Literal('k-fold', {
        description:
          'Sessions are dealt into folds; one tests, the others train. Sweep protocol.fold for all. Leaks as random does.',
      }),
      folds: count(2, 100, {
        default: 5,
        description: 'How many.',
        'x-limit': 'more folds cost more than they tell',
      }),
      fold: count(1, 100, { default: 1, description: 'The one that tests.', 'x-limit': 'as for folds' }),
      seed: splitSeed,
      disjoint,
      labels,
    }),
    object({
      kind: Type.Literal('rolling', {
        description:
          'Sessions are cut into parts of equal numbers, in time; the first ones train, a later one tests. Sweep protocol.train for a rolling origin, protocol.test for how what was learnt ages.',
      }),
      parts: count(2, 100, {
        default: 5,
        description: 'How many.',
        'x-limit': 'more parts cost more than they tell',
      }),
      train: count(1, 99, {
        default: 1,
        description: 'How many of them train, the first.',
        'x-limit': 'as for parts',
      }),
      /** Optional without a default: the default follows from another field. */
      test: Type.Optional(
        count(2, 100, {
          description: 'The part that tests; without it the one after those that train.',
          'x-limit': 'as for parts',
        }),
      ),
      purge,
      disjoint,
      labels,
    }),
    object({
      kind: Type.Literal('overlapping', {
        description:
          'As in the code of the Deep Session Learning article: a random share trains, the last of all sessions in time test, and most of these are in training, too. To measure what that is worth, for nothing else.',
      }),
      train: trainShare(0.9, 'Share of the sessions that are drawn for training; as many as are left test.'),
      seed: splitSeed,
    }),
  ],
  {
    default: { kind: 'chronological', train: 0.8 },
    description: 'How sessions are divided into training and test.',
  },
);
