/** Makes a model for an engine. */
import {
  type Kernels,
  loadTfjsEngine,
  nativeKernels,
  nativeVariants,
  referenceKernels,
} from '../engine/index.ts';
import { initialize } from './initialize.ts';
import type { Model } from './model.ts';
import { createNetwork, type TrainingChoices } from './network.ts';
import { drawMask } from './normalize.ts';
import type { NetworkShape } from './shape.ts';
import { usedVariant } from './variant.ts';

export type EngineName = 'native' | 'reference' | 'tfjs';

export interface ModelOptions extends TrainingChoices {
  readonly shape: NetworkShape;
  readonly engine: EngineName;
  readonly threads: number;
}

/** What computes a model, for provenance and messages. */
export interface EngineFacts {
  readonly engine: EngineName;
  readonly variant: string;
  readonly threads: number;
  /** Same bits on every machine? */
  readonly exact: boolean;
  /** What the user should know: a slow or inexact engine, and what to do. */
  readonly notes: readonly string[];
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

/** A new model with seeded weights, and what computes it. */
export async function createModel(options: ModelOptions): Promise<{ model: Model; facts: EngineFacts }> {
  const parameters = initialize(options.shape, options.seed);
  if (options.engine === 'tfjs') {
    const { createTfjsModel } = await loadTfjsEngine();
    return createTfjsModel({ ...options, parameters, dropoutMask: maskOf(options) });
  }
  const { kernels, notes } = chooseKernels(options.engine, options.threads);
  const model = createNetwork(kernels, options.shape, parameters, options);
  const { engine, variant, threads } = kernels;
  return { model, facts: { engine, variant, threads, exact: true, notes } };
}

/** The masks that the kernels' network draws, for an engine that has no streams. */
function maskOf({ shape, seed }: ModelOptions) {
  return (layer: number, step: number, count: number): Float32Array => {
    const mask = new Float32Array(count);
    drawMask(mask, shape.dropout, seed, layer, step);
    return mask;
  };
}
