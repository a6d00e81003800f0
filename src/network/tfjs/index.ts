/** The whole network on tfjs with automatic differentiation: a second opinion on the kernels, and an engine of its own. */
export { loadTfjs } from './load.ts';
export { createTfjsModel, lossAndGradients } from './model.ts';
