/** The network of the article in tfjs: tokens → packet vectors → session vectors → logits; and its loss. */
import type { NetworkShape } from '../shape.ts';
import type { Attended } from './attention.ts';
import { encode, inputGates } from './encoder.ts';
import { dense, lookUp, repeatRow } from './operations.ts';
import type { RaggedBatch } from './ragged.ts';
import type { Tensor, Tf } from './tensor.ts';
import type { Weights } from './weights.ts';

export interface ForwardPass {
  /** [B, C], sessions by rank. */
  readonly logits: Tensor;
  readonly packet: Attended;
  readonly session: Attended;
}

/** @param masks dropout masks [B, units] of the hidden head layers, sessions by rank; null when nothing is dropped. */
export function forward(
  tf: Tf,
  shape: NetworkShape,
  weights: Weights,
  layout: RaggedBatch,
  masks: readonly Float32Array[] | null,
): ForwardPass {
  // One-hot tokens times a matrix are its rows: x·W + b of every token is looked up in one table a gate.
  const bias = weights.gates('packet.0.bias');
  const tables = weights
    .gates('packet.0.input')
    .map((w, g) => tf.add(w, repeatRow(tf, bias[g]!, shape.vocabulary)));
  const read = tables.map((table) => lookUp(tf, table, layout.tokens));
  const packet = encode(tf, weights, 'packet', shape.cell, shape.packet, layout.packets, read);
  const vectors = lookUp(tf, packet.summary, layout.read);
  const gates = inputGates(tf, weights, 'session.0', vectors);
  const session = encode(tf, weights, 'session', shape.cell, shape.session, layout.sessions, gates);
  let x = session.summary;
  shape.head.forEach((units, i) => {
    x = dense(tf, x, weights.of(`head.${i}.weight`), weights.of(`head.${i}.bias`));
    if (shape.layerNorm) x = layerNorm(tf, x, weights.of(`head.${i}.gain`), weights.of(`head.${i}.shift`));
    x = shape.activation === 'tanh' ? tf.tanh(x) : tf.relu(x);
    if (masks !== null) x = tf.mul(x, tf.tensor2d(masks[i]!, [x.shape[0]!, units]));
  });
  return { logits: dense(tf, x, weights.of('output.weight'), weights.of('output.bias')), packet, session };
}

/** gain ⊙ (x − mean) / √(var + 1e-5) + shift over each row (J. L. Ba et al., 2016). */
function layerNorm(tf: Tf, x: Tensor, gain: Tensor, shift: Tensor): Tensor {
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const variance = tf.mean(tf.square(centred), 1, true);
  return tf.add(tf.mul(tf.div(centred, tf.sqrt(tf.add(variance, 1e-5))), gain), shift);
}

/** −Σ weight_b ln p_b(label_b); labels and weights by rank. */
export function crossEntropy(
  tf: Tf,
  logits: Tensor,
  labels: readonly number[],
  weight: readonly number[],
): Tensor {
  const classes = logits.shape[1]!;
  const chosen = new Float32Array(labels.length * classes);
  labels.forEach((label, b) => {
    chosen[b * classes + label] = weight[b]!;
  });
  const log = tf.logSoftmax(logits);
  return tf.neg(tf.sum(tf.mul(log, tf.tensor2d(chosen, [labels.length, classes]))));
}
