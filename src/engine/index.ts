/** Kernels behind one interface: native (C++) and reference (TypeScript) give the same bits. */
export type {
  Activation,
  Kernels,
  PooledGradient,
  RecurrentGradients,
  RecurrentLayer,
  ScoreKind,
  Tree,
} from './kernels.ts';
export { measurePeak, nativeCompiler, nativeKernels, nativeVariants } from './native/index.ts';
export { CELLS, type Cell, gatesOf, hasRecurrentBias, savedOf, savesAlways } from './reference/cells.ts';
export { referenceKernels } from './reference/index.ts';
