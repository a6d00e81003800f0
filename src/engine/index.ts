/** Kernels behind one interface: native (C++) and reference (TypeScript) give the same bits. */
export {
  type Activation,
  type Cell,
  gatesOf,
  type Kernels,
  type PooledGradient,
  type RecurrentGradients,
  type RecurrentLayer,
  type ScoreKind,
  savedOf,
  type Tree,
} from './kernels.ts';
export { measurePeak, nativeCompiler, nativeKernels, nativeVariants } from './native/index.ts';
export { referenceKernels } from './reference/index.ts';
