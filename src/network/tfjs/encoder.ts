/** Packet and session encoders: recurrent layers over ragged sequences, with attention on top. */
import type { Cell } from '../../engine/index.ts';
import type { LevelShape } from '../shape.ts';
import { type Attended, attend } from './attention.ts';
import { type State, stepOf } from './cells.ts';
import { dense, repeatRow } from './operations.ts';
import type { Ragged } from './ragged.ts';
import type { Tensor, Tf } from './tensor.ts';
import type { Weights } from './weights.ts';

/**
 * One vector a sequence, [N, H], sequences by rank.
 *
 * @param gates the input's part of the lowest layer's gates, x·W + b: [M, H] a gate.
 */
export function encode(
  tf: Tf,
  weights: Weights,
  prefix: 'packet' | 'session',
  cell: Cell,
  level: LevelShape,
  ragged: Ragged,
  gates: readonly Tensor[],
): Attended {
  let x = gates;
  let hidden: Tensor | undefined;
  for (let l = 0; l < level.layers; l++) {
    const layer = `${prefix}.${l}`;
    if (hidden !== undefined) x = inputGates(tf, weights, layer, hidden);
    hidden = run(tf, weights, layer, cell, level, ragged, x);
  }
  return attend(tf, weights, `${prefix}.attention`, level.attention, ragged, hidden!);
}

/** x·W + b of a layer, one tensor a gate. */
export function inputGates(tf: Tf, weights: Weights, layer: string, x: Tensor): readonly Tensor[] {
  const bias = weights.gates(`${layer}.bias`);
  return weights.gates(`${layer}.input`).map((w, g) => dense(tf, x, w, bias[g]!));
}

/** Outputs of one layer at all real steps, [M, H]. */
function run(
  tf: Tf,
  weights: Weights,
  layer: string,
  cell: Cell,
  level: LevelShape,
  { active, sequences }: Ragged,
  gates: readonly Tensor[],
): Tensor {
  const step = stepOf(tf, cell, weights, layer);
  // The gradient of a split into one part fails in tfjs.
  const x = gates.map((g) => (active.length === 1 ? [g] : tf.split(g, [...active], 0)));
  let state = firstState(tf, weights, layer, level, sequences);
  const outputs = active.map((n, t) => {
    state = step(
      x.map((parts) => parts[t]!),
      { h: firstRows(tf, state.h, n), c: firstRows(tf, state.c, n) },
    );
    return state.h;
  });
  return tf.concat(outputs, 0);
}

/** The same state before the first step of every sequence. */
function firstState(
  tf: Tf,
  weights: Weights,
  layer: string,
  { units, initialState }: LevelShape,
  sequences: number,
): State {
  const zero = tf.zeros([sequences, units]) as Tensor;
  if (initialState !== 'learned') return { h: zero, c: zero };
  const initial = weights.of(`${layer}.initial_state`);
  const [h, c] = initial.rank === 1 ? [initial] : tf.split(initial, 2, 0);
  return { h: repeatRow(tf, h!, sequences), c: c === undefined ? zero : repeatRow(tf, c, sequences) };
}

/** The first n rows: sequences of lower ranks have ended. Split, because the gradient of slice is slow. */
function firstRows(tf: Tf, x: Tensor, n: number): Tensor {
  const rows = x.shape[0]!;
  return rows === n ? x : tf.split(x, [n, rows - n], 0)[0]!;
}
