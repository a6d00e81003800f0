/**
 * The one source of what a spec may say: the TypeScript type, the JSON Schema for editors and validation, the defaults
 * and the reference text all come from here.
 *
 * The schema describes the spec with all defaults filled in; `relax` (defaults.ts) makes of it the schema of what users
 * write. Three annotations are ours: `x-expected` words what is allowed where the keywords cannot, `x-limit` says why an
 * upper limit is where it is, and `x-closed` why an object has no other fields.
 */
import Type from 'typebox';
import { anomalies } from './schema-anomalies.ts';
import { dataset } from './schema-data.ts';
import { evaluation } from './schema-evaluation.ts';
import { network } from './schema-network.ts';
import { choice, count, type DeepReadonly, type KnownNames, name, object, seed } from './schema-parts.ts';
import { protocol } from './schema-protocol.ts';
import { published } from './schema-published.ts';
import { sessions } from './schema-sessions.ts';
import { slurm } from './schema-slurm.ts';
import { hypotheses, vary } from './schema-study.ts';
import { tokens } from './schema-tokens.ts';
import { training } from './schema-training.ts';
import { MOST_SEEDS } from './sweep.ts';

const attention = object(
  {
    sessions: count(0, 100_000, {
      default: 8,
      description: 'Sessions of each group that are kept with their attention; "named" ignores it.',
    }),
    choose: Type.Enum(['per-kind', 'hits-and-misses', 'named'], {
      default: 'per-kind',
      description:
        'The groups, of each of which a sample is drawn: the test sessions of each actual kind (per-kind), those of each kind that were and were not recognised (hits-and-misses), or the sessions in "ids" (named).',
    }),
    ids: Type.Array(count(0, 4_294_967_295, { 'x-limit': 'sessions are numbered with 32 bits' }), {
      default: [],
      maxItems: 100_000,
      uniqueItems: true,
      description: 'Test sessions by id, for "named".',
    }),
  },
  { description: 'Of which test sessions the attention is kept, for `sessionlab explain`.' },
);

const test = object(
  {
    dataset,
    observe: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        description:
          'Share of its sessions, the first in time, that are only watched: from them test morphs know who talks to whom in this network, and they do not test. Without it a fifth.',
      }),
    ),
    attacks: Type.Optional(
      choice(['as-captured', 'transplanted'], {
        description:
          'Only its attacks test, beside what `protocol` tests of the data set that trains: as they were captured (as-captured), or between hosts of that network, which talk to each other in training, with their addresses, link headers, TTLs and time (transplanted), so that only behaviour differs. Without it all of its sessions test, and no others.',
      }),
    ),
  },
  {
    description:
      'Another data set to test on, all of it: `dataset` trains as `protocol` says. Without it, one data set does both.',
  },
);

/** The schema of a spec with all defaults filled in. */
export function experimentSchema(names: KnownNames) {
  return object(
    {
      $schema: Type.Optional(Type.String({ description: 'Path or URL of this schema, for editors.' })),
      extends: Type.Optional(
        Type.String({
          minLength: 1,
          description:
            'Path of another spec, relative to this one, whose fields hold where this one says nothing. Objects are merged, field by field; lists, the data set, the kinds of anomaly, the presentations and the sweep are taken as a whole.',
        }),
      ),
      name: name('Names the folder of the results.'),
      description: Type.Optional(Type.String({ description: 'What the experiment is for.' })),
      variant: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 100,
          description:
            'What a cell of a sweep is called in tables, in place of what it changes; it changes no result.',
        }),
      ),
      dataset,
      protocol,
      test: Type.Optional(test),
      sessions,
      tokens: tokens(names),
      anomalies: anomalies(names),
      task: Type.Enum(['kind', 'anomalous', 'generate'], {
        default: 'kind',
        description:
          'What is told apart: every kind from every other (kind), or normal from all kinds (anomalous); or (generate) normal from all kinds by a decoder that is trained to predict normal sessions alone: no anomaly is shown to it.',
      }),
      network,
      training: training(names.anomalyKinds),
      evaluation: evaluation(names),
      attention,
      published: Type.Optional(published(names)),
      seeds: Type.Unsafe<readonly number[]>({
        anyOf: [
          Type.Array(seed({}), { minItems: 1, maxItems: MOST_SEEDS, uniqueItems: true }),
          count(1, MOST_SEEDS, {}),
        ],
        default: [1],
        description:
          'One run for each: weights, order and anomalies all follow from the seed, see "vary". A number n stands for 1 … n.',
        'x-expected': `a list of seeds, or how many: a whole number from 1 to ${MOST_SEEDS}`,
      }),
      vary,
      hypotheses,
      sweep: Type.Optional(
        Type.Unsafe<unknown>({
          description:
            'Variants of this spec for `sessionlab sweep`: paths with lists of values, which multiply; "grid", "zip", "cases" and "except", nested in any order.',
        }),
      ),
      slurm: Type.Optional(slurm),
      tracking: Type.Optional(
        object(
          {
            uri: Type.String({
              pattern: '^https?://[^?#]+$',
              description: 'Address of an MLflow server, which follows the runs while they go on.',
              'x-expected': 'an address such as "http://127.0.0.1:5000"',
            }),
            experiment: Type.Optional(
              Type.String({ minLength: 1, description: 'Name of the experiment there (default: "name").' }),
            ),
          },
          {
            description:
              'Where runs are to be seen in MLflow. MLFLOW_TRACKING_URI, where it is set, is taken instead; user and password come from the environment. No result depends on it.',
          },
        ),
      ),
      engine: Type.Enum(['native', 'reference', 'tfjs'], {
        default: 'native',
        description:
          'What computes: native (fast), reference (plain TypeScript, the same bits) or tfjs (the same within rounding).',
      }),
    },
    {
      title: 'sessionlab experiment',
      description:
        'An experiment: data, anomalies, network, training. Only "name" and "dataset" must be given.',
    },
  );
}

/** A spec with all defaults filled in. */
export type ExperimentSpec = DeepReadonly<Type.Static<ReturnType<typeof experimentSchema>>>;
