/** Plans and steps in the flat form that crosses into C++ (see read.h). */
import type { Batch } from '../../token/index.ts';
import { type AttentionOutput, type AttentionPlan, type EncoderPlan, type Plan, weightsOf } from '../plan.ts';
import { CELLS } from '../reference/cells.ts';

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
  ]);
}

/** The arrays of a step of a plan, in the order in which they are read; null: there is none. */
export function flatSteps(plan: Plan, logits: Float32Array, losses: Float64Array) {
  const weights = weightsOf(plan);
  const values = weights.map(({ value }) => value);
  const gradients = weights.map(({ gradient }) => gradient);
  const masks = plan.head.flatMap(({ mask }) => mask ?? []);
  const classWeights = plan.classWeights && Float64Array.from(plan.classWeights);
  const both = ({ size, packets, lengths, tokens, labels }: Batch) =>
    [Int32Array.of(size), packets, lengths, tokens, labels, logits, ...values] as const;
  return {
    train: (batch: Batch): readonly (Numbers | null)[] => [
      ...both(batch),
      losses,
      ...gradients,
      ...masks,
      classWeights,
    ],
    infer: (batch: Batch, attention: AttentionOutput | null): readonly (Numbers | null)[] => [
      ...both(batch),
      null,
      ...(attention === null
        ? [null]
        : [attention.tokenScores, attention.tokenWeights, attention.packetScores, attention.packetWeights]),
    ],
  };
}
