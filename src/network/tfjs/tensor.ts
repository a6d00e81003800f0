/** The types of tfjs, by short names. */
import type * as Core from '@tensorflow/tfjs-core';

/** The functions of tfjs, whichever backend runs them. */
export type Tf = typeof Core;
export type Tensor = Core.Tensor;
