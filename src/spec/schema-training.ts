/** The schema of training: batches, optimiser, learning rate, validation. */
import Type from 'typebox';
import { byName, count, object } from './schema-parts.ts';

const learningRate = (value: number) =>
  Type.Number({
    default: value,
    exclusiveMinimum: 0,
    maximum: 100,
    description: 'Step size, before the schedule.',
    'x-limit': 'nothing learns in such steps',
  });

/** A factor of moving averages. */
const decay = (value: number, description: string) =>
  Type.Number({ default: value, minimum: 0, exclusiveMaximum: 1, description });

const optimizer = Type.Union(
  [
    object({
      kind: Type.Literal('adam', {
        default: 'adam',
        description: 'Adam with β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸ (D. P. Kingma and J. Ba, 2015).',
      }),
      learningRate: learningRate(0.001),
    }),
    object({
      kind: Type.Literal('adamw', {
        description: 'Adam with decoupled weight decay (I. Loshchilov and F. Hutter, 2019).',
      }),
      learningRate: learningRate(0.001),
      weightDecay: Type.Number({
        default: 0.01,
        minimum: 0,
        maximum: 1,
        description: 'Every step takes this times the learning rate of each parameter away.',
      }),
    }),
    object({
      kind: Type.Literal('rmsprop', {
        description: 'RMSProp, ε = 10⁻⁸ (T. Tieleman and G. Hinton, 2012).',
      }),
      learningRate: learningRate(0.001),
      decay: decay(0.9, 'Of the moving average of squares.'),
    }),
    object({
      kind: Type.Literal('sgd', { description: 'Stochastic gradient descent with momentum.' }),
      learningRate: learningRate(0.1),
      momentum: decay(0.9, 'Share of the last step that goes into the next.'),
    }),
  ],
  { default: { kind: 'adam', learningRate: 0.001 }, description: 'The optimiser.' },
);

const warmUp = Type.Number({
  default: 0,
  minimum: 0,
  maximum: 100_000,
  description: 'Epochs, or parts of one, in which the learning rate rises from near 0 in equal steps.',
});

const schedule = Type.Union(
  [
    object({
      kind: Type.Literal('constant', { default: 'constant', description: 'The same rate throughout.' }),
      warmUp,
    }),
    object({
      kind: Type.Literal('cosine', {
        description: 'From the rate to a last one, along half a cosine (I. Loshchilov and F. Hutter, 2017).',
      }),
      final: Type.Number({
        default: 0,
        minimum: 0,
        maximum: 1,
        description: 'The last rate, as a share of the first.',
      }),
      warmUp,
    }),
    object({
      kind: Type.Literal('step', { description: 'Multiplied by a factor every so many epochs.' }),
      every: count(1, 100_000, { default: 10, description: 'Epochs.' }),
      factor: Type.Number({
        default: 0.1,
        exclusiveMinimum: 0,
        maximum: 1,
        description: 'What the rate is multiplied by.',
      }),
      warmUp,
    }),
  ],
  { default: { kind: 'constant', warmUp: 0 }, description: 'How the learning rate changes in training.' },
);

const earlyStopping = Type.Union(
  [
    object({
      metric: Type.Enum(['loss', 'accuracy'], {
        default: 'loss',
        description: 'What of the validation sessions must get better.',
      }),
      patience: count(1, 100_000, {
        default: 5,
        description: 'Epochs without a new best after which training stops.',
      }),
      minDelta: Type.Number({
        default: 0,
        minimum: 0,
        maximum: 100,
        description: 'What counts as better: by more than this.',
        'x-limit': 'no epoch is better by so much',
      }),
    }),
    Type.Null(),
  ],
  {
    default: null,
    description: 'Stop when validation gets no better, and keep the weights of its best epoch; null: never.',
    'x-expected': 'an object with "patience", or null',
  },
);

const classWeights = (anomalyKinds: readonly string[]) => {
  const classes = ['normal', 'anomalous', ...anomalyKinds.toSorted()];
  const weight = { minimum: 0, maximum: 1_000_000, description: 'Weight of the class.' };
  return Type.Union([Type.Literal('balanced'), byName(classes, weight), Type.Null()], {
    default: null,
    description:
      'Weights of the classes in the loss: by name (1 where none is given), or "balanced" by what the spec makes of sessions, so that rare classes count as much as common ones; null: every session counts the same.',
    'x-expected': '"balanced", an object with a weight per class, or null',
  });
};

export const training = (anomalyKinds: readonly string[]) =>
  object(
    {
      epochs: count(1, 100_000, {
        default: 20,
        description: 'Passes over the training sessions; every pass draws its anomalies anew.',
      }),
      batch: count(1, 65_536, {
        default: 128,
        description: 'Sessions in an optimiser step.',
        'x-limit': 'the activations of a batch are all in memory at once',
      }),
      optimizer,
      schedule,
      clipNorm: Type.Union([Type.Number({ exclusiveMinimum: 0, maximum: 1_000_000 }), Type.Null()], {
        default: 1,
        description: 'Gradients whose global norm is larger are scaled down to it; null: never.',
        'x-expected': 'a number above 0, or null',
      }),
      classWeights: classWeights(anomalyKinds),
      tokenDropout: Type.Number({
        default: 0,
        minimum: 0,
        maximum: 0.5,
        description:
          'Share of the header fields that are hidden from the network at random in training, on average: each session draws a share from 0 to twice this. What a network makes of hidden fields afterwards is knowledge, not surprise.',
        'x-limit': 'at a half, sessions already have anything from none to all of their fields hidden',
      }),
      share: Type.Optional(
        Type.Number({
          exclusiveMinimum: 0,
          maximum: 1,
          description:
            'Share of the training sessions that train: the last in time, as if the capture had begun later. Absent: all. Contacts, addresses and whatever else is learnt of the network come from these alone.',
        }),
      ),
      validation: Type.Number({
        default: 0,
        minimum: 0,
        exclusiveMaximum: 1,
        description:
          'Share of the training sessions, the last in time, that do not train but are classified after every epoch.',
      }),
      earlyStopping,
    },
    { description: 'How the network is trained.' },
  );
