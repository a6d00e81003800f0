/**
 * What this engine needs to know of its callers, as plain structures: `engine/` imports nothing of ours. The types of
 * network/ and token/ of the same names fit them.
 */
import type * as Core from '@tensorflow/tfjs-core';
import type { Activation, Cell } from '../kernels.ts';

/** The functions of tfjs, whichever backend runs them. */
export type Tf = typeof Core;
export type Tensor = Core.Tensor;

export type AttentionKind = 'none' | 'mean' | 'tanh' | 'additive' | 'dot';

export interface LevelShape {
  readonly units: number;
  readonly layers: number;
  readonly attention: AttentionKind;
}

export interface NetworkShape {
  readonly vocabulary: number;
  readonly maxPackets: number;
  readonly maxTokens: number;
  readonly classes: number;
  readonly cell: Cell;
  readonly packet: LevelShape;
  readonly session: LevelShape;
  readonly head: readonly number[];
  readonly activation: Activation;
  readonly dropout: number;
  readonly layerNorm: boolean;
}

export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Batch {
  readonly size: number;
  readonly maxPackets: number;
  readonly maxTokens: number;
  readonly packets: Uint8Array;
  readonly lengths: Uint16Array;
  readonly tokens: Uint16Array;
  readonly labels: Uint8Array;
}

export type OptimizerChoice =
  | { readonly kind: 'adam' }
  | { readonly kind: 'adamw'; readonly weightDecay: number }
  | { readonly kind: 'rmsprop'; readonly decay: number }
  | { readonly kind: 'sgd'; readonly momentum: number };

/**
 * The dropout mask of a hidden head layer at a training step: `count` values in the order of the batch [B, units], each
 * 0 or 1 / (1 − dropout).
 */
export type DropoutMask = (layer: number, step: number, count: number) => Float32Array;

export interface TfjsOptions {
  readonly shape: NetworkShape;
  /** All parameters of the shape, with their first values; they are trained in place. */
  readonly parameters: readonly Parameter[];
  /** Sessions of a batch at most. */
  readonly capacity: number;
  readonly clipNorm: number | null;
  readonly optimizer: OptimizerChoice;
  /** [C]: weight of each class in the loss; all 1 when null. */
  readonly classWeights: readonly number[] | null;
  /** Threads that libtensorflow may use; the pure JavaScript backend has one. */
  readonly threads?: number;
  /** Needed when the shape has dropout: random numbers are the caller's. */
  readonly dropoutMask?: DropoutMask;
}

export interface StepResult {
  readonly loss: number;
  readonly gradientNorm: number;
  readonly correct: number;
}

export interface Attention {
  readonly probabilities: Float32Array;
  readonly tokenScores: Float32Array;
  readonly tokenWeights: Float32Array;
  readonly packetScores: Float32Array;
  readonly packetWeights: Float32Array;
}
