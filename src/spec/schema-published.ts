/** The part `published` of a spec. */
import Type from 'typebox';
import { byName, count, type KnownNames, object } from './schema-parts.ts';

const PUBLISHED_METRICS = [
  'accuracy',
  'mcc',
  'recall',
  'falsePositiveRate',
  'falseDiscoveryRate',
  'precision',
  'f1',
  'rocAuc',
] as const;

const f1 = { minimum: 0, maximum: 1, description: 'F1 of the class.' };

export const published = (names: KnownNames) =>
  object(
    {
      source: Type.String({ minLength: 1, description: 'Where the figures are from.' }),
      matrix: Type.Optional(
        Type.Array(Type.Array(count(0, 4_294_967_295, { 'x-limit': 'sessions are numbered with 32 bits' })), {
          minItems: 2,
          maxItems: 2,
          description: 'Confusion matrix of normal and anomalous: rows actual, columns predicted.',
          'x-expected': 'two rows of two counts',
        }),
      ),
      metrics: Type.Optional(
        object(
          Object.fromEntries(
            PUBLISHED_METRICS.map((metric) => [
              metric,
              Type.Optional(
                Type.Number({ minimum: -1, maximum: 1, description: `The ${metric} as published.` }),
              ),
            ]),
          ),
          { description: 'Single figures, by the names that run.json has for them.' },
        ),
      ),
      f1ByKind: Type.Optional(
        byName(['normal', 'anomalous', ...names.anomalyKinds.toSorted()], f1, {
          description: 'F1 of classes against the rest, by their names.',
        }),
      ),
    },
    { description: 'What others found on the same data, shown beside our own; it changes no result.' },
  );
