/** A sample of test sessions, with all that its tests work with. */
import type { Clustering } from '../statistics/index.ts';
import type { PresentedSessions } from '../training/index.ts';
import type { Collected } from './collect.ts';
import type { Attribution } from './gradients.ts';

/** N sessions, C classes. */
export interface Sample {
  readonly presented: PresentedSessions;
  readonly collected: Collected;
  readonly clusterings: readonly Clustering[];
  /** [N, C] */
  readonly probabilities: Float32Array;
  /** [N]: predicted classes. */
  readonly predictions: Uint8Array;
  /** [N] */
  readonly attributions: readonly Attribution[];
}
