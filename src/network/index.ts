/** The network: packet encoder, session encoder, attention, head, loss. */
export {
  chooseKernels,
  createModel,
  type EngineFacts,
  type EngineName,
  type ModelOptions,
} from './create.ts';
export { initialize } from './initialize.ts';
export type { Attention, Model, Parameter, StepResult } from './model.ts';
export { createNetwork, type KernelModel, type TrainingChoices } from './network.ts';
export type { OptimizerChoice } from './optimizer.ts';
export { SELF_TEST_HASH, selfTest } from './self-test.ts';
export {
  type AttentionKind,
  estimateMemory,
  type Initializer,
  type LevelShape,
  type NetworkShape,
  parameterShapes,
} from './shape.ts';
export {
  BUILD_HINT,
  checkVariant,
  type Environment,
  forcedVariant,
  REFERENCE,
  usedVariant,
} from './variant.ts';
