/** The schema of `evaluation.presentations`: other presentations of the test sessions, to weights that are trained once. */
import Type from 'typebox';
import { object } from './schema-parts.ts';

/**
 * Fields of a part of a spec, each of which may be given and none of which has a default here: where one is silent, what
 * the spec says of its test sessions holds.
 *
 * @param closed why the part has no other fields here
 */
function some<O extends Type.TObject, K extends keyof Type.Static<O> & string>(
  part: O,
  keys: readonly K[],
  description: string,
  closed: string,
) {
  const fields = keys.map((key) => {
    const { default: _, ...schema } = part.properties[key] as Type.TSchemaOptions;
    return [key, Type.Optional(Type.Unsafe(schema))] as const;
  });
  const options = { description, 'x-closed': closed };
  return Type.Optional(
    Type.Unsafe<Partial<Pick<Type.Static<O>, K>>>(object(Object.fromEntries(fields), options)),
  );
}

/** The parts of the schema of a spec of which some fields may be others for a presentation. */
interface Parts<S, T, A> {
  readonly sessions: S;
  readonly tokens: T;
  readonly anomalies: A;
}

/** The map of presentations by their names. */
export function presentations<
  S extends Type.TObject<{ maxPackets: Type.TSchema }>,
  T extends Type.TObject<Record<'bytes' | 'hide' | 'derived' | 'publicAddresses', Type.TSchema>>,
  A extends Type.TObject<
    Record<'kinds' | 'repair' | 'contacts' | 'addresses' | 'invisible' | 'lookAhead', Type.TSchema>
  >,
>({ sessions, tokens, anomalies }: Parts<S, T, A>) {
  const presentation = object(
    {
      anomalies: some(
        anomalies,
        ['kinds', 'repair', 'contacts', 'addresses', 'invisible', 'lookAhead'],
        'What is done to the sessions.',
        'the same sessions stay normal in every presentation; "kinds" are what the others become',
      ),
      tokens: some(
        tokens,
        ['bytes', 'hide', 'derived', 'publicAddresses'],
        'What of a packet is shown.',
        'the weights are trained on tokens of this kind: a presentation can show less, not something else',
      ),
      sessions: some(
        sessions,
        ['maxPackets'],
        'How much of a session is shown.',
        'training and test are made of the same sessions: a presentation can show less of them',
      ),
      protocol: Type.Optional(
        object(
          {
            labels: object(
              {
                test: Type.Enum(['morphs'], {
                  description:
                    'The normal ones of test sessions that are what their labels say, with what the spec does to training sessions done to them: how well what was trained is found, beside how well attacks are.',
                }),
              },
              { description: 'What the sessions are.', 'x-closed': 'labels are read once' },
            ),
          },
          {
            description: 'Of test sessions that have labels.',
            'x-closed': 'training and test are divided once',
          },
        ),
      ),
      evaluation: Type.Optional(
        object(
          {
            redraw: Type.Optional(
              Type.Boolean({ description: 'As evaluation.redraw, for this presentation alone.' }),
            ),
          },
          { description: 'Faults of testing.', 'x-closed': 'the rest is the same for all presentations' },
        ),
      ),
    },
    {
      'x-closed':
        'the weights are trained once for all presentations: what they are trained on, how, and the shape of the network are swept, not presented',
    },
  );
  type Presentation = Type.Static<typeof presentation>;
  return Type.Unsafe<Readonly<Record<string, Presentation>>>({
    type: 'object',
    additionalProperties: presentation,
    description:
      'Other presentations of the same test sessions, by name: each says what of "anomalies", "tokens" and "sessions" is otherwise than in the test. The weights are trained once and tested under each; what is lost by it is what they rely on.',
    'x-expected': 'an object of names and what is otherwise in each presentation',
  });
}
