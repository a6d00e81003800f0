/** The reference engine: plain TypeScript, one thread, the definition of every bit. */
import type { Kernels } from '../plan.ts';
import { adam, sumOfSquares } from './elementwise.ts';
import { createSteps } from './step.ts';

/** The reference kernels. */
export function referenceKernels(): Kernels {
  return { engine: 'reference', variant: 'typescript', threads: 1, createSteps, sumOfSquares, adam };
}
