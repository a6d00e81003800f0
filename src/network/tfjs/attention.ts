/** Attention over ragged sequences: summary = Σ_t α_t h_t, α = softmax of the scores over a sequence's real steps. */

import type { AttentionKind } from '../shape.ts';
import { dense, lookUp, project, repeatColumn, sumRows } from './operations.ts';
import type { Ragged } from './ragged.ts';
import type { Tensor, Tf } from './tensor.ts';
import type { Weights } from './weights.ts';

export interface Attended {
  /** [N, H]: one vector a sequence, by rank. */
  readonly summary: Tensor;
  /** [M, 1]: before and after the softmax; null where the kind learns none. */
  readonly scores: Tensor | null;
  readonly weights: Tensor | null;
  /** [M, H]: the states of the top layer. */
  readonly hidden: Tensor;
}

/** hidden [M, H] → [N, H]. */
export function attend(
  tf: Tf,
  weights: Weights,
  prefix: string,
  kind: AttentionKind,
  ragged: Ragged,
  hidden: Tensor,
): Attended {
  if (kind === 'none')
    return { summary: lookUp(tf, hidden, ragged.last), scores: null, weights: null, hidden };
  const scores = kind === 'mean' ? null : scoresOf(tf, weights, prefix, kind, hidden);
  const alpha =
    scores === null
      ? tf.tensor2d(fixedWeights('mean', ragged), [ragged.rows, 1])
      : softmax(tf, ragged, scores);
  const weighted = tf.mul(hidden, repeatColumn(tf, alpha, hidden.shape[1]!));
  const summary = sumRows(tf, weighted, ragged.rankOf, ragged.sequences);
  return { summary, scores, weights: scores === null ? null : alpha, hidden };
}

/** Weights that nobody learns, a row each: all on the last step, or the same on each. */
export function fixedWeights(kind: 'none' | 'mean', { rankOf, stepOf, last }: Ragged): Float32Array {
  const length = (rank: number): number => stepOf[last[rank]!]! + 1;
  return Float32Array.from(rankOf, (rank, row) =>
    kind === 'mean' ? 1 / length(rank) : row === last[rank] ? 1 : 0,
  );
}

/** tanh: tanh(h·w + b); additive: v·tanh(h W + b); dot: h·q / √H. */
function scoresOf(
  tf: Tf,
  weights: Weights,
  prefix: string,
  kind: 'tanh' | 'additive' | 'dot',
  hidden: Tensor,
): Tensor {
  const of = (name: string): Tensor => weights.of(`${prefix}.${name}`);
  switch (kind) {
    case 'tanh':
      return tf.tanh(tf.add(project(tf, hidden, of('weight')), of('bias')));
    case 'additive':
      return project(tf, tf.tanh(dense(tf, hidden, of('projection'), of('projection_bias'))), of('context'));
    case 'dot':
      return tf.div(project(tf, hidden, of('query')), Math.sqrt(hidden.shape[1]!));
  }
}

/** scores [M, 1] → weights [M, 1]: through a matrix [N, steps] that is −∞ where there is no step. */
function softmax(tf: Tf, { rows, sequences, steps, rankOf, stepOf }: Ragged, scores: Tensor): Tensor {
  const nowhere = tf.fill([1, 1], Number.NEGATIVE_INFINITY);
  const rowOf = new Int32Array(sequences * steps).fill(rows);
  const placeOf = rankOf.map((rank, row) => rank * steps + stepOf[row]!);
  placeOf.forEach((place, row) => {
    rowOf[place] = row;
  });
  const padded = tf.reshape(lookUp(tf, tf.concat([scores, nowhere], 0), rowOf), [sequences, steps]);
  return lookUp(tf, tf.reshape(tf.softmax(padded), [sequences * steps, 1]), placeOf);
}
