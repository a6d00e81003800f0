/** Makes a model for an engine. */
import { type Kernels, nativeKernels, nativeVariants, referenceKernels } from '../engine/index.ts';
import { initialize } from './initialize.ts';
import type { EngineFacts, EngineName, Model } from './model.ts';
import { createNetwork, type TrainingChoices } from './network.ts';
import type { NetworkShape } from './shape.ts';
import { usedVariant } from './variant.ts';

export interface ModelOptions extends TrainingChoices {
  readonly shape: NetworkShape;
  readonly engine: EngineName;
  readonly threads: number;
}

/**
 * The kernels of an engine. Without a native build, `native` falls back to the reference kernels, which give the same
 * bits, and says so. SESSIONLAB_VARIANT forces a variant of the native engine.
 *
 * @throws FaultError when the forced variant cannot run here.
 */
export function chooseKernels(
  engine: 'native' | 'reference',
  threads: number,
): { kernels: Kernels; notes: string[] } {
  if (engine === 'reference') return { kernels: referenceKernels(), notes: [] };
  if (nativeVariants().length === 0)
    return {
      kernels: referenceKernels(),
      notes: [
        'the native engine is not built, so the reference engine runs: the same bits, about a hundred times slower; install a C++ compiler and run npm start to build it',
      ],
    };
  return { kernels: nativeKernels(threads, usedVariant(process.env)), notes: [] };
}

/** The twin of the network on tfjs with automatic differentiation: loaded only when it is asked for. */
export const loadTfjsNetwork = () => import('./tfjs/index.ts');

/** A new model with seeded weights, and what computes it. */
export async function createModel(options: ModelOptions): Promise<{ model: Model; facts: EngineFacts }> {
  const parameters = initialize(options.shape, options.seed);
  if (options.engine === 'tfjs') {
    const { createTfjsModel } = await loadTfjsNetwork();
    return createTfjsModel(options.shape, parameters, options, options.threads);
  }
  const { kernels, notes } = chooseKernels(options.engine, options.threads);
  const model = createNetwork(kernels, options.shape, parameters, options);
  const { engine, variant, threads } = kernels;
  return { model, facts: { engine, variant, threads, exact: true, notes } };
}
