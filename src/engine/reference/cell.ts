/** What a recurrent cell is: its sizes, what its gradients are made of, and its equations, forward and backward. */
import { fma } from './functions.ts';

const f = Math.fround;
/** y (1 − y), the derivative of σ. */
export const dSigmoid = (y: number): number => f(y * f(1 - y));
/** 1 − y², the derivative of tanh. */
export const dTanh = (y: number): number => fma(-y, y, 1);

/** H units, G gates, K saved blocks: what is saved of a node is K blocks of H numbers. */
export interface ReferenceCell {
  /** G: blocks of H columns of the weights. */
  readonly gates: number;
  /** K. */
  readonly saved: number;
  /**
   * [G]: the saved block that each gate's recurrent weights are multiplied with; null: the parent's h. Those that read the
   * parent's h come first.
   */
  readonly factors: readonly (number | null)[];
  /** The saved blocks before this one are added over the children of a node: the parent meets them as one child. */
  readonly summed: number;
  /** [G]: the saved block in which backward leaves the gradient of each gate's input. */
  readonly inputs: readonly number[];
  /** The saved block in which backward leaves the gradient of the recurrent bias; null: the cell has no such bias. */
  readonly bias: number | null;
  /** The saved block that the children read beside h, and in which backward leaves the gradient of the parent's; null: none. */
  readonly memory: number | null;
  forward(node: ForwardNode): void;
  backward(node: BackwardNode): void;
}

/** A node of the forest. At a root, what comes before is 0 and products with it are left out. */
interface Node {
  readonly H: number;
  readonly root: boolean;
  /** [H, G·H]. */
  readonly U: Float32Array;
  /** [H]: h of the parent. */
  readonly before: Float32Array;
  /** [K, H]: what the parent saved. */
  readonly savedBefore: Float32Array;
  /** [H]: read by backward, written by forward. */
  readonly h: Float32Array;
  /** [K, H]: forward saves; backward finds that and leaves gradients in its place. */
  readonly s: Float32Array;
}

export interface ForwardNode extends Node {
  /** [G, H]: the input's part of the gates. */
  readonly x: Float32Array;
  /** [H]: added to the recurrent part; empty where the cell has none. */
  readonly bias: Float32Array;
}

export interface BackwardNode extends Node {
  /**
   * [H]: in: the gradient of h; out: what the node carries to its parent, but for the product of the gates that read the
   * parent's h, which is made for all children of the parent at once.
   */
  readonly dh: Float32Array;
  /** [K, H]: the sums over the children of what backward left in their `s`; zeros where there are none. */
  readonly below: Float32Array;
}

/**
 * The recurrent product of some gates: to[j] = ⟨to[j]; k: from[k] U[k, column + j]⟩ for j < width. Nothing at a root.
 *
 * @param from [H]
 */
export function addProduct(
  { H, U, root }: Pick<Node, 'H' | 'U' | 'root'>,
  from: Float32Array,
  column: number,
  width: number,
  to: Float32Array,
): void {
  if (root) return;
  const columns = U.length / H;
  for (let k = 0; k < H; k++)
    for (let j = 0; j < width; j++) to[j] = fma(from[k]!, U[k * columns + column + j]!, to[j]!);
}

/**
 * Its transpose: to[i] = ⟨to[i]; j: from[j] U[i, column + j]⟩ for i < H, j < width. Nothing at a root.
 *
 * @param from [width]
 */
export function addTransposed(
  { H, U, root }: Pick<Node, 'H' | 'U' | 'root'>,
  from: Float32Array,
  column: number,
  width: number,
  to: Float32Array,
): void {
  if (root) return;
  const columns = U.length / H;
  for (let i = 0; i < H; i++) {
    let sum = to[i]!;
    for (let j = 0; j < width; j++) sum = fma(from[j]!, U[i * columns + column + j]!, sum);
    to[i] = sum;
  }
}
