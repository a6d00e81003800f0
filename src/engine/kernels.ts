/**
 * The kernel interface: what a network needs computed, as exact definitions.
 *
 * Every number is f32 and *defined* here; an implementation gives these bits or it is wrong.
 *
 * - ⟨init; k: a b⟩ is a **chain**: acc = init, then for k ascending acc = fma(a_k, b_k, acc), each step rounded once.
 * - a·b of two rows is the **sixteen-lane product**: lane l chains the terms k ≡ l (mod 16) from 0, then the lanes are
 *   added as a tree: l + (l+8), + (l+4), + (l+2), + (l+1).
 * - Σ is a plain sum from 0 in the stated order, ascending if none is stated.
 * - tanh, σ and exp are the polynomials of functions.ts.
 *
 * Matrices are row-major. Arrays may be longer than the shape needs; the rest is left alone.
 */
import type { Cell } from './reference/cells.ts';

export type Activation = 'tanh' | 'relu';
export type ScoreKind = 'linear' | 'tanh';

/**
 * Recurrent steps as a forest of shared prefixes: sequences that begin alike share the nodes of what is alike, so a
 * state is computed once. Nodes are numbered level by level (level = step), and within a level by parent, so the
 * children of a node are a range. Sequences have *places* in an order in which those through one node are a range.
 * N nodes, S sequences.
 */
export interface Tree {
  readonly levels: number;
  readonly nodes: number;
  readonly sequences: number;
  /** [levels + 1]: nodes of level l are levelStart[l] … levelStart[l + 1] − 1. */
  readonly levelStart: Uint32Array;
  /** [N]: the node one step earlier; unused on level 0. */
  readonly parent: Uint32Array;
  /** [N + 1]: children of node n are childStart[n] … childStart[n + 1] − 1. */
  readonly childStart: Uint32Array;
  /** [N]: row of the input that the node reads. */
  readonly input: Uint32Array;
  /** [S]: the sequence at each place. */
  readonly order: Uint32Array;
  /** [S]: last node of the sequence at each place. */
  readonly leaf: Uint32Array;
  /** [S]: number of nodes on that path. */
  readonly length: Uint32Array;
  /** [N]: the places through node n are first[n] … last[n] − 1. */
  readonly first: Uint32Array;
  readonly last: Uint32Array;
}

/** Weights and states of one recurrent layer. H units, G gates, K saved columns, R input rows. */
export interface RecurrentLayer {
  readonly cell: Cell;
  readonly units: number;
  /** R. */
  readonly inputRows: number;
  /** [R, G·H]: the input's part of the gates, x·W + b. */
  readonly input: Float32Array;
  /** [H, G·H]. */
  readonly recurrent: Float32Array;
  /** [H]: c, added to the recurrent part; null where the cell has none. */
  readonly recurrentBias: Float32Array | null;
  /** [N, H]: h, written by forward. */
  readonly hidden: Float32Array;
  /** [N, K·H]: what backward needs; null in inference, if the cell allows that (`savesAlways`). */
  readonly saved: Float32Array | null;
}

/**
 * The gradient that attention sends to the states of a layer, in the factors it is made of: its product, as large as the
 * states themselves, is never written to memory.
 */
export interface PooledGradient {
  readonly steps: number;
  /** [S, steps]: attention weights. */
  readonly weight: Float32Array;
  /** [S, H]: gradient of the pooled vectors. */
  readonly dOut: Float32Array;
  /** [N] and [H]: gradient of the score of each node, and the vector it is the product with; null without scores. */
  readonly dScore: Float32Array | null;
  readonly scoreWeight: Float32Array | null;
}

/** Gradients of one recurrent layer. */
export interface RecurrentGradients {
  /** [N, H]: in: the gradient that reaches h from outside the recurrence, if `dense`; out: spent. */
  readonly hidden: Float32Array;
  /** Whether `hidden` holds a gradient (else it counts as 0). */
  readonly dense: boolean;
  /** What attention adds to it. */
  readonly pooled: PooledGradient | null;
  /** [R, G·H]: out. */
  readonly input: Float32Array;
  /** [H, G·H]: out. */
  readonly recurrent: Float32Array;
  /** [H]: out; null where the cell has no such bias. */
  readonly recurrentBias: Float32Array | null;
}

export interface Kernels {
  readonly engine: 'native' | 'reference';
  /** What computes: `avx512`, `avx2`, `neon`, `portable`, or `typescript`. */
  readonly variant: string;
  readonly threads: number;

  /**
   * States of all nodes, by the equations of the cell's file in reference/. p there is the parent's h (0 on level 0, where
   * products are left out: the chain is its init).
   */
  recurrentForward(tree: Tree, layer: RecurrentLayer): void;
  /**
   * Gradients of all inputs of recurrentForward; `saved` is overwritten. A node's gradient is the chain
   * ⟨hidden or 0; places through n: weight dOut; dScore scoreWeight⟩, plus what its children carry, children ascending.
   * Sums over nodes: levels descending, nodes ascending.
   */
  recurrentBackward(tree: Tree, layer: RecurrentLayer, gradients: RecurrentGradients): void;

  /** y = ⟨bias; k: x w⟩, [rows, inputs]·[inputs, outputs]. */
  linear(
    rows: number,
    inputs: number,
    outputs: number,
    x: Float32Array,
    w: Float32Array,
    bias: Float32Array | null,
    y: Float32Array,
  ): void;
  /** dx = ⟨0; j: dy w⟩, dw = ⟨0; n: x dy⟩, db = Σ_n dy; dx and db on demand. */
  linearBackward(
    rows: number,
    inputs: number,
    outputs: number,
    x: Float32Array,
    w: Float32Array,
    dy: Float32Array,
    dx: Float32Array | null,
    dw: Float32Array,
    db: Float32Array | null,
  ): void;
  /** y = tanh(x) or max(x, 0), elementwise on the first n. */
  activate(kind: Activation, n: number, x: Float32Array, y: Float32Array): void;
  /** dx = dy ⊙ (1 − y²), or dy where y > 0. */
  activateBackward(kind: Activation, n: number, y: Float32Array, dy: Float32Array, dx: Float32Array): void;
  /** y = x + row, for every row of x [rows, columns]. */
  addRow(rows: number, columns: number, x: Float32Array, row: Float32Array, y: Float32Array): void;
  /** out[j] = Σ_n x[n, j]. */
  columnSums(rows: number, columns: number, x: Float32Array, out: Float32Array): void;

  /** score[n] = f(fma(x[n]·w, scale, bias)), f = identity or tanh. */
  scores(
    kind: ScoreKind,
    rows: number,
    columns: number,
    scale: number,
    x: Float32Array,
    w: Float32Array,
    bias: Float32Array | null,
    score: Float32Array,
  ): void;
  /**
   * d = (dScore ⊙ f′) scale, left in dScore; dx = d w on demand; dw and db: partial chains over shards of 1,024 rows,
   * added in order.
   */
  scoresBackward(
    kind: ScoreKind,
    rows: number,
    columns: number,
    scale: number,
    x: Float32Array,
    w: Float32Array,
    score: Float32Array,
    dScore: Float32Array,
    dx: Float32Array | null,
    dw: Float32Array,
    db: Float32Array | null,
  ): void;
  /**
   * Softmax over each sequence's path, and the weighted sum of its states: weight [S, steps], out [S, H].
   * w = exp(score − max), w / Σ w; out = ⟨0; t: w h⟩. With score null, the weights are given.
   */
  poolForward(
    tree: Tree,
    units: number,
    steps: number,
    hidden: Float32Array,
    score: Float32Array | null,
    weight: Float32Array,
    out: Float32Array,
  ): void;
  /**
   * Gradient of the scores through the softmax: a_t = dOut·h_t, dPath = w (a − ⟨0; t: w a⟩), dScore[n] = Σ over the
   * places through n of dPath. dPath [S, steps] is scratch.
   */
  poolBackward(
    tree: Tree,
    units: number,
    steps: number,
    hidden: Float32Array,
    weight: Float32Array,
    dOut: Float32Array,
    dPath: Float32Array,
    dScore: Float32Array,
  ): void;

  /** Σ x² of the first n, in f64: lane l of eight sums the squares i ≡ l (mod 8); then the lanes in order. */
  sumOfSquares(n: number, x: Float32Array): number;
  /**
   * g ← g scale; m ← fma(β₁, m, (1 − β₁) g); v ← fma(β₂, v, (1 − β₂) g²);
   * p ← p − (rate m) / fma(√v, correction, ε). All constants are rounded to f32 first.
   */
  adam(
    n: number,
    p: Float32Array,
    g: Float32Array,
    m: Float32Array,
    v: Float32Array,
    scale: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    rate: number,
    correction: number,
  ): void;
}
