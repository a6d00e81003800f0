/** Attention over the paths of a forest: scores of nodes, softmax along each path, the weighted sum of its states. */
import type { AttentionPlan } from '../plan.ts';
import { activate, activateBackward, linear, linearBackward } from './dense.ts';
import type { Forest } from './forest.ts';
import { dot16, exp, fma, tanh } from './functions.ts';
import { row } from './recurrent.ts';

const f = Math.fround;

export interface Attended {
  /** [N]; null where the kind has none. */
  readonly scores: Float32Array | null;
  /** [S][length]. */
  readonly weights: readonly Float32Array[];
  /** [S, H]. */
  readonly out: Float32Array;
  /** [N, H]: of additive attention, tanh of the projection. */
  readonly projected: Float32Array | null;
}

/** hidden [N, H] → out [S, H]. Softmax: w = exp(score − max), w / Σ w; out = ⟨0; t: w h⟩. */
export function attend(plan: AttentionPlan, H: number, forest: Forest, hidden: Float32Array): Attended {
  const { scores, projected } = score(plan, H, forest.nodes, hidden);
  const out = new Float32Array(forest.sequences * H);
  const weights = forest.paths.map((path, s) => {
    const w = weigh(plan, scores, path);
    const o = row(out, s, H);
    path.forEach((node, t) => {
      for (let j = 0; j < H; j++) o[j] = fma(w[t]!, hidden[node * H + j]!, o[j]!);
    });
    return w;
  });
  return { scores, weights, out, projected };
}

function score(plan: AttentionPlan, H: number, nodes: number, hidden: Float32Array) {
  const scores = new Float32Array(nodes);
  switch (plan.kind) {
    case 'none':
    case 'mean':
    case 'fixed':
      return { scores: null, projected: null };
    case 'tanh':
      for (let n = 0; n < nodes; n++)
        scores[n] = tanh(fma(dot16(hidden, n * H, plan.weight.value, 0, H), 1, plan.bias.value[0]!));
      return { scores, projected: null };
    case 'dot':
      for (let n = 0; n < nodes; n++)
        scores[n] = fma(dot16(hidden, n * H, plan.query.value, 0, H), f(1 / Math.sqrt(H)), 0);
      return { scores, projected: null };
    case 'additive': {
      const projected = linear(nodes, hidden, plan.projection, plan.projectionBias);
      activate('tanh', projected);
      for (let n = 0; n < nodes; n++)
        scores[n] = fma(dot16(projected, n * H, plan.context.value, 0, H), 1, 0);
      return { scores, projected };
    }
  }
}

function weigh(plan: AttentionPlan, scores: Float32Array | null, path: readonly number[]) {
  const n = path.length;
  const w = new Float32Array(n);
  if (plan.kind === 'mean') w.fill(1 / n);
  if (plan.kind === 'none') w[n - 1] = 1;
  if (plan.kind === 'fixed') {
    let all = 0;
    for (let t = 0; t < n; t++) all = f(all + plan.weights[t]!);
    for (let t = 0; t < n; t++) w[t] = all === 0 ? 1 / n : plan.weights[t]! / all;
  }
  if (scores === null) return w;
  let top = scores[path[0]!]!;
  for (const node of path) top = scores[node]! > top ? scores[node]! : top;
  let sum = 0;
  path.forEach((node, t) => {
    w[t] = exp(f(scores[node]! - top));
    sum = f(sum + w[t]!);
  });
  for (let t = 0; t < n; t++) w[t] = w[t]! / sum;
  return w;
}

/**
 * dOut [S, H] → the gradient of hidden, [N, H], and of the attention's weights.
 *
 * a_t = dOut·h_t, dPath = w (a − ⟨0; t: w a⟩), dScore[n] = Σ over the sequences through n of dPath, times the derivative of
 * the score; a node's gradient is the chain ⟨0, or what came through the projection; sequences through n: w dOut;
 * dScore scoreWeight⟩.
 */
export function attendBackward(
  plan: AttentionPlan,
  H: number,
  forest: Forest,
  hidden: Float32Array,
  { scores, weights, projected }: Attended,
  dOut: Float32Array,
): Float32Array {
  const dScore = new Float32Array(forest.nodes);
  if (scores !== null)
    forest.paths.forEach((path, s) => {
      const w = weights[s]!;
      const a = path.map((node) => dot16(dOut, s * H, hidden, node * H, H));
      const mean = a.reduce((sum, value, t) => fma(w[t]!, value, sum), 0);
      path.forEach((node, t) => {
        dScore[node] = dScore[node]! + f(w[t]! * f(a[t]! - mean));
      });
    });
  let dh: Float32Array = new Float32Array(forest.nodes * H);
  let scoreWeight: Float32Array | null = null;
  switch (plan.kind) {
    case 'none':
    case 'mean':
    case 'fixed':
      break;
    case 'tanh':
      for (let n = 0; n < forest.nodes; n++) dScore[n] = dScore[n]! * fma(-scores![n]!, scores![n]!, 1);
      addScored(H, dScore, hidden, plan.weight.gradient);
      for (const d of dScore) plan.bias.gradient[0] = plan.bias.gradient[0]! + d;
      scoreWeight = plan.weight.value;
      break;
    case 'dot':
      for (let n = 0; n < forest.nodes; n++) dScore[n] = dScore[n]! * f(1 / Math.sqrt(H));
      addScored(H, dScore, hidden, plan.query.gradient);
      scoreWeight = plan.query.value;
      break;
    case 'additive': {
      addScored(H, dScore, projected!, plan.context.gradient);
      const du = new Float32Array(forest.nodes * H);
      for (let i = 0; i < du.length; i++) du[i] = dScore[Math.floor(i / H)]! * plan.context.value[i % H]!;
      activateBackward('tanh', projected!, du);
      dh = linearBackward(forest.nodes, hidden, plan.projection, plan.projectionBias, du);
    }
  }
  for (let node = 0; node < forest.nodes; node++) {
    const d = row(dh, node, H);
    for (let s = forest.first[node]!; s < forest.last[node]!; s++) {
      const w = weights[s]![forest.paths[s]!.indexOf(node)]!;
      for (let j = 0; j < H; j++) d[j] = fma(w, dOut[s * H + j]!, d[j]!);
    }
    if (scoreWeight === null) continue;
    for (let j = 0; j < H; j++) d[j] = fma(dScore[node]!, scoreWeight[j]!, d[j]!);
  }
  return dh;
}

/** dw = ⟨dw; n: dScore x⟩. */
function addScored(H: number, dScore: Float32Array, x: Float32Array, dw: Float32Array): void {
  dScore.forEach((d, n) => {
    for (let j = 0; j < H; j++) dw[j] = fma(d, x[n * H + j]!, dw[j]!);
  });
}
