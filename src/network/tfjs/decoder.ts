/** The decoder in tfjs: the equations of engine/reference/decoder.ts, without their order of operations. */
import type { Batch } from '../../token/index.ts';
import type { NetworkShape } from '../shape.ts';
import { dense, lookUp, repeatRow } from './operations.ts';
import type { Ragged, RaggedBatch } from './ragged.ts';
import type { Tensor, Tf } from './tensor.ts';
import type { Weights } from './weights.ts';

/** Where everything of a part is: [M] each, M the real tokens. */
interface Places {
  /** The token before in the packet, and the packet before in the session, as rows + 1; 0 where there is none. */
  readonly before: Int32Array;
  readonly context: Int32Array;
  /** Which session of the part it belongs to, and which rank that has. */
  readonly session: Int32Array;
  readonly rank: Int32Array;
}

/** The latent vectors of the sessions of a part, by rank. */
export interface Latent {
  /** [n, Z]. */
  readonly mean: Tensor;
  readonly deviation: Tensor;
  readonly z: Tensor;
}

/**
 * The equations of engine/reference/latent.ts.
 *
 * @param noise [n, Z] by rank; null: 0
 */
export function latentOf(
  tf: Tf,
  weights: Weights,
  vectors: Tensor,
  noise: Float32Array | null,
  without: boolean,
): Latent {
  const q = dense(tf, vectors, weights.of('latent.posterior'), weights.of('latent.posterior_bias'));
  const [mean, l] = tf.split(q, 2, 1) as [Tensor, Tensor];
  const deviation = tf.add(tf.mul(tf.sigmoid(l), 0.99), 0.01) as Tensor;
  const drawn = noise === null ? tf.zerosLike(mean) : tf.tensor2d(noise, mean.shape as [number, number]);
  const z = tf.add(tf.mul(deviation, drawn), mean) as Tensor;
  return { mean, deviation, z: without ? tf.mul(z, 0) : z };
}

/** Σ max(KL, free) over units and over the sessions of class 0, and Σ KL of them. */
export function divergenceOf(
  tf: Tf,
  { mean, deviation }: Latent,
  labels: readonly number[],
  freeNats: number,
): { readonly cost: Tensor; readonly nats: number } {
  const Z = mean.shape[1]!;
  const learned = tf.tensor2d(
    labels.flatMap((label) => new Array<number>(Z).fill(label === 0 ? 1 : 0)),
    [labels.length, Z],
  );
  const squares = tf.add(tf.square(mean), tf.square(deviation));
  const kl = tf.sub(tf.mul(tf.sub(squares, 1), 0.5), tf.log(deviation));
  const nats = tf.sum(tf.mul(kl, learned)).dataSync()[0]!;
  return { cost: tf.sum(tf.mul(tf.maximum(kl, freeNats), learned)), nats };
}

/** ln p of every symbol at every real token, [M, V]. */
export function logProbabilities(
  tf: Tf,
  { vocabulary, decoder }: NetworkShape,
  weights: Weights,
  { before, context, rank }: Places,
  hidden: { readonly packet: Tensor; readonly session: Tensor },
  latent: Latent | null,
): Tensor {
  const K = decoder!.units;
  const bias = weights.of('decoder.context_bias');
  const none = tf.zeros([1, K]) as Tensor;
  const prefixes = tf.concat([none, tf.matMul(hidden.packet, weights.of('decoder.prefix'))], 0);
  const contexts = tf.concat([none, tf.matMul(hidden.session, weights.of('decoder.context'))], 0);
  const told = tf.add(lookUp(tf, contexts, context), repeatRow(tf, bias, context.length));
  const v =
    latent === null
      ? told
      : tf.add(told, lookUp(tf, tf.matMul(latent.z, weights.of('latent.project')), rank));
  const o = tf.tanh(tf.add(lookUp(tf, prefixes, before), v));
  const z = dense(tf, o as Tensor, weights.of('decoder.output'), weights.of('decoder.output_bias'));
  return tf.reshape(tf.logSoftmax(z), [before.length, vocabulary]);
}

/** Where the tokens of a part stand. */
export function placesOf(
  { packets, sessions, place }: RaggedBatch,
  { maxPackets, maxTokens }: NetworkShape,
  hidden: Uint8Array | null = null,
): Places {
  const packetRow = rowsOf(packets);
  const sessionRow = rowsOf(sessions);
  const M = packets.rows;
  const [before, context, session, rank] = [0, 1, 2, 3].map(() => new Int32Array(M)) as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  for (let i = 0; i < M; i++) {
    const t = packets.stepOf[i]!;
    const at = place[packets.order[packets.rankOf[i]!]!]!;
    const b = Math.floor(at / maxPackets);
    const p = at % maxPackets;
    session[i] = b;
    rank[i] = sessions.rank[b]!;
    before[i] = t === 0 || hidden?.[at * maxTokens + t] === 1 ? 0 : 1 + packetRow(packets.rankOf[i]!, t - 1);
    context[i] = p === 0 ? 0 : 1 + sessionRow(sessions.rank[b]!, p - 1);
  }
  return { before, context, session, rank };
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
  { tokens }: RaggedBatch,
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
