/** Recurrent cells: one step of n sequences at once, as in their papers. */
import type { Cell } from '../../engine/index.ts';
import { repeatRow } from './operations.ts';
import type { Tensor, Tf } from './tensor.ts';
import type { Weights } from './weights.ts';

export interface State {
  /** [n, H]. */
  readonly h: Tensor;
  /** [n, H]: the lstm's cell state; of no use to others. */
  readonly c: Tensor;
}

/** x: the input's part of each gate, [n, H] a gate. */
export type Step = (x: readonly Tensor[], before: State) => State;

/**
 * The step of a cell, with the weights of a layer: the equations of engine/reference/, one file a cell, without their
 * order of operations.
 */
export function stepOf(tf: Tf, cell: Cell, weights: Weights, layer: string): Step {
  const U = weights.gates(`${layer}.recurrent`);
  const gate = (x: readonly Tensor[], h: Tensor, g: number): Tensor => tf.add(x[g]!, tf.matMul(h, U[g]!));
  const between = (z: Tensor, h: Tensor, n: Tensor): Tensor => tf.add(n, tf.mul(z, tf.sub(h, n)));
  switch (cell) {
    case 'gru': {
      const bias = weights.of(`${layer}.recurrent_bias`);
      return (x, { h, c }) => {
        const r = tf.sigmoid(gate(x, h, 0));
        const z = tf.sigmoid(gate(x, h, 1));
        const q = tf.add(tf.matMul(h, U[2]!), repeatRow(tf, bias, h.shape[0]!));
        const n = tf.tanh(tf.add(x[2]!, tf.mul(r, q)));
        return { h: between(z, h, n), c };
      };
    }
    case 'gru-reset-before':
      return (x, { h, c }) => {
        const r = tf.sigmoid(gate(x, h, 0));
        const z = tf.sigmoid(gate(x, h, 1));
        const n = tf.tanh(gate(x, tf.mul(r, h), 2));
        return { h: between(z, h, n), c };
      };
    case 'lstm':
      return (x, { h, c: before }) => {
        const i = tf.sigmoid(gate(x, h, 0));
        const f = tf.sigmoid(gate(x, h, 1));
        const g = tf.tanh(gate(x, h, 2));
        const o = tf.sigmoid(gate(x, h, 3));
        const c = tf.add(tf.mul(f, before), tf.mul(i, g));
        return { h: tf.mul(o, tf.tanh(c)), c };
      };
    case 'rnn':
      return (x, { h, c }) => ({ h: tf.tanh(gate(x, h, 0)), c });
  }
}
