/** Recurrent layers, as plain as the definitions in kernels.ts. Slow, never deleted: it says what is right. */
import type { RecurrentGradients, RecurrentLayer, Tree } from '../kernels.ts';
import { gatesOf, savedOf } from '../kernels.ts';
import { fma, sigmoid, tanh } from './functions.ts';

const f = Math.fround;
/** y (1 − y), the derivative of σ. */
const dSigmoid = (y: number): number => f(y * f(1 - y));
/** 1 − y², the derivative of tanh. */
const dTanh = (y: number): number => fma(-y, y, 1);

/** to[j] = ⟨to[j]; k: from[k] weights[k, column + j]⟩ for j < width. */
function product(
  from: Float32Array,
  at: number,
  k: number,
  weights: Float32Array,
  columns: number,
  column: number,
  to: Float32Array,
  into: number,
  width: number,
): void {
  for (let kk = 0; kk < k; kk++) {
    const a = from[at + kk]!;
    const row = kk * columns + column;
    for (let j = 0; j < width; j++) to[into + j] = fma(a, weights[row + j]!, to[into + j]!);
  }
}

/** to[i] = ⟨to[i]; j: from[j] weights[i, column + j]⟩ for i < H: the transposed product. */
function transposed(
  from: Float32Array,
  at: number,
  width: number,
  weights: Float32Array,
  columns: number,
  column: number,
  to: Float32Array,
  into: number,
  units: number,
): void {
  for (let i = 0; i < units; i++) {
    let sum = to[into + i]!;
    for (let j = 0; j < width; j++) sum = fma(from[at + j]!, weights[i * columns + column + j]!, sum);
    to[into + i] = sum;
  }
}

/** See Kernels.recurrentForward. */
export function recurrentForward(tree: Tree, layer: RecurrentLayer): void {
  const { cell, units: H, input, recurrent, recurrentBias, hidden } = layer;
  const G = gatesOf(cell) * H;
  const K = savedOf(cell) * H;
  const spare = new Float32Array(K);
  for (let level = 0; level < tree.levels; level++) {
    for (let node = tree.levelStart[level]!; node < tree.levelStart[level + 1]!; node++) {
      const x = tree.input[node]! * G;
      const h = node * H;
      const p = level > 0 ? tree.parent[node]! * H : -1;
      const s = layer.saved ?? spare;
      const at = layer.saved ? node * K : 0;
      const before = (j: number): number => (p < 0 ? 0 : hidden[p + j]!);
      switch (cell) {
        case 'gru':
          for (let j = 0; j < 2 * H; j++) s[at + j] = input[x + j]!;
          for (let j = 0; j < H; j++) s[at + 2 * H + j] = recurrentBias![j]!;
          if (p >= 0) product(hidden, p, H, recurrent, G, 0, s, at, 3 * H);
          for (let j = 0; j < H; j++) {
            const r = sigmoid(s[at + j]!);
            const z = sigmoid(s[at + H + j]!);
            const n = tanh(fma(r, s[at + 2 * H + j]!, input[x + 2 * H + j]!));
            s[at + j] = r;
            s[at + H + j] = z;
            s[at + 3 * H + j] = n;
            hidden[h + j] = fma(z, f(before(j) - n), n);
          }
          break;
        case 'gru-reset-before':
          for (let j = 0; j < 3 * H; j++) s[at + j] = input[x + j]!;
          if (p >= 0) product(hidden, p, H, recurrent, G, 0, s, at, 2 * H);
          for (let j = 0; j < H; j++) s[at + 3 * H + j] = p < 0 ? 0 : f(sigmoid(s[at + j]!) * before(j));
          if (p >= 0) product(s, at + 3 * H, H, recurrent, G, 2 * H, s, at + 2 * H, H);
          for (let j = 0; j < H; j++) {
            const z = sigmoid(s[at + H + j]!);
            const n = tanh(s[at + 2 * H + j]!);
            s[at + j] = sigmoid(s[at + j]!);
            s[at + H + j] = z;
            s[at + 2 * H + j] = n;
            hidden[h + j] = fma(z, f(before(j) - n), n);
          }
          break;
        case 'lstm': {
          for (let j = 0; j < 4 * H; j++) s[at + j] = input[x + j]!;
          if (p >= 0) product(hidden, p, H, recurrent, G, 0, s, at, 4 * H);
          const cBefore = p < 0 ? -1 : tree.parent[node]! * K + 4 * H;
          for (let j = 0; j < H; j++) {
            const i = sigmoid(s[at + j]!);
            const forget = sigmoid(s[at + H + j]!);
            const g = tanh(s[at + 2 * H + j]!);
            const o = sigmoid(s[at + 3 * H + j]!);
            const c = fma(forget, cBefore < 0 ? 0 : s[cBefore + j]!, f(i * g));
            s[at + j] = i;
            s[at + H + j] = forget;
            s[at + 2 * H + j] = g;
            s[at + 3 * H + j] = o;
            s[at + 4 * H + j] = c;
            hidden[h + j] = f(o * tanh(c));
          }
          break;
        }
        case 'rnn':
          for (let j = 0; j < H; j++) hidden[h + j] = input[x + j]!;
          if (p >= 0) product(hidden, p, H, recurrent, G, 0, hidden, h, H);
          for (let j = 0; j < H; j++) hidden[h + j] = tanh(hidden[h + j]!);
          break;
      }
    }
  }
}

/** See Kernels.recurrentBackward. */
export function recurrentBackward(tree: Tree, layer: RecurrentLayer, gradients: RecurrentGradients): void {
  const { cell, units: H, recurrent, hidden } = layer;
  const G = gatesOf(cell) * H;
  const K = savedOf(cell) * H;
  const s = layer.saved!;
  const dh = gradients.hidden;
  gradients.input.fill(0, 0, layer.inputRows * G);
  gradients.recurrent.fill(0, 0, H * G);
  gradients.recurrentBias?.fill(0, 0, H);
  const drh = new Float32Array(H);
  for (let level = tree.levels - 1; level >= 0; level--) {
    const start = tree.levelStart[level]!;
    const end = tree.levelStart[level + 1]!;
    for (let node = start; node < end; node++) {
      const at = node * K;
      const d = node * H;
      const p = level > 0 ? tree.parent[node]! * H : -1;
      const before = (j: number): number => (p < 0 ? 0 : hidden[p + j]!);
      gatherOutside(tree, gradients, node, level, H);
      for (let child = tree.childStart[node]!; child < tree.childStart[node + 1]!; child++)
        for (let j = 0; j < H; j++) dh[d + j] = dh[d + j]! + dh[child * H + j]!;
      switch (cell) {
        case 'gru':
          for (let j = 0; j < H; j++) {
            const r = s[at + j]!;
            const z = s[at + H + j]!;
            const q = s[at + 2 * H + j]!;
            const n = s[at + 3 * H + j]!;
            const g = dh[d + j]!;
            const dn = f(f(g * f(1 - z)) * dTanh(n));
            s[at + j] = f(f(dn * q) * dSigmoid(r));
            s[at + H + j] = f(f(g * f(before(j) - n)) * dSigmoid(z));
            s[at + 2 * H + j] = f(dn * r);
            s[at + 3 * H + j] = dn;
            dh[d + j] = f(g * z);
          }
          if (p >= 0) transposed(s, at, 3 * H, recurrent, G, 0, dh, d, H);
          break;
        case 'gru-reset-before':
          drh.fill(0);
          for (let j = 0; j < H; j++) {
            const z = s[at + H + j]!;
            const n = s[at + 2 * H + j]!;
            const g = dh[d + j]!;
            s[at + H + j] = f(f(g * f(before(j) - n)) * dSigmoid(z));
            s[at + 2 * H + j] = f(f(g * f(1 - z)) * dTanh(n));
            dh[d + j] = f(g * z);
          }
          if (p >= 0) transposed(s, at + 2 * H, H, recurrent, G, 2 * H, drh, 0, H);
          for (let j = 0; j < H; j++) {
            const r = s[at + j]!;
            s[at + j] = f(f(drh[j]! * before(j)) * dSigmoid(r));
            dh[d + j] = fma(drh[j]!, r, dh[d + j]!);
          }
          if (p >= 0) transposed(s, at, 2 * H, recurrent, G, 0, dh, d, H);
          break;
        case 'lstm': {
          const cBefore = p < 0 ? -1 : tree.parent[node]! * K + 4 * H;
          for (let j = 0; j < H; j++) {
            const i = s[at + j]!;
            const forget = s[at + H + j]!;
            const g = s[at + 2 * H + j]!;
            const o = s[at + 3 * H + j]!;
            const tc = tanh(s[at + 4 * H + j]!);
            const e = dh[d + j]!;
            let dc = f(f(e * o) * dTanh(tc));
            for (let child = tree.childStart[node]!; child < tree.childStart[node + 1]!; child++)
              dc = f(dc + s[child * K + 4 * H + j]!);
            s[at + j] = f(f(dc * g) * dSigmoid(i));
            s[at + H + j] = f(f(dc * (cBefore < 0 ? 0 : s[cBefore + j]!)) * dSigmoid(forget));
            s[at + 2 * H + j] = f(f(dc * i) * dTanh(g));
            s[at + 3 * H + j] = f(f(e * tc) * dSigmoid(o));
            s[at + 4 * H + j] = f(dc * forget);
            dh[d + j] = 0;
          }
          if (p >= 0) transposed(s, at, 4 * H, recurrent, G, 0, dh, d, H);
          break;
        }
        case 'rnn':
          for (let j = 0; j < H; j++) {
            s[at + j] = f(dh[d + j]! * dTanh(hidden[d + j]!));
            dh[d + j] = 0;
          }
          if (p >= 0) transposed(s, at, H, recurrent, G, 0, dh, d, H);
          break;
      }
    }
    for (let node = start; node < end; node++) growSums(tree, layer, gradients, node, level);
  }
}

/** The gradient that reaches a node from outside the recurrence, written to its row. */
function gatherOutside(
  tree: Tree,
  gradients: RecurrentGradients,
  node: number,
  level: number,
  H: number,
): void {
  const { hidden: dh, dense, pooled } = gradients;
  const d = node * H;
  if (!dense) dh.fill(0, d, d + H);
  if (pooled === null) return;
  for (let place = tree.first[node]!; place < tree.last[node]!; place++) {
    const sequence = tree.order[place]!;
    const a = pooled.weight[sequence * pooled.steps + level]!;
    for (let j = 0; j < H; j++) dh[d + j] = fma(a, pooled.dOut[sequence * H + j]!, dh[d + j]!);
  }
  const { dScore, scoreWeight } = pooled;
  if (dScore === null || scoreWeight === null) return;
  for (let j = 0; j < H; j++) dh[d + j] = fma(dScore[node]!, scoreWeight[j]!, dh[d + j]!);
}

/** Adds one node to the gradients of the weights and of its input row. */
function growSums(
  tree: Tree,
  layer: RecurrentLayer,
  gradients: RecurrentGradients,
  node: number,
  level: number,
): void {
  const { cell, units: H, hidden } = layer;
  const G = gatesOf(cell) * H;
  const at = node * savedOf(cell) * H;
  const s = layer.saved!;
  if (level > 0) {
    const p = tree.parent[node]! * H;
    for (let i = 0; i < H; i++) {
      for (let j = 0; j < G; j++) {
        // The third gate of gru-reset-before reads r ⊙ h, saved in the fourth column block.
        const a = cell === 'gru-reset-before' && j >= 2 * H ? s[at + 3 * H + i]! : hidden[p + i]!;
        gradients.recurrent[i * G + j] = fma(a, s[at + j]!, gradients.recurrent[i * G + j]!);
      }
    }
  }
  const row = tree.input[node]! * G;
  for (let j = 0; j < G; j++) {
    // GRU keeps dq in the third column block and dn, which belongs to the input, in the fourth.
    const d = cell === 'gru' && j >= 2 * H ? s[at + H + j]! : s[at + j]!;
    gradients.input[row + j] = gradients.input[row + j]! + d;
  }
  if (cell === 'gru') {
    const db = gradients.recurrentBias!;
    for (let j = 0; j < H; j++) db[j] = db[j]! + s[at + 2 * H + j]!;
  }
}
