/**
 * Attention: the outputs of a recurrent layer become one vector, by weights that are learned (or not).
 *
 *   summary_s = Σ_t α_{s,t} h_{s,t},  α_s = softmax over the real steps of the scores
 *
 * tanh: score = tanh(w·h + b) (the article's); additive: score = v·tanh(W h + b) (D. Bahdanau et al., 2015);
 * dot: score = q·h / √H; mean: α = 1/n; none: α = 1 at the last real step.
 */
import type { Kernels, PooledGradient, Tree } from '../engine/index.ts';
import type { Gradients } from './gradients.ts';
import type { AttentionKind } from './shape.ts';

export interface AttentionLayer {
  readonly kind: AttentionKind;
  /** [S, steps]: α, 0 beyond a sequence's end. */
  readonly weights: Float32Array;
  /** [N]: score of each node; undefined where the kind has none. */
  readonly scores: Float32Array | undefined;
  /** hidden [N, H] → out [S, H]. */
  forward(tree: Tree, hidden: Float32Array, out: Float32Array): void;
  /**
   * dOut [S, H] → gradients of the attention's parameters and of hidden: in factors, and for kinds that look at more than
   * one product of it, also dense in dHidden [N, H].
   */
  backward(
    tree: Tree,
    hidden: Float32Array,
    dOut: Float32Array,
    dHidden: Float32Array,
  ): { readonly pooled: PooledGradient; readonly dense: boolean };
}

/** One attention over up to `sequences` sequences of up to `steps` steps. */
export function createAttention(
  kernels: Kernels,
  kind: AttentionKind,
  prefix: string,
  units: number,
  sequences: number,
  steps: number,
  gradients: Gradients,
): AttentionLayer {
  const nodes = sequences * steps;
  const learned = kind !== 'none' && kind !== 'mean';
  const weights = new Float32Array(sequences * steps);
  const scores = learned ? new Float32Array(nodes) : undefined;
  const dScore = learned ? new Float32Array(nodes) : null;
  const dPath = learned ? new Float32Array(sequences * steps) : null;
  const of = (name: string) => gradients.of(`${prefix}.attention.${name}`);

  const score = scoring();

  function scoring() {
    switch (kind) {
      case 'none':
      case 'mean':
        return undefined;
      case 'tanh': {
        const [w, b] = [of('weight'), of('bias')];
        return {
          forward: (n: number, h: Float32Array): void =>
            kernels.scores('tanh', n, units, 1, h, w.value, b.value, scores!),
          vector: w.value,
          backward: (n: number, h: Float32Array): void =>
            kernels.scoresBackward(
              'tanh',
              n,
              units,
              1,
              h,
              w.value,
              scores!,
              dScore!,
              null,
              w.gradient,
              b.gradient,
            ),
        };
      }
      case 'dot': {
        const q = of('query');
        const scale = 1 / Math.sqrt(units);
        return {
          forward: (n: number, h: Float32Array): void =>
            kernels.scores('linear', n, units, scale, h, q.value, null, scores!),
          vector: q.value,
          backward: (n: number, h: Float32Array): void =>
            kernels.scoresBackward(
              'linear',
              n,
              units,
              scale,
              h,
              q.value,
              scores!,
              dScore!,
              null,
              q.gradient,
              null,
            ),
        };
      }
      case 'additive': {
        const [projection, bias, context] = [of('projection'), of('projection_bias'), of('context')];
        const u = new Float32Array(nodes * units);
        const du = new Float32Array(nodes * units);
        return {
          vector: null,
          forward: (n: number, h: Float32Array): void => {
            kernels.linear(n, units, units, h, projection.value, bias.value, u);
            kernels.activate('tanh', n * units, u, u);
            kernels.scores('linear', n, units, 1, u, context.value, null, scores!);
          },
          backward: (n: number, h: Float32Array, dh: Float32Array): void => {
            kernels.scoresBackward(
              'linear',
              n,
              units,
              1,
              u,
              context.value,
              scores!,
              dScore!,
              du,
              context.gradient,
              null,
            );
            kernels.activateBackward('tanh', n * units, u, du, du);
            kernels.linearBackward(
              n,
              units,
              units,
              h,
              projection.value,
              du,
              dh,
              projection.gradient,
              bias.gradient,
            );
          },
        };
      }
    }
  }

  /** Weights that nobody learns: all on the last step, or the same on each. */
  function giveWeights(tree: Tree): void {
    weights.fill(0, 0, tree.sequences * steps);
    for (let place = 0; place < tree.sequences; place++) {
      const row = tree.order[place]! * steps;
      const n = tree.length[place]!;
      if (kind === 'none') weights[row + n - 1] = 1;
      else weights.fill(1 / n, row, row + n);
    }
  }

  return {
    kind,
    weights,
    scores,
    forward(tree, hidden, out) {
      if (score === undefined) giveWeights(tree);
      else score.forward(tree.nodes, hidden);
      kernels.poolForward(tree, units, steps, hidden, scores ?? null, weights, out);
    },
    backward(tree, hidden, dOut, dHidden) {
      if (score !== undefined) {
        kernels.poolBackward(tree, units, steps, hidden, weights, dOut, dPath!, dScore!);
        score.backward(tree.nodes, hidden, dHidden);
      }
      const vector = score?.vector ?? null;
      const pooled = { steps, weight: weights, dOut, dScore: vector && dScore, scoreWeight: vector };
      return { pooled, dense: kind === 'additive' };
    },
  };
}
