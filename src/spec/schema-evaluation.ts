/** The schema of evaluation: when test sessions are classified, how they are presented, and what is said about them. */
import Type from 'typebox';
import { anomalies } from './schema-anomalies.ts';
import { count, type KnownNames, object } from './schema-parts.ts';
import { presentations } from './schema-presentations.ts';
import { sessions } from './schema-sessions.ts';
import { tokens } from './schema-tokens.ts';

const evaluationAlone = object({
  everyEpoch: Type.Boolean({
    default: false,
    description: 'Test after every epoch, not only after the last.',
  }),
  epoch: Type.Optional(
    Type.Enum(['last', 'best-on-test'], {
      description:
        'Which epoch is reported: the last, or what validation chose (last, which is so without this field), or the one with the best accuracy on the test sessions themselves, as in the notebook of the Deep Session Learning article: a fault, to measure what it does to a score.',
    }),
  ),
  redraw: Type.Optional(
    Type.Boolean({
      description:
        'The anomaly of a test session is drawn once more after its label was set, as in a version of the code of the Deep Session Learning article: a fault, to measure what it does to a score.',
    }),
  ),
  draws: Type.Optional(
    Type.Union(
      [
        Type.Literal('each'),
        object({
          each: count(1, 100, {
            description: 'Draws of every kind on every test session.',
            'x-limit': 'more draws cost more than they tell',
          }),
        }),
      ],
      {
        description:
          'Every test session is presented as it is and as every kind, so that kinds are compared on the same sessions: once (each), or with so many draws of every kind. A kind that cannot apply to a session is left out there, and counted. Without this field each test session is drawn one kind, or stays normal.',
        'x-expected': '"each", or an object with "each"',
      },
    ),
  ),
  baselines: Type.Optional(
    Type.Boolean({
      description:
        'Whether rules, logistic regressions, surprise and a nearest neighbour are tried on the same test sessions; without this field they are.',
    }),
  ),
  threshold: Type.Optional(
    Type.Union(
      [
        Type.Literal('f1'),
        object({
          falsePositiveRate: Type.Number({
            minimum: 0,
            exclusiveMaximum: 1,
            description: 'Share of the normal validation sessions that may be called anomalous.',
          }),
        }),
      ],
      {
        description:
          'What the threshold for "anomalous" that is chosen on the validation sessions (training.validation) is to do: give the highest F1 (f1, which is so without this field), or find as much as a false positive rate allows.',
        'x-expected': '"f1", or an object with "falsePositiveRate"',
      },
    ),
  ),
});

/** `evaluation` of a spec. */
export const evaluation = (names: KnownNames) =>
  object(
    {
      ...evaluationAlone.properties,
      presentations: Type.Optional(
        presentations({ sessions, tokens: tokens(names), anomalies: anomalies(names) }),
      ),
    },
    { description: 'When the test sessions are classified, and what else is said about them.' },
  );
