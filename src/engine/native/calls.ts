/** Plans and batches in the flat form that crosses into C++ (see binding.cc, steps.h: make_plan). */
import type { Batch } from '../../token/index.ts';
import type { AttentionPlan, EncoderPlan, Plan } from '../plan.ts';
import { CELLS } from '../reference/cells.ts';

const attentions: readonly AttentionPlan['kind'][] = ['none', 'mean', 'tanh', 'dot', 'additive'];
const activations = [null, 'tanh', 'relu'] as const;

/** Sizes and choices of a plan, in the order in which they are read. */
export function flatPlan(plan: Plan, capacity: number): Int32Array {
  const encoder = ({ units, layers, attention }: EncoderPlan) => [
    units,
    layers.length,
    attentions.indexOf(attention.kind),
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
    plan.decoder?.units ?? 0,
  ]);
}

/** The arrays of a batch. */
export const flatBatch = ({ size, packets, lengths, tokens, labels }: Batch) =>
  [size, packets, lengths, tokens, labels] as const;
