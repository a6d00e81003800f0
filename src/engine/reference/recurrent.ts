/** The walk over the forest, level by level, that all cells share. Slow, never deleted: it says what is right. */
import type { PooledGradient, RecurrentGradients, RecurrentLayer, Tree } from '../kernels.ts';
import type { ReferenceCell } from './cell.ts';
import { cells } from './cells.ts';
import { fma } from './functions.ts';

/** Row `index` of a matrix with rows of this width, as a view. */
const row = (x: Float32Array, index: number, width: number): Float32Array =>
  x.subarray(index * width, (index + 1) * width);

const NONE = new Float32Array(0);

/** See Kernels.recurrentForward. */
export function recurrentForward(tree: Tree, layer: RecurrentLayer): void {
  const { units: H, input, recurrent, recurrentBias, hidden, saved } = layer;
  const cell: ReferenceCell = cells[layer.cell];
  const [G, K] = [cell.gates * H, cell.saved * H];
  const U = recurrent.subarray(0, H * G);
  const spare = new Float32Array(K);
  const zeros = new Float32Array(K);
  for (let level = 0; level < tree.levels; level++) {
    for (let node = tree.levelStart[level]!; node < tree.levelStart[level + 1]!; node++) {
      const root = level === 0;
      const parent = tree.parent[node]!;
      cell.forward({
        H,
        root,
        U,
        bias: recurrentBias?.subarray(0, H) ?? NONE,
        x: row(input, tree.input[node]!, G),
        before: root ? zeros : row(hidden, parent, H),
        savedBefore: root || saved === null ? zeros : row(saved, parent, K),
        h: row(hidden, node, H),
        s: saved === null ? spare : row(saved, node, K),
      });
    }
  }
}

/** See Kernels.recurrentBackward. */
export function recurrentBackward(tree: Tree, layer: RecurrentLayer, gradients: RecurrentGradients): void {
  const { units: H, recurrent, hidden } = layer;
  const cell: ReferenceCell = cells[layer.cell];
  const [G, K] = [cell.gates * H, cell.saved * H];
  const U = recurrent.subarray(0, H * G);
  const saved = layer.saved!;
  const zeros = new Float32Array(K);
  gradients.input.fill(0, 0, layer.inputRows * G);
  gradients.recurrent.fill(0, 0, H * G);
  gradients.recurrentBias?.fill(0, 0, H);
  for (let level = tree.levels - 1; level >= 0; level--) {
    const [start, end] = [tree.levelStart[level]!, tree.levelStart[level + 1]!];
    const root = level === 0;
    const before = (node: number): Float32Array => (root ? zeros : row(hidden, tree.parent[node]!, H));
    for (let node = start; node < end; node++) {
      const dh = row(gradients.hidden, node, H);
      if (!gradients.dense) dh.fill(0);
      if (gradients.pooled !== null) addPooled(tree, gradients.pooled, node, level, dh);
      const children: Float32Array[] = [];
      for (let child = tree.childStart[node]!; child < tree.childStart[node + 1]!; child++) {
        const carried = row(gradients.hidden, child, H);
        for (let j = 0; j < H; j++) dh[j] = dh[j]! + carried[j]!;
        children.push(row(saved, child, K));
      }
      cell.backward({
        H,
        root,
        U,
        before: before(node),
        savedBefore: root ? zeros : row(saved, tree.parent[node]!, K),
        h: row(hidden, node, H),
        s: row(saved, node, K),
        dh,
        children,
      });
    }
    for (let node = start; node < end; node++) {
      const s = row(saved, node, K);
      if (!root) addRecurrent(cell, before(node), s, gradients.recurrent);
      addInput(cell, s, row(gradients.input, tree.input[node]!, G));
      if (cell.bias !== null) addBias(row(s, cell.bias, H), gradients.recurrentBias!);
    }
  }
}

/** dh += ⟨places through the node: weight dOut; dScore scoreWeight⟩: what attention sends to the states. */
function addPooled(tree: Tree, pooled: PooledGradient, node: number, level: number, dh: Float32Array): void {
  const { steps, weight, dOut, dScore, scoreWeight } = pooled;
  const H = dh.length;
  for (let place = tree.first[node]!; place < tree.last[node]!; place++) {
    const sequence = tree.order[place]!;
    const a = weight[sequence * steps + level]!;
    for (let j = 0; j < H; j++) dh[j] = fma(a, dOut[sequence * H + j]!, dh[j]!);
  }
  if (dScore === null || scoreWeight === null) return;
  for (let j = 0; j < H; j++) dh[j] = fma(dScore[node]!, scoreWeight[j]!, dh[j]!);
}

/** dU[i, gate j] += factor[i] s[gate j]: the gradient of the recurrent weights, [H, G·H], grows by a node. */
function addRecurrent(cell: ReferenceCell, before: Float32Array, s: Float32Array, dU: Float32Array): void {
  const H = s.length / cell.saved;
  cell.factors.forEach((block, gate) => {
    const factor = block === null ? before : row(s, block, H);
    for (let i = 0; i < H; i++) {
      const at = (i * cell.gates + gate) * H;
      for (let j = 0; j < H; j++) dU[at + j] = fma(factor[i]!, s[gate * H + j]!, dU[at + j]!);
    }
  });
}

/** dx[gate j] += s[block of the gate, j]: the gradient of an input row, [G, H], grows by a node. */
function addInput(cell: ReferenceCell, s: Float32Array, dx: Float32Array): void {
  const H = s.length / cell.saved;
  cell.inputs.forEach((block, gate) => {
    for (let j = 0; j < H; j++) dx[gate * H + j] = dx[gate * H + j]! + s[block * H + j]!;
  });
}

function addBias(from: Float32Array, db: Float32Array): void {
  for (let j = 0; j < from.length; j++) db[j] = db[j]! + from[j]!;
}
