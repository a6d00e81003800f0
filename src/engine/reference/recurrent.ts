/** The walk over the forest, level by level, that all cells share. Slow, never deleted: it says what is right. */
import type { RecurrentPlan } from '../plan.ts';
import { addTransposed, type ReferenceCell } from './cell.ts';
import type { Forest } from './forest.ts';
import { fma } from './functions.ts';

/** Row `index` of a matrix with rows of this width, as a view. */
export const row = (x: Float32Array, index: number, width: number): Float32Array =>
  x.subarray(index * width, (index + 1) * width);

/** to += from. */
export function add(to: Float32Array, from: Float32Array): void {
  for (let j = 0; j < from.length; j++) to[j] = to[j]! + from[j]!;
}

const NONE = new Float32Array(0);

/** What a layer computed. */
export interface States {
  /** [N, H]. */
  readonly hidden: Float32Array;
  /** [N, K·H]: what backward needs. */
  readonly saved: Float32Array;
}

/** What is before the roots, as a parent would have left it: the initial state, or zeros. */
function firstState(cell: ReferenceCell, H: number, initial: RecurrentPlan['initial']) {
  const before = new Float32Array(H);
  const savedBefore = new Float32Array(cell.saved * H);
  if (initial !== null) {
    before.set(initial.value.subarray(0, H));
    if (cell.memory !== null) savedBefore.set(initial.value.subarray(H), cell.memory * H);
  }
  return { before, savedBefore };
}

/**
 * States of all nodes, by the equations of the cell. p there is the parent's h; on level 0 the initial state, or 0, where
 * products are left out.
 *
 * @param x [R, G·H]: the input's part of the gates, by what a node reads
 */
export function recurrentForward(
  cell: ReferenceCell,
  H: number,
  { recurrent, recurrentBias, initial }: RecurrentPlan,
  forest: Forest,
  x: Float32Array,
  inputs: readonly number[] = forest.input,
): States {
  const [G, K] = [cell.gates * H, cell.saved * H];
  const hidden = new Float32Array(forest.nodes * H);
  const saved = new Float32Array(forest.nodes * K);
  const first = firstState(cell, H, initial);
  for (let node = 0; node < forest.nodes; node++) {
    const parent = forest.parent[node]!;
    cell.forward({
      H,
      root: parent < 0 && initial === null,
      U: recurrent.value,
      bias: recurrentBias?.value ?? NONE,
      x: row(x, inputs[node]!, G),
      before: parent < 0 ? first.before : row(hidden, parent, H),
      savedBefore: parent < 0 ? first.savedBefore : row(saved, parent, K),
      h: row(hidden, node, H),
      s: row(saved, node, K),
    });
  }
  return { hidden, saved };
}

/**
 * Gradients of all inputs of recurrentForward; `saved` is overwritten. Levels descending, nodes ascending:
 *
 * - the gradient of h is what comes from outside, plus what the children carry; the cell's equations give those of its
 *   gates, which are added to the input and the biases;
 * - then, for each parent: D = Σ over its children of the gates' gradients; carried = ⟨Σ over its children of what they
 *   carry; k: D_k U_jk⟩; the weights' chain continues with h_parent D. Gates that read something else than h have
 *   their chains continue with every node;
 * - an initial state is the parent of all roots: what is carried to it is added to its gradient, chunk by chunk.
 *
 * @param outside [N, H]: the gradient that reaches h from outside the recurrence
 * @param dx [R, G·H]: grows
 */
export function recurrentBackward(
  cell: ReferenceCell,
  H: number,
  { recurrent, recurrentBias, initial }: RecurrentPlan,
  forest: Forest,
  { hidden, saved }: States,
  outside: Float32Array,
  dx: Float32Array,
  inputs: readonly number[] = forest.input,
): void {
  const [G, K] = [cell.gates * H, cell.saved * H];
  const zeros = new Float32Array(K);
  const first = firstState(cell, H, initial);
  // What arrives at a node from its children: Σ of what they carry with the product, Σ of their saved blocks.
  let above = new Map<number, { readonly carried: Float32Array; readonly below: Float32Array }>();
  for (let level = forest.levelStart.length - 2; level >= 0; level--) {
    const root = level === 0 && initial === null;
    const before = (parent: number) => (parent < 0 ? first.before : row(hidden, parent, H));
    const arriving = above;
    above = new Map();
    for (let node = forest.levelStart[level]!; node < forest.levelStart[level + 1]!; node++) {
      const parent = forest.parent[node]!;
      const [s, dh] = [row(saved, node, K), row(outside, node, H)];
      const children = arriving.get(node);
      if (children !== undefined) add(dh, children.carried);
      cell.backward({
        H,
        root,
        U: recurrent.value,
        before: before(parent),
        savedBefore: parent < 0 ? first.savedBefore : row(saved, parent, K),
        h: row(hidden, node, H),
        s,
        dh,
        below: children?.below ?? zeros,
      });
      addInput(cell, s, row(dx, inputs[node]!, G));
      if (cell.bias !== null) add(recurrentBias!.gradient, row(s, cell.bias, H));
      if (root) continue;
      addOwnFactors(cell, s, recurrent.gradient);
      const siblings = above.get(parent);
      if (siblings === undefined) {
        above.set(parent, { carried: dh.slice(), below: s.slice(0, cell.summed * H) });
      } else {
        add(siblings.carried, dh);
        add(siblings.below, s.subarray(0, cell.summed * H));
      }
    }
    const width = cell.factors.filter((block) => block === null).length * H;
    for (const [parent, { carried, below }] of above) {
      addTransposed({ H, U: recurrent.value, root }, below, 0, width, carried);
      addOuter(before(parent), below, 0, width, G, recurrent.gradient);
    }
  }
  for (const { carried, below } of initial === null ? [] : above.values()) {
    add(row(initial!.gradient, 0, H), carried);
    if (cell.memory !== null) add(row(initial!.gradient, 1, H), row(below, cell.memory, H));
  }
}

/** dU[i, column + j] += from[i] by[j] for j < width: a gradient of weights [H, columns] grows. */
function addOuter(
  from: Float32Array,
  by: Float32Array,
  column: number,
  width: number,
  columns: number,
  dU: Float32Array,
): void {
  for (let i = 0; i < from.length; i++) {
    const at = i * columns + column;
    for (let j = 0; j < width; j++) dU[at + j] = fma(from[i]!, by[j]!, dU[at + j]!);
  }
}

/** The same for the gates that read a saved block of their own node. */
function addOwnFactors(cell: ReferenceCell, s: Float32Array, dU: Float32Array): void {
  const H = s.length / cell.saved;
  cell.factors.forEach((block, gate) => {
    if (block !== null) addOuter(row(s, block, H), row(s, gate, H), gate * H, H, cell.gates * H, dU);
  });
}

/** dx[gate j] += s[block of the gate, j]: the gradient of an input row, [G, H], grows by a node. */
function addInput(cell: ReferenceCell, s: Float32Array, dx: Float32Array): void {
  const H = s.length / cell.saved;
  for (const [gate, block] of cell.inputs.entries()) add(row(dx, gate, H), row(s, block, H));
}
