/** Dense layers, attention scores and pooling, the optimiser: the definitions of kernels.ts, one loop each. */
import type { Activation, ScoreKind, Tree } from '../kernels.ts';
import { dot16, exp, fma, tanh } from './functions.ts';

const f = Math.fround;
const SHARD = 1024;

/** y = ⟨bias; k: x w⟩. */
export function linear(
  rows: number,
  inputs: number,
  outputs: number,
  x: Float32Array,
  w: Float32Array,
  bias: Float32Array | null,
  y: Float32Array,
): void {
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < outputs; j++) {
      let sum = bias === null ? 0 : bias[j]!;
      for (let k = 0; k < inputs; k++) sum = fma(x[r * inputs + k]!, w[k * outputs + j]!, sum);
      y[r * outputs + j] = sum;
    }
  }
}

/** dx = ⟨0; j: dy w⟩, dw = ⟨0; n: x dy⟩, db = Σ dy. */
export function linearBackward(
  rows: number,
  inputs: number,
  outputs: number,
  x: Float32Array,
  w: Float32Array,
  dy: Float32Array,
  dx: Float32Array | null,
  dw: Float32Array,
  db: Float32Array | null,
): void {
  for (let r = 0; dx !== null && r < rows; r++) {
    for (let k = 0; k < inputs; k++) {
      let sum = 0;
      for (let j = 0; j < outputs; j++) sum = fma(dy[r * outputs + j]!, w[k * outputs + j]!, sum);
      dx[r * inputs + k] = sum;
    }
  }
  for (let k = 0; k < inputs; k++) {
    for (let j = 0; j < outputs; j++) {
      let sum = 0;
      for (let r = 0; r < rows; r++) sum = fma(x[r * inputs + k]!, dy[r * outputs + j]!, sum);
      dw[k * outputs + j] = sum;
    }
  }
  if (db !== null) columnSums(rows, outputs, dy, db);
}

/** y = tanh(x) or max(x, 0). */
export function activate(kind: Activation, n: number, x: Float32Array, y: Float32Array): void {
  for (let i = 0; i < n; i++) y[i] = kind === 'tanh' ? tanh(x[i]!) : x[i]! > 0 ? x[i]! : 0;
}

/** dx = dy (1 − y²), or dy where y > 0. */
export function activateBackward(
  kind: Activation,
  n: number,
  y: Float32Array,
  dy: Float32Array,
  dx: Float32Array,
): void {
  for (let i = 0; i < n; i++) {
    const v = y[i]!;
    dx[i] = kind === 'tanh' ? dy[i]! * fma(-v, v, 1) : v > 0 ? dy[i]! : 0;
  }
}

/** y = x + row. */
export function addRow(
  rows: number,
  columns: number,
  x: Float32Array,
  row: Float32Array,
  y: Float32Array,
): void {
  for (let r = 0; r < rows; r++)
    for (let j = 0; j < columns; j++) y[r * columns + j] = x[r * columns + j]! + row[j]!;
}

/** out = Σ_n x[n]. */
export function columnSums(rows: number, columns: number, x: Float32Array, out: Float32Array): void {
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let r = 0; r < rows; r++) sum = f(sum + x[r * columns + j]!);
    out[j] = sum;
  }
}

/** score = f(fma(x·w, scale, bias)). */
export function scores(
  kind: ScoreKind,
  rows: number,
  columns: number,
  scale: number,
  x: Float32Array,
  w: Float32Array,
  bias: Float32Array | null,
  score: Float32Array,
): void {
  for (let r = 0; r < rows; r++) {
    const s = fma(dot16(x, r * columns, w, 0, columns), f(scale), bias === null ? 0 : bias[0]!);
    score[r] = kind === 'tanh' ? tanh(s) : s;
  }
}

/** See Kernels.scoresBackward. */
export function scoresBackward(
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
): void {
  dw.fill(0, 0, columns);
  let bias = 0;
  const partial = new Float32Array(columns);
  for (let from = 0; from < rows; from += SHARD) {
    partial.fill(0);
    let partialBias = 0;
    for (let r = from; r < Math.min(rows, from + SHARD); r++) {
      let d = dScore[r]!;
      if (kind === 'tanh') d = f(d * fma(-score[r]!, score[r]!, 1));
      d = f(d * f(scale));
      dScore[r] = d;
      for (let j = 0; j < columns; j++) {
        if (dx !== null) dx[r * columns + j] = d * w[j]!;
        partial[j] = fma(d, x[r * columns + j]!, partial[j]!);
      }
      partialBias = f(partialBias + d);
    }
    for (let j = 0; j < columns; j++) dw[j] = dw[j]! + partial[j]!;
    bias = f(bias + partialBias);
  }
  if (db !== null) db[0] = bias;
}

/** The nodes on the path of a place, first to last. */
function pathOf(tree: Tree, place: number): number[] {
  const path: number[] = [];
  let node = tree.leaf[place]!;
  for (let t = tree.length[place]! - 1; t >= 0; t--) {
    path[t] = node;
    node = tree.parent[node]!;
  }
  return path;
}

/** See Kernels.poolForward. */
export function poolForward(
  tree: Tree,
  units: number,
  steps: number,
  hidden: Float32Array,
  score: Float32Array | null,
  weight: Float32Array,
  out: Float32Array,
): void {
  for (let place = 0; place < tree.sequences; place++) {
    const path = pathOf(tree, place);
    const n = path.length;
    const sequence = tree.order[place]!;
    const w = sequence * steps;
    if (score !== null) {
      let top = score[path[0]!]!;
      for (const node of path) top = score[node]! > top ? score[node]! : top;
      let sum = 0;
      for (let t = 0; t < n; t++) {
        weight[w + t] = exp(f(score[path[t]!]! - top));
        sum = f(sum + weight[w + t]!);
      }
      for (let t = 0; t < n; t++) weight[w + t] = weight[w + t]! / sum;
      for (let t = n; t < steps; t++) weight[w + t] = 0;
    }
    for (let j = 0; j < units; j++) {
      let sum = 0;
      for (let t = 0; t < n; t++) sum = fma(weight[w + t]!, hidden[path[t]! * units + j]!, sum);
      out[sequence * units + j] = sum;
    }
  }
}

/** See Kernels.poolBackward. */
export function poolBackward(
  tree: Tree,
  units: number,
  steps: number,
  hidden: Float32Array,
  weight: Float32Array,
  dOut: Float32Array,
  dPath: Float32Array,
  dScore: Float32Array,
): void {
  for (let place = 0; place < tree.sequences; place++) {
    const sequence = tree.order[place]!;
    const w = sequence * steps;
    const path = pathOf(tree, place);
    let mean = 0;
    path.forEach((node, t) => {
      dPath[w + t] = dot16(dOut, sequence * units, hidden, node * units, units);
      mean = fma(weight[w + t]!, dPath[w + t]!, mean);
    });
    for (let t = 0; t < path.length; t++) dPath[w + t] = weight[w + t]! * f(dPath[w + t]! - mean);
  }
  for (let level = 0; level < tree.levels; level++) {
    for (let node = tree.levelStart[level]!; node < tree.levelStart[level + 1]!; node++) {
      let sum = 0;
      for (let place = tree.first[node]!; place < tree.last[node]!; place++)
        sum = f(sum + dPath[tree.order[place]! * steps + level]!);
      dScore[node] = sum;
    }
  }
}

/** Σ x² in f64, eight lanes. */
export function sumOfSquares(n: number, x: Float32Array): number {
  const lanes = new Float64Array(8);
  for (let i = 0; i < n; i++) lanes[i & 7] = lanes[i & 7]! + x[i]! * x[i]!;
  let sum = 0;
  for (const lane of lanes) sum += lane;
  return sum;
}

/** See Kernels.adam. */
export function adam(
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
): void {
  const [s, b1, b2, e, lr, c] = [f(scale), f(beta1), f(beta2), f(epsilon), f(rate), f(correction)];
  const rest1 = f(1 - b1);
  const rest2 = f(1 - b2);
  for (let i = 0; i < n; i++) {
    const gi = f(g[i]! * s);
    m[i] = fma(b1, m[i]!, f(rest1 * gi));
    v[i] = fma(b2, v[i]!, f(rest2 * f(gi * gi)));
    const step = f(f(lr * m[i]!) / fma(f(Math.sqrt(v[i]!)), c, e));
    p[i] = p[i]! - step;
  }
}
