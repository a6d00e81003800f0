/** The whole network on tfjs with automatic differentiation: a second opinion on the kernels, and an engine of its own. */
export { type LoadedTfjs, loadTfjs } from './load.ts';
export {
  createTfjsModel,
  type LossAndGradients,
  lossAndGradients,
  type TfjsFacts,
  type TfjsModel,
} from './model.ts';
export type { DropoutMask, Tf, TfjsOptions } from './types.ts';
