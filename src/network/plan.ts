/**
 * The network of the article as a plan that an engine runs.
 *
 *   packet encoder:  tokens [B, P, T] → packet vectors [B, P, H]; its input product is a row look-up, tokens are one-hot
 *   session encoder: packet vectors [B, P, H] → session vector [B, S]
 *   head:            session vector [B, S] → dropout(activation(norm(x·W + b))) for each hidden layer → logits [B, C]
 *
 * An encoder is a stack of recurrent layers, each from a state that is zero or learned, with attention on top. Attention: summary = Σ_t α_t h_t, α = softmax over the
 * real steps of the scores. tanh: score = tanh(w·h + b) (the article's); additive: score = v·tanh(W h + b) (D. Bahdanau et
 * al., 2015); dot: score = q·h / √H; mean: α = 1/n; none: α = 1 at the last real step.
 */
import {
  type AttentionPlan,
  type DecoderPlan,
  type DensePlan,
  type EncoderPlan,
  hasRecurrentBias,
  type Plan,
} from '../engine/index.ts';
import type { Gradients } from './gradients.ts';
import type { AttentionKind, DecoderShape, LevelShape, NetworkShape } from './shape.ts';

/**
 * The plan of a network with these weights.
 *
 * @param masks [capacity, units] of each hidden head layer, with dropout
 */
export function planOf(
  shape: NetworkShape,
  { of }: Gradients,
  masks: readonly Float32Array[],
  classWeights: readonly number[] | null,
): Plan {
  const { vocabulary, maxPackets, maxTokens, cell } = shape;

  const encoder = (prefix: 'packet' | 'session', level: LevelShape): EncoderPlan => ({
    units: level.units,
    layers: Array.from({ length: level.layers }, (_, l) => ({
      input: of(`${prefix}.${l}.input`),
      bias: of(`${prefix}.${l}.bias`),
      recurrent: of(`${prefix}.${l}.recurrent`),
      recurrentBias: hasRecurrentBias(cell) ? of(`${prefix}.${l}.recurrent_bias`) : null,
      initial: level.initialState === 'learned' ? of(`${prefix}.${l}.initial_state`) : null,
    })),
    attention:
      level.fixed === undefined
        ? attention(`${prefix}.attention`, level.attention)
        : { kind: 'fixed', weights: level.fixed },
  });

  const attention = (prefix: string, kind: AttentionKind): AttentionPlan => {
    switch (kind) {
      case 'none':
      case 'mean':
        return { kind };
      case 'tanh':
        return { kind, weight: of(`${prefix}.weight`), bias: of(`${prefix}.bias`) };
      case 'dot':
        return { kind, query: of(`${prefix}.query`) };
      case 'additive':
        return {
          kind,
          projection: of(`${prefix}.projection`),
          projectionBias: of(`${prefix}.projection_bias`),
          context: of(`${prefix}.context`),
        };
    }
  };

  const hidden = shape.head.map(
    (units, i): DensePlan => ({
      units,
      weight: of(`head.${i}.weight`),
      bias: of(`head.${i}.bias`),
      norm: shape.layerNorm ? { gain: of(`head.${i}.gain`), shift: of(`head.${i}.shift`) } : null,
      activation: shape.activation,
      mask: masks[i] ?? null,
    }),
  );
  const output: DensePlan = {
    units: shape.classes,
    weight: of('output.weight'),
    bias: of('output.bias'),
    norm: null,
    activation: null,
    mask: null,
  };

  return {
    vocabulary,
    maxPackets,
    maxTokens,
    cell,
    packet: encoder('packet', shape.packet),
    session: encoder('session', shape.session),
    head: [...hidden, output],
    classWeights,
    decoder: shape.decoder == null ? null : decoderOf(shape.decoder, of),
  };
}

const decoderOf = ({ units, weight, latent }: DecoderShape, of: Gradients['of']): DecoderPlan => ({
  units,
  weight,
  prefix: of('decoder.prefix'),
  context: of('decoder.context'),
  contextBias: of('decoder.context_bias'),
  output: of('decoder.output'),
  outputBias: of('decoder.output_bias'),
  latent:
    latent == null
      ? null
      : {
          ...latent,
          posterior: of('latent.posterior'),
          posteriorBias: of('latent.posterior_bias'),
          project: of('latent.project'),
        },
});
