/** The reference engine: plain TypeScript, one thread, the definition of every bit. */
import type { Kernels } from '../kernels.ts';
import {
  activate,
  activateBackward,
  adam,
  addRow,
  columnSums,
  linear,
  linearBackward,
  poolBackward,
  poolForward,
  scores,
  scoresBackward,
  sumOfSquares,
} from './dense.ts';
import { recurrentBackward, recurrentForward } from './recurrent.ts';

/** The reference kernels. */
export function referenceKernels(): Kernels {
  return {
    engine: 'reference',
    variant: 'typescript',
    threads: 1,
    recurrentForward,
    recurrentBackward,
    linear,
    linearBackward,
    activate,
    activateBackward,
    addRow,
    columnSums,
    scores,
    scoresBackward,
    poolForward,
    poolBackward,
    sumOfSquares,
    adam,
  };
}
