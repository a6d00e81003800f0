/** What training, evaluation and dumps need of a network, whichever engine computes it. */
import type { Decoding } from '../engine/index.ts';
import type { Batch } from '../token/index.ts';

/** One trained array, by the name it has in the weights file. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What a training step found. */
export interface StepResult {
  /** Mean cross-entropy of the batch before the step, in nats. */
  readonly loss: number;
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: number;
  /** Sessions of the batch whose most probable class was right, before the step. */
  readonly correct: number;
  /** Mean of the decoder's −ln p a token before the step, of the sessions of class 0; absent without a decoder. */
  readonly nats?: number;
  /** Mean divergence of the latent vectors of these sessions from the prior, in nats; absent without any. */
  readonly divergence?: number;
}

/** What the network attended to. Masked places hold NaN scores and zero weights. */
export interface Attention {
  /** [B, C]. */
  readonly probabilities: Float32Array;
  /** [B, P, T]: packet attention, before and after the softmax over the tokens of each packet. */
  readonly tokenScores: Float32Array;
  readonly tokenWeights: Float32Array;
  /** [B, P]: session attention, before and after the softmax over the packets of each session. */
  readonly packetScores: Float32Array;
  readonly packetWeights: Float32Array;
}

/** A network with its weights and its optimiser. */
export interface Model {
  readonly parameters: readonly Parameter[];
  /** Sessions it takes at once at most. */
  readonly capacity: number;
  /**
   * One optimiser step on a batch with this learning rate.
   *
   * @param meanwhile is called once before it returns, where possible while other threads compute
   */
  trainStep(batch: Batch, learningRate: number, meanwhile?: () => void): StepResult;
  /** Class probabilities, written to out [B, C]; `meanwhile` as in `trainStep`. */
  predict(batch: Batch, out: Float32Array, meanwhile?: () => void): void;
  /** Probabilities with all attention scores and weights. */
  attend(batch: Batch): Attention;
  /** What the decoder tells of a batch; absent without a decoder. */
  decode?(batch: Batch, decoding: Decoding): void;
  /** Latent units of a session; absent or 0 without any. */
  readonly latentUnits?: number;
  /** After parameters were written from outside (weights loaded). */
  parametersChanged(): void;
  /** What the optimiser remembers of earlier steps, changed in place by every step: see `continueAfter`. */
  readonly moments: readonly Parameter[];
  /**
   * Goes on as if so many steps had been done by this model: to be called after parameters and moments were written from
   * outside. The next step has the same bits as in the model that they are from.
   */
  continueAfter(steps: number): void;
  /** Frees what the garbage collector does not know of. */
  dispose(): void;
}

export type EngineName = 'native' | 'reference' | 'tfjs';

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
