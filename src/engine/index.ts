/** Steps of a network behind one interface: native (C++) and reference (TypeScript) give the same bits. */
export { measurePeak, nativeCompiler, nativeKernels, nativeVariants } from './native/index.ts';
export type {
  Activation,
  AttentionOutput,
  AttentionPlan,
  DecoderPlan,
  Decoding,
  DensePlan,
  EncoderPlan,
  Kernels,
  LatentPlan,
  LatentStep,
  Plan,
  RecurrentPlan,
  Steps,
  Weight,
} from './plan.ts';
export { CELLS, type Cell, gatesOf, hasRecurrentBias, savedOf, statesOf } from './reference/cells.ts';
export { sizesOf } from './reference/chunks.ts';
export { learnedTokens } from './reference/decoder.ts';
export { referenceKernels } from './reference/index.ts';
