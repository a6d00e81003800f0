/** Plans and steps in the flat form that crosses into C++ (see read.h). */
import type { Batch } from '../../token/index.ts';
import {
  type AttentionOutput,
  type AttentionPlan,
  type Decoding,
  type EncoderPlan,
  type LatentStep,
  type Plan,
  type Steps,
  weightsOf,
} from '../plan.ts';
import { CELLS } from '../reference/cells.ts';
import { decoderGradient, divergenceGradient } from '../reference/decoder.ts';

const attentions: readonly AttentionPlan['kind'][] = ['none', 'mean', 'tanh', 'dot', 'additive'];
const activations = [null, 'tanh', 'relu'] as const;

export type Numbers = Int32Array | Uint8Array | Uint16Array | Float32Array | Float64Array;

/** Sizes and choices of a plan, in the order in which they are read. */
export function flatPlan(plan: Plan, capacity: number): Int32Array {
  const encoder = ({ units, layers, attention }: EncoderPlan) => [
    units,
    layers.length,
    attentions.indexOf(attention.kind),
    layers[0]?.initial == null ? 0 : 1,
  ];
  return Int32Array.from([
    CELLS.indexOf(plan.cell),
    plan.vocabulary,
    plan.maxPackets,
    plan.maxTokens,
    capacity,
    ...encoder(plan.packet),
    ...encoder(plan.session),
    plan.head.length,
    ...plan.head.flatMap(({ units, norm, activation, mask }) => [
      units,
      norm === null ? 0 : 1,
      activations.indexOf(activation),
      mask === null ? 0 : 1,
    ]),
    ...(plan.decoder === null ? [0] : [plan.decoder.units, plan.decoder.latent?.units ?? 0]),
  ]);
}

/** The arrays of a step of a plan, in the order in which they are read; null: there is none. */
export function flatSteps(
  plan: Plan,
  { logits, losses, nats, divergences }: Pick<Steps, 'logits' | 'losses' | 'nats' | 'divergences'>,
) {
  const latent = plan.decoder?.latent ?? null;
  const weights = weightsOf(plan);
  const values = weights.map(({ value }) => value);
  const gradients = weights.map(({ gradient }) => gradient);
  const masks = plan.head.flatMap(({ mask }) => mask ?? []);
  const classWeights = plan.classWeights && Float64Array.from(plan.classWeights);
  const both = ({ size, packets, lengths, tokens, labels }: Batch) =>
    [Int32Array.of(size), packets, lengths, tokens, labels, logits, ...values] as const;
  return {
    train: (batch: Batch, draw?: LatentStep): readonly (Numbers | null)[] => [
      ...both(batch),
      losses,
      ...gradients,
      ...masks,
      classWeights,
      ...(plan.decoder === null ? [] : [nats, Float32Array.of(decoderGradient(plan, batch))]),
      ...(latent === null
        ? []
        : [
            draw?.noise ?? null,
            draw?.hidden ?? null,
            Float64Array.of(divergenceGradient(plan, batch, draw), latent.freeNats),
            divergences,
          ]),
    ],
    infer: (
      batch: Batch,
      attention: AttentionOutput | null,
      decoding?: Decoding,
    ): readonly (Numbers | null)[] => [
      ...both(batch),
      null,
      ...(plan.decoder === null ? [] : [decoding?.surprise ?? null]),
      ...(latent === null
        ? []
        : [
            decoding?.noise ?? null,
            Int32Array.of(decoding?.withoutLatent === true ? 1 : 0),
            decoding?.posterior ?? null,
          ]),
      ...(attention === null
        ? [null]
        : [attention.tokenScores, attention.tokenWeights, attention.packetScores, attention.packetWeights]),
    ],
  };
}
