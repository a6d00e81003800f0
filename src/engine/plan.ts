/**
 * What an engine runs: a network as a plan, and a step as exact definitions.
 *
 * Every number is f32 unless it says f64, and *defined* by the files of reference/; an implementation gives these bits or
 * it is wrong.
 *
 * - ⟨init; k: a b⟩ is a **chain**: acc = init, then for k ascending acc = fma(a_k, b_k, acc), each step rounded once.
 * - a·b of two rows is the **sixteen-lane product**: lane l chains the terms k ≡ l (mod 16) from 0, then the lanes are
 *   added as a tree: l + (l+8), + (l+4), + (l+2), + (l+1).
 * - Σ is a plain sum in the stated order, ascending if none is stated.
 * - tanh, σ and exp are the polynomials of reference/functions.ts.
 *
 * A batch is ordered by each session's least packet and cut into groups of chunks (chunks.ts). A chunk goes through the
 * whole step by itself: forward, loss, backward. Sums over sessions, packets and nodes start at 0 for each group and run
 * through its chunks; in the end the groups are added in order. So no sum depends on who computed what.
 *
 * Matrices are row-major. B sessions, P packets, T tokens, V vocabulary, C classes, H units, G gates.
 */
import type { Batch } from '../token/index.ts';
import type { Cell } from './reference/cells.ts';

export type Activation = 'tanh' | 'relu';

/** A parameter beside the sum of its gradients. */
export interface Weight {
  readonly value: Float32Array;
  readonly gradient: Float32Array;
}

/** A recurrent layer: x·input + bias are the input's part of the gates, by the equations of the cell. */
export interface RecurrentPlan {
  /** [inputs, G·H]; one row a token where tokens are read. */
  readonly input: Weight;
  /** [G·H]. */
  readonly bias: Weight;
  /** [H, G·H]. */
  readonly recurrent: Weight;
  /** [H]; null where the cell has none. */
  readonly recurrentBias: Weight | null;
  /**
   * [H], or [2, H] where the cell has a memory: the state before every first step, h then memory. Null: zero, and products
   * with it are left out. All roots of a chunk are its children, so that its gradient is what they carry together.
   */
  readonly initial: Weight | null;
}

/**
 * How the states of a path become one vector: Σ_t α_t h_t, α = softmax of the scores.
 *
 * tanh: score = tanh(fma(h·weight, 1, bias)); dot: score = (h·query) / √H; additive: score = tanh⟨bias; h projection⟩·context;
 * mean: α = 1/n; none: α = 1 at the last step; fixed: α_t = weights[t] / Σ over the path, of the reference alone.
 */
export type AttentionPlan =
  | { readonly kind: 'none' | 'mean' }
  | { readonly kind: 'fixed'; readonly weights: Float32Array }
  | { readonly kind: 'tanh'; readonly weight: Weight; readonly bias: Weight }
  | { readonly kind: 'dot'; readonly query: Weight }
  | {
      readonly kind: 'additive';
      readonly projection: Weight;
      readonly projectionBias: Weight;
      readonly context: Weight;
    };

/** Recurrent layers, each on the states of the one below, with attention on top. */
export interface EncoderPlan {
  readonly units: number;
  readonly layers: readonly RecurrentPlan[];
  readonly attention: AttentionPlan;
}

/** dropout(activation(norm(⟨bias; x weight⟩))). */
export interface DensePlan {
  readonly units: number;
  readonly weight: Weight;
  readonly bias: Weight;
  /** Layer normalisation: gain ⊙ (x − mean) / √(var + 1e-5) + shift; statistics in f64. */
  readonly norm: { readonly gain: Weight; readonly shift: Weight } | null;
  readonly activation: Activation | null;
  /** [capacity, units]: what a value is multiplied with in training, by session of the batch. */
  readonly mask: Float32Array | null;
}

/** What predicts each token from the prefix before it and the session before its packet: reference/decoder.ts. */
export interface DecoderPlan {
  /** K. */
  readonly units: number;
  /** [H, K], H units of the packet encoder. */
  readonly prefix: Weight;
  /** [S, K], S units of the session encoder; and [K]. */
  readonly context: Weight;
  readonly contextBias: Weight;
  /** [K, V], [V]. */
  readonly output: Weight;
  readonly outputBias: Weight;
  readonly latent: LatentPlan | null;
  /** Of its mean loss a token, beside the classifier's a session. */
  readonly weight: number;
}

/** A latent vector for each session, which the decoder is told: reference/latent.ts. */
export interface LatentPlan {
  /** Z. */
  readonly units: number;
  /** [S, 2Z], S units of the session encoder; and [2Z]. */
  readonly posterior: Weight;
  readonly posteriorBias: Weight;
  /** [Z, K]. */
  readonly project: Weight;
  /** Divergence of a unit that costs nothing, in nats. */
  readonly freeNats: number;
}

/** Where a training step draws its latent vectors from, what divergence costs in it, and which prefixes it hides. */
export interface LatentStep {
  /** [B, Z]: of N(0, 1). */
  readonly noise: Float32Array;
  /** Of its divergence, from 0 to 1. */
  readonly beta: number;
  /** [B, P, T]: 1 where a token is predicted as if none were before it in its packet; null: nowhere. */
  readonly hidden: Uint8Array | null;
}

/** What inference has a decoder tell. */
export interface Decoding {
  /** [B, P, T]: −ln p of every token in nats. */
  readonly surprise: Float32Array;
  /** Of the latent vectors, where there are any. [B, Z]: of N(0, 1); absent: their means are taken. */
  readonly noise?: Float32Array;
  /** Without them: z = 0. */
  readonly withoutLatent?: boolean;
  /** [B, 2Z]: means, then deviations, of each session; written. */
  readonly posterior?: Float32Array;
}

export interface Plan {
  readonly vocabulary: number;
  readonly maxPackets: number;
  readonly maxTokens: number;
  readonly cell: Cell;
  /** Tokens to packet vectors. */
  readonly packet: EncoderPlan;
  /** Packet vectors to session vectors. */
  readonly session: EncoderPlan;
  /** Session vectors to logits, by the last of these layers. */
  readonly head: readonly DensePlan[];
  /** [C]: weight of each class in the loss; all 1 when null. */
  readonly classWeights: readonly number[] | null;
  readonly decoder: DecoderPlan | null;
}

/** Where attention is to be written: by session and packet of the batch; what is no token or packet is left alone. */
export interface AttentionOutput {
  /** [B, P, T]; scores only for kinds that have them. */
  readonly tokenScores: Float32Array;
  readonly tokenWeights: Float32Array;
  /** [B, P]. */
  readonly packetScores: Float32Array;
  readonly packetWeights: Float32Array;
}

/** A plan with room for its states. */
export interface Steps {
  /** [capacity, C]: of the batch that was computed last. */
  readonly logits: Float32Array;
  /** [capacity]: f64, −w ln softmax(logits)[label] of each session in nats; written by `train`. */
  readonly losses: Float64Array;
  /** [capacity]: f64, Σ −ln p(token | …) of the sessions of class 0 in nats, 0 of others; written by `train`, with a decoder. */
  readonly nats: Float64Array;
  /** [capacity]: f64, divergence of the latent vectors of these sessions from the prior, in nats; 0 of others. */
  readonly divergences: Float64Array;
  /**
   * Logits, losses, and in every weight's `gradient` that of the mean loss.
   *
   * @param meanwhile is called once while the threads compute, for what the caller has to do anyway
   */
  train(batch: Batch, meanwhile?: () => void, latent?: LatentStep): void;
  /** Logits; with a decoder what it is asked to tell. */
  infer(batch: Batch, attention: AttentionOutput | null, meanwhile?: () => void, decoding?: Decoding): void;
}

export interface Kernels {
  readonly engine: 'native' | 'reference';
  /** What computes: `avx512`, `avx2`, `neon`, `portable`, or `typescript`. */
  readonly variant: string;
  readonly threads: number;
  /** Steps of this plan on batches of up to `capacity` sessions. Weights are read and gradients written in place. */
  createSteps(plan: Plan, capacity: number): Steps;
  /** Σ x² in f64: lane l of eight sums the squares i ≡ l (mod 8); then the lanes in order. */
  sumOfSquares(x: Float32Array): number;
  /**
   * g ← g scale; m ← fma(β₁, m, (1 − β₁) g); v ← fma(β₂, v, (1 − β₂) g²);
   * p ← p − (rate m) / fma(√v, correction, ε). All constants are rounded to f32 first.
   */
  adam(
    p: Float32Array,
    g: Float32Array,
    m: Float32Array,
    v: Float32Array,
    constants: {
      readonly scale: number;
      readonly beta1: number;
      readonly beta2: number;
      readonly epsilon: number;
      readonly rate: number;
      readonly correction: number;
    },
  ): void;
}

/** A plan of the same form with other weights, made in the order of the data flow. */
export function mapWeights(plan: Plan, map: (weight: Weight) => Weight): Plan {
  const attention = (a: AttentionPlan): AttentionPlan => {
    switch (a.kind) {
      case 'none':
      case 'mean':
      case 'fixed':
        return a;
      case 'tanh':
        return { kind: a.kind, weight: map(a.weight), bias: map(a.bias) };
      case 'dot':
        return { kind: a.kind, query: map(a.query) };
      case 'additive':
        return {
          kind: a.kind,
          projection: map(a.projection),
          projectionBias: map(a.projectionBias),
          context: map(a.context),
        };
    }
  };
  const encoder = (e: EncoderPlan): EncoderPlan => ({
    units: e.units,
    layers: e.layers.map((l) => ({
      input: map(l.input),
      bias: map(l.bias),
      recurrent: map(l.recurrent),
      recurrentBias: l.recurrentBias && map(l.recurrentBias),
      initial: l.initial && map(l.initial),
    })),
    attention: attention(e.attention),
  });
  return {
    ...plan,
    packet: encoder(plan.packet),
    session: encoder(plan.session),
    head: plan.head.map((d) => ({
      ...d,
      weight: map(d.weight),
      bias: map(d.bias),
      norm: d.norm && { gain: map(d.norm.gain), shift: map(d.norm.shift) },
    })),
    decoder: plan.decoder && {
      ...plan.decoder,
      prefix: map(plan.decoder.prefix),
      context: map(plan.decoder.context),
      contextBias: map(plan.decoder.contextBias),
      output: map(plan.decoder.output),
      outputBias: map(plan.decoder.outputBias),
      latent: plan.decoder.latent && {
        ...plan.decoder.latent,
        posterior: map(plan.decoder.latent.posterior),
        posteriorBias: map(plan.decoder.latent.posteriorBias),
        project: map(plan.decoder.latent.project),
      },
    },
  };
}

/** All weights of a plan, in the order of the data flow. */
export function weightsOf(plan: Plan): readonly Weight[] {
  const list: Weight[] = [];
  mapWeights(plan, (weight) => {
    list.push(weight);
    return weight;
  });
  return list;
}

/** @throws RangeError when a batch does not fit */
export function checkBatch(plan: Plan, capacity: number, batch: Batch): void {
  if (batch.size < 1 || batch.size > capacity)
    throw new RangeError(`batch of ${batch.size} sessions, capacity is ${capacity}`);
  if (batch.maxPackets !== plan.maxPackets || batch.maxTokens !== plan.maxTokens)
    throw new RangeError(
      `batch of ${batch.maxPackets} packets × ${batch.maxTokens} tokens, the network takes ${plan.maxPackets} × ${plan.maxTokens}`,
    );
}
