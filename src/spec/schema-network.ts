/** The schema of the network: cells, encoders, head. */
import Type from 'typebox';
import { count, object } from './schema-parts.ts';

const encoder = (description: string) =>
  object(
    {
      units: count(1, 4096, {
        default: 100,
        description: 'Hidden units of the recurrent cell, per layer.',
        'x-limit': 'one layer would hold more than 100 million weights',
      }),
      layers: count(1, 8, {
        default: 1,
        description: 'Recurrent layers, one upon the other.',
        'x-limit':
          'deeper stacks of recurrent layers do not train without shortcuts, which there are none of',
      }),
      attention: Type.Enum(['none', 'mean', 'tanh', 'additive', 'dot'], {
        default: 'tanh',
        description:
          'How the outputs of all steps become one vector: none (the last output), mean, or a learned weighted sum with tanh, additive or dot scores.',
      }),
      initialState: Type.Optional(
        Type.Enum(['zero', 'learned'], {
          description:
            'The state before the first step of every layer: zero (which is so without this field), or trained with the weights, as in the article, beginning with zero.',
        }),
      ),
    },
    { description },
  );

const initializer = Type.Union(
  [
    object({
      kind: Type.Literal('normal', { default: 'normal', description: 'Weights from N(0, deviation²).' }),
      deviation: Type.Number({
        default: 0.2,
        exclusiveMinimum: 0,
        maximum: 10,
        description: 'Standard deviation.',
        'x-limit': 'every gate would start saturated',
      }),
    }),
    object({
      kind: Type.Literal('glorot', { description: 'Weights uniform within ±√(6 / (fan in + fan out)).' }),
    }),
    object({
      kind: Type.Literal('orthogonal', {
        description: 'Orthogonal recurrent weights, the others as glorot.',
      }),
    }),
  ],
  { default: { kind: 'normal', deviation: 0.2 }, description: 'How weights are drawn; biases start at 0.' },
);

export const network = object(
  {
    cell: Type.Enum(['gru', 'gru-reset-before', 'lstm', 'rnn'], {
      default: 'gru',
      description: 'Recurrent cell of both encoders.',
    }),
    packet: encoder('The encoder of the header bytes of one packet.'),
    session: encoder('The encoder of the packets of one session.'),
    head: Type.Array(count(1, 4096, { 'x-limit': 'as for the units of the encoders' }), {
      default: [100],
      maxItems: 8,
      description: 'Units of the dense layers between the session encoder and the classes; may be empty.',
    }),
    activation: Type.Enum(['tanh', 'relu'], {
      default: 'tanh',
      description: 'Activation of the dense layers.',
    }),
    layerNorm: Type.Boolean({
      default: false,
      description: 'Normalise each dense layer before its activation (J. L. Ba et al., 2016).',
    }),
    dropout: Type.Number({
      default: 0,
      minimum: 0,
      exclusiveMaximum: 1,
      description: 'Probability that an output of a dense layer is dropped in training.',
    }),
    initializer,
    decoder: Type.Optional(
      object(
        {
          units: count(1, 1024, {
            description:
              'Units where the prefix of a token and the session before its packet meet; 24 cost half a step of the classifier.',
            'x-limit': 'a token costs this many times the vocabulary',
          }),
          weight: Type.Number({
            default: 1,
            exclusiveMinimum: 0,
            maximum: 1000,
            description:
              'Of the decoder\'s mean loss a token beside the classifier\'s mean loss a session, both in nats; of no meaning for the task "generate" but for the clip of the gradient.',
            'x-limit': 'nothing else would be learnt',
          }),
          latent: Type.Optional(
            object(
              {
                units: count(1, 256, {
                  description: 'Numbers of the vector; 16 are usual.',
                  'x-limit': 'a session has no more to say',
                }),
                freeNats: Type.Number({
                  default: 0.1,
                  minimum: 0,
                  maximum: 10,
                  description: 'Divergence of a unit from the prior that costs nothing, in nats a session.',
                  'x-limit': 'nothing would ever cost anything',
                }),
                annealing: Type.Number({
                  default: 5,
                  minimum: 0,
                  maximum: 100_000,
                  description: 'Epochs in which the cost of divergence grows from 0 to what it is.',
                  'x-limit': 'longer than any training',
                }),
                prefixDropout: Type.Number({
                  default: 0,
                  minimum: 0,
                  exclusiveMaximum: 1,
                  description:
                    'Probability that a token is predicted, in training, as if none were before it in its packet.',
                }),
              },
              {
                description:
                  'A vector for each session that the decoder is told, drawn from a posterior that the session encoder gives (as in VHRED). Absent: none.',
              },
            ),
          ),
        },
        {
          description:
            'A decoder: each token of normal sessions is predicted from the bytes before it in its packet and from the packets before. Absent: none.',
        },
      ),
    ),
  },
  { description: 'The network: a packet encoder, a session encoder and a head.' },
);
