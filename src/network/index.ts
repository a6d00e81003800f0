/** The network: packet encoder, session encoder, attention, head, loss. */

export type { Decoding } from '../engine/index.ts';
export {
  chooseKernels,
  createModel,
  loadTfjsNetwork,
  type ModelOptions,
} from './create.ts';
export { initialize } from './initialize.ts';
export { drawNoise } from './latents.ts';
export type { Attention, EngineFacts, EngineName, Model, Parameter, StepResult } from './model.ts';
export { createNetwork, type KernelModel, type TrainingChoices } from './network.ts';
export type { OptimizerChoice } from './optimizer.ts';
export { setParameters } from './parameters.ts';
export { SELF_TEST_HASH, selfTest } from './self-test.ts';
export {
  type AttentionKind,
  estimateMemory,
  type Initializer,
  type LevelShape,
  type NetworkShape,
  parameterShapes,
} from './shape.ts';
export { importTfjsNode } from './tfjs/find.ts';
export {
  BUILD_HINT,
  checkVariant,
  forcedVariant,
  REFERENCE,
  usedVariant,
} from './variant.ts';
