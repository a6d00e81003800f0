/** The decoder in tfjs: the equations of engine/reference/decoder.ts, without their order of operations. */
import type { Batch } from '../../token/index.ts';
import type { NetworkShape } from '../shape.ts';
import { dense, lookUp, repeatRow } from './operations.ts';
import type { Layout, Ragged } from './ragged.ts';
import type { Tensor, Tf } from './tensor.ts';
import type { Weights } from './weights.ts';

/** Where everything of a part is: [M] each, M the real tokens. */
interface Places {
  /** The token before in the packet, and the packet before in the session, as rows + 1; 0 where there is none. */
  readonly before: Int32Array;
  readonly context: Int32Array;
  /** Which session of the part it belongs to. */
  readonly session: Int32Array;
}

/** ln p of every symbol at every real token, [M, V]. */
export function logProbabilities(
  tf: Tf,
  { vocabulary, decoder }: NetworkShape,
  weights: Weights,
  { before, context }: Places,
  hidden: { readonly packet: Tensor; readonly session: Tensor },
): Tensor {
  const K = decoder!.units;
  const bias = weights.of('decoder.context_bias');
  const none = tf.zeros([1, K]) as Tensor;
  const prefixes = tf.concat([none, tf.matMul(hidden.packet, weights.of('decoder.prefix'))], 0);
  const contexts = tf.concat([none, tf.matMul(hidden.session, weights.of('decoder.context'))], 0);
  const v = tf.add(lookUp(tf, contexts, context), repeatRow(tf, bias, context.length));
  const o = tf.tanh(tf.add(lookUp(tf, prefixes, before), v));
  const z = dense(tf, o as Tensor, weights.of('decoder.output'), weights.of('decoder.output_bias'));
  return tf.reshape(tf.logSoftmax(z), [before.length, vocabulary]);
}

/** Where the tokens of a part stand. */
export function placesOf({ packets, sessions, place }: Layout, maxPackets: number): Places {
  const packetRow = rowsOf(packets);
  const sessionRow = rowsOf(sessions);
  const M = packets.rows;
  const [before, context, session] = [new Int32Array(M), new Int32Array(M), new Int32Array(M)];
  for (let i = 0; i < M; i++) {
    const t = packets.stepOf[i]!;
    const at = place[packets.order[packets.rankOf[i]!]!]!;
    const b = Math.floor(at / maxPackets);
    const p = at % maxPackets;
    session[i] = b;
    before[i] = t === 0 ? 0 : 1 + packetRow(packets.rankOf[i]!, t - 1);
    context[i] = p === 0 ? 0 : 1 + sessionRow(sessions.rank[b]!, p - 1);
  }
  return { before, context, session };
}

/** The row of a step of a rank. */
function rowsOf({ active }: Ragged): (rank: number, step: number) => number {
  const start = [0];
  for (const n of active) start.push(start.at(-1)! + n);
  return (rank, step) => start[step]! + rank;
}

/** Σ weight · −ln p(token) over the tokens of sessions of class 0, and Σ −ln p of them. */
export function decoderLoss(
  tf: Tf,
  log: Tensor,
  { tokens }: Layout,
  { session }: Places,
  { labels }: Pick<Batch, 'labels'>,
  weight: number,
): { readonly loss: Tensor; readonly nats: number } {
  const V = log.shape[1]!;
  const chosen = new Float32Array(tokens.length * V);
  tokens.forEach((token, i) => {
    if (labels[session[i]!] === 0) chosen[i * V + token] = 1;
  });
  const nats = tf.neg(tf.sum(tf.mul(log, tf.tensor2d(chosen, [tokens.length, V]))));
  return { loss: tf.mul(nats, weight), nats: nats.dataSync()[0]! };
}
