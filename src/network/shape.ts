/** What a network is made of: sizes and choices, the list of its parameters, and the memory it takes. */
import { availableParallelism } from 'node:os';
import {
  type Activation,
  type Cell,
  gatesOf,
  hasRecurrentBias,
  savedOf,
  sizesOf,
  statesOf,
} from '../engine/index.ts';

/** How the outputs of a recurrent layer become one vector. */
export type AttentionKind = 'none' | 'mean' | 'tanh' | 'additive' | 'dot';

/** One level: bytes of a packet, or packets of a session. */
export interface LevelShape {
  readonly units: number;
  readonly layers: number;
  readonly attention: AttentionKind;
  /** The state before the first step of every layer: zero, which is meant without, or trained, beginning with zero. */
  readonly initialState?: 'zero' | 'learned';
  /** Weights by step that stand in for what nobody learns, to measure what that does; the reference engine alone has them. */
  readonly fixed?: Float32Array;
}

export type Initializer =
  | { readonly kind: 'normal'; readonly deviation: number }
  | { readonly kind: 'glorot' }
  | { readonly kind: 'orthogonal' };

export interface NetworkShape {
  /** V: ids of tokens. */
  readonly vocabulary: number;
  /** P: packets of a session at most. */
  readonly maxPackets: number;
  /** T: tokens of a packet at most. */
  readonly maxTokens: number;
  /** C. */
  readonly classes: number;
  readonly cell: Cell;
  readonly packet: LevelShape;
  readonly session: LevelShape;
  /** Units of the hidden dense layers between session vector and classes. */
  readonly head: readonly number[];
  readonly activation: Activation;
  /** Probability that a value of a hidden head layer is dropped in training, [0, 1). */
  readonly dropout: number;
  /** Layer normalisation before the activation of hidden head layers. */
  readonly layerNorm: boolean;
  readonly initializer: Initializer;
  /** Predicts each token beside the classifier: generative. */
  readonly decoder?: DecoderShape | null;
}

export interface DecoderShape {
  /** Where prefix and session meet. */
  readonly units: number;
  /** Of its loss a token (nats), where the classifier's loss a session has weight 1. */
  readonly weight: number;
  readonly latent?: LatentShape | null;
}

/** A vector for each session, which the decoder is told. */
export interface LatentShape {
  readonly units: number;
  /** Divergence of a unit from the prior that costs nothing, in nats. */
  readonly freeNats: number;
  /** Probability that a token is predicted, in training, as if none were before it in its packet. */
  readonly prefixDropout: number;
}

/** How a parameter starts. */
export type Start = 'weight' | 'recurrent' | 'zero' | 'one';

export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
  readonly start: Start;
}

/** Parameters of one attention over vectors of `units`. */
function attentionParameters(prefix: string, kind: AttentionKind, units: number): ParameterShape[] {
  const p = `${prefix}.attention`;
  switch (kind) {
    case 'none':
    case 'mean':
      return [];
    case 'tanh':
      return [
        { name: `${p}.weight`, shape: [units], start: 'weight' },
        { name: `${p}.bias`, shape: [1], start: 'zero' },
      ];
    case 'additive':
      return [
        { name: `${p}.projection`, shape: [units, units], start: 'weight' },
        { name: `${p}.projection_bias`, shape: [units], start: 'zero' },
        { name: `${p}.context`, shape: [units], start: 'weight' },
      ];
    case 'dot':
      return [{ name: `${p}.query`, shape: [units], start: 'weight' }];
  }
}

/** Parameters of one level that reads vectors (or one-hot tokens) of width `inputs`. */
function levelParameters(prefix: string, cell: Cell, level: LevelShape, inputs: number): ParameterShape[] {
  const list: ParameterShape[] = [];
  const columns = gatesOf(cell) * level.units;
  for (let l = 0; l < level.layers; l++) {
    const p = `${prefix}.${l}`;
    list.push({ name: `${p}.input`, shape: [l === 0 ? inputs : level.units, columns], start: 'weight' });
    list.push({ name: `${p}.bias`, shape: [columns], start: 'zero' });
    list.push({ name: `${p}.recurrent`, shape: [level.units, columns], start: 'recurrent' });
    if (hasRecurrentBias(cell))
      list.push({ name: `${p}.recurrent_bias`, shape: [level.units], start: 'zero' });
    if (level.initialState === 'learned') {
      // A row for h, and one for the memory where the cell has one.
      const shape = statesOf(cell) === 1 ? [level.units] : [statesOf(cell), level.units];
      list.push({ name: `${p}.initial_state`, shape, start: 'zero' });
    }
  }
  return list.concat(attentionParameters(prefix, level.attention, level.units));
}

/** All parameters of a network, in the order of its data flow. */
export function parameterShapes(shape: NetworkShape): readonly ParameterShape[] {
  const list = levelParameters('packet', shape.cell, shape.packet, shape.vocabulary);
  list.push(...levelParameters('session', shape.cell, shape.session, shape.packet.units));
  let width = shape.session.units;
  shape.head.forEach((units, i) => {
    list.push({ name: `head.${i}.weight`, shape: [width, units], start: 'weight' });
    list.push({ name: `head.${i}.bias`, shape: [units], start: 'zero' });
    if (shape.layerNorm) {
      list.push({ name: `head.${i}.gain`, shape: [units], start: 'one' });
      list.push({ name: `head.${i}.shift`, shape: [units], start: 'zero' });
    }
    width = units;
  });
  list.push({ name: 'output.weight', shape: [width, shape.classes], start: 'weight' });
  list.push({ name: 'output.bias', shape: [shape.classes], start: 'zero' });
  if (shape.decoder != null) list.push(...decoderParameters(shape, shape.decoder));
  return list;
}

function decoderParameters(
  { packet, session, vocabulary }: NetworkShape,
  { units, latent }: DecoderShape,
): ParameterShape[] {
  return [
    { name: 'decoder.prefix', shape: [packet.units, units], start: 'weight' },
    { name: 'decoder.context', shape: [session.units, units], start: 'weight' },
    { name: 'decoder.context_bias', shape: [units], start: 'zero' },
    { name: 'decoder.output', shape: [units, vocabulary], start: 'weight' },
    { name: 'decoder.output_bias', shape: [vocabulary], start: 'zero' },
    ...(latent == null ? [] : latentParameters(session.units, latent.units, units)),
  ];
}

const latentParameters = (session: number, latent: number, units: number): ParameterShape[] => [
  { name: 'latent.posterior', shape: [session, 2 * latent], start: 'weight' },
  { name: 'latent.posterior_bias', shape: [2 * latent], start: 'zero' },
  { name: 'latent.project', shape: [latent, units], start: 'weight' },
];

/**
 * Bytes that a network takes for batches of up to `capacity` sessions: weights, optimiser, gradients of all groups, and for
 * each thread the states of a chunk.
 */
export function estimateMemory(
  shape: NetworkShape,
  capacity: number,
  threads = availableParallelism(),
): number {
  const product = (s: readonly number[]): number => s.reduce((a, b) => a * b, 1);
  const parameters = parameterShapes(shape).reduce((sum, p) => sum + product(p.shape), 0);
  const { groups, sessions } = sizesOf(capacity);
  const gates = gatesOf(shape.cell);
  const perNode = ({ units, layers, attention }: LevelShape): number =>
    layers * units * (1 + savedOf(shape.cell)) +
    (layers - 1) * gates * units +
    (layers > 1 ? units : 0) +
    (attention === 'additive' ? 3 * units : 0) +
    8;
  const packets = sessions * shape.maxPackets;
  const chunk =
    packets * (shape.maxTokens * perNode(shape.packet) + 4 * shape.packet.units) +
    packets * (perNode(shape.session) + gates * shape.session.units) +
    sessions * (4 * shape.session.units + 4 * shape.head.reduce((a, b) => a + b, shape.classes)) +
    (shape.decoder == null ? 0 : decoderStates(shape, packets, shape.decoder.units));
  // Value, gradient and two averages; twice in the form in which products read them.
  return 4 * (parameters * (6 + groups) + threads * chunk);
}

/** Floats of the decoder for a chunk: its part of every node, gradients of the states, logits of a packet. */
const decoderStates = (
  { packet, session, maxTokens, vocabulary }: NetworkShape,
  packets: number,
  units: number,
) =>
  packets * maxTokens * (2 * units + packet.units) +
  packets * (2 * units + session.units) +
  maxTokens * (2 * units + vocabulary);
