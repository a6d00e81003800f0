/** The reference engine: plain TypeScript, one thread, the definition of every bit. */
import type { Kernels } from '../kernels.ts';
import * as dense from './dense.ts';
import { recurrentBackward, recurrentForward } from './recurrent.ts';

/** The reference kernels. */
export function referenceKernels(): Kernels {
  return {
    engine: 'reference',
    variant: 'typescript',
    threads: 1,
    recurrentForward,
    recurrentBackward,
    ...dense,
  };
}
