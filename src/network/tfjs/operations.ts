/**
 * A few operations in terms of tfjs's own, chosen for backends on which broadcasting, slicing columns and the gradient of
 * a look-up are slow (the plain JavaScript one compares every row with every index for the last).
 */
import type { Tensor, Tf } from './tensor.ts';

const column = (tf: Tf, index: Int32Array): Tensor => tf.tensor2d(index, [index.length, 1], 'int32');

/** out[i] = x[index[i]], rows of x [R, H] → [index.length, H]; gradient: rows are added where they came from. */
export function lookUp(tf: Tf, x: Tensor, index: Int32Array): Tensor {
  const shape = x.shape;
  const look = tf.customGrad((table) => ({
    value: tf.gather(table as Tensor, tf.tensor1d(index, 'int32')),
    // Indices are made anew, because what the forward pass makes is gone when gradients are asked for.
    gradFunc: (dy: Tensor) => tf.scatterND(column(tf, index), dy, shape),
  }));
  return look(x);
}

/** out[r] = Σ of the rows x[i] with index[i] = r, [index.length, H] → [rows, H]: the transpose of lookUp. */
export function sumRows(tf: Tf, x: Tensor, index: Int32Array, rows: number): Tensor {
  const width = x.shape[1]!;
  const sum = tf.customGrad((from) => ({
    value: tf.scatterND(column(tf, index), from as Tensor, [rows, width]) as Tensor,
    gradFunc: (dy: Tensor) => tf.gather(dy, tf.tensor1d(index, 'int32')),
  }));
  return sum(x);
}

/** The same row [H] n times, [n, H]. */
export const repeatRow = (tf: Tf, row: Tensor, n: number): Tensor =>
  tf.matMul(tf.ones([n, 1]), tf.reshape(row, [1, row.size]));

/** The same column [n, 1] H times, [n, H]. */
export const repeatColumn = (tf: Tf, values: Tensor, width: number): Tensor =>
  tf.matMul(values, tf.ones([1, width]));

/** x·W + b, [n, in]·[in, out]. */
export const dense = (tf: Tf, x: Tensor, weight: Tensor, bias: Tensor): Tensor =>
  tf.add(tf.matMul(x, weight), repeatRow(tf, bias, x.shape[0]!));

/** x·w for a vector w [in]: [n, in] → [n, 1]. */
export const project = (tf: Tf, x: Tensor, vector: Tensor): Tensor =>
  tf.matMul(x, tf.reshape(vector, [vector.size, 1]));
