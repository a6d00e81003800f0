/**
 * A model whose network and gradients are tfjs's.
 *
 * Weights live in the caller's arrays and become tensors for the time of a call, so no tensor outlives one. Batches are
 * computed in parts, because automatic differentiation keeps every intermediate result.
 */
import { type Decoding, type LatentStep, learnedTokens } from '../../engine/index.ts';
import type { Batch } from '../../token/index.ts';
import { drawMask } from '../dropout.ts';
import { createLatents } from '../latents.ts';
import { meanNats, withNats } from '../loss.ts';
import type { EngineFacts, Model, Parameter } from '../model.ts';
import type { TrainingChoices } from '../network.ts';
import type { AttentionKind, NetworkShape } from '../shape.ts';
import { type Attended, fixedWeights } from './attention.ts';
import { decoderLoss, divergenceOf, latentOf, logProbabilities, placesOf } from './decoder.ts';
import { type LoadedTfjs, loadTfjs } from './load.ts';
import { crossEntropy, type ForwardPass, forward } from './network.ts';
import { createOptimizer } from './optimizer.ts';
import { layOutBatch, type Ragged, type RaggedBatch } from './ragged.ts';
import type { Tf } from './tensor.ts';
import { addGradients, byName, toTensors } from './weights.ts';

/** Sessions of a part. At the article's sizes a part of 64 holds about 200 MB in training. */
const PART = 64;

export interface LossAndGradients {
  /** Mean cross-entropy in nats, weighted by class. */
  readonly loss: number;
  /** Mean of the decoder's −ln p a token, of the sessions of class 0; absent without a decoder. */
  readonly nats?: number;
  /** Mean divergence of their latent vectors from the prior; absent without any. */
  readonly divergence?: number;
  readonly correct: number;
  /** dLoss/dParameter, in the order of the parameters. */
  readonly gradients: readonly Parameter[];
}

/** What a network's loss depends on beside the batch. */
export interface Differentiated {
  readonly shape: NetworkShape;
  readonly parameters: readonly Parameter[];
  readonly classWeights?: readonly number[] | null;
  /** [B, units] of each hidden head layer; nothing is dropped without. */
  readonly masks?: readonly Float32Array[] | null;
  /** Where latent vectors are drawn from; without, they are their means. */
  readonly latent?: LatentStep | null;
}

const NO_DRAW = { noise: null, beta: 1 };

/** Sessions from … to − 1 of a batch. */
function part(batch: Batch, from: number, to: number): Batch {
  const { maxPackets: P, maxTokens: T } = batch;
  return {
    size: to - from,
    maxPackets: P,
    maxTokens: T,
    packets: batch.packets.subarray(from, to),
    lengths: batch.lengths.subarray(from * P, to * P),
    tokens: batch.tokens.subarray(from * P * T, to * P * T),
    labels: batch.labels.subarray(from, to),
  };
}

function* parts(batch: Batch): Generator<{ from: number; to: number; sessions: Batch }> {
  for (let from = 0; from < batch.size; from += PART) {
    const to = Math.min(from + PART, batch.size);
    yield { from, to, sessions: part(batch, from, to) };
  }
}

function check(shape: NetworkShape, batch: Batch): void {
  if (batch.maxPackets !== shape.maxPackets || batch.maxTokens !== shape.maxTokens)
    throw new RangeError(
      `batch of ${batch.maxPackets} packets × ${batch.maxTokens} tokens, the network takes ${shape.maxPackets} × ${shape.maxTokens}`,
    );
}

/** Place of the greatest of `classes` numbers, the first of equals. */
function greatest(values: ArrayLike<number>, at: number, classes: number): number {
  let best = 0;
  for (let c = 1; c < classes; c++) if (values[at + c]! > values[at + best]!) best = c;
  return best;
}

/**
 * Loss of a batch and its gradients, by automatic differentiation.
 *
 * @throws RangeError when the batch is empty or does not fit the shape.
 */
export function lossAndGradients(tf: Tf, network: Differentiated, batch: Batch): LossAndGradients {
  const { shape, parameters, classWeights = null, masks = null, latent = null } = network;
  check(shape, batch);
  if (batch.size === 0) throw new RangeError('a batch of 0 sessions has no loss');
  const sums = parameters.map(({ data }) => new Float32Array(data.length));
  const among = shape.decoder == null ? 0 : learnedTokens(batch);
  const decoderWeight = among === 0 ? 0 : shape.decoder!.weight / among;
  let loss = 0;
  let nats = 0;
  let divergence = 0;
  let correct = 0;
  for (const { from, sessions } of parts(batch)) {
    const layout = layOutBatch(sessions, shape.vocabulary);
    const order = [...layout.sessions.order];
    const labels = order.map((b) => sessions.labels[b]!);
    const weight = labels.map((label) => (classWeights?.[label] ?? 1) / batch.size);
    const rows = masks?.map((mask, i) => byRank(mask, shape.head[i]!, order, from)) ?? null;
    tf.tidy(() => {
      const tensors = toTensors(tf, shape, parameters);
      let logits: ArrayLike<number> = [];
      const { value, grads } = tf.valueAndGrads((...x) => {
        const named = byName(shape, parameters, x);
        const outcome = forward(tf, shape, named, layout, rows);
        logits = outcome.logits.dataSync();
        const classified = crossEntropy(tf, outcome.logits, labels, weight);
        loss += classified.dataSync()[0]!;
        if (shape.decoder == null) return classified;
        const all = shape.maxPackets * shape.maxTokens;
        const places = placesOf(layout, shape, latent?.hidden?.subarray(from * all) ?? null);
        const hidden = { packet: outcome.packet.hidden, session: outcome.session.hidden };
        const drawn = shape.decoder.latent == null ? null : (latent ?? NO_DRAW);
        const noise = drawn?.noise && byRank(drawn.noise, shape.decoder.latent!.units, order, from);
        const vectors = outcome.session.summary;
        const latents = drawn && latentOf(tf, named, vectors, noise ?? null, false);
        const log = logProbabilities(tf, shape, named, places, hidden, latents);
        const decoded = decoderLoss(tf, log, layout, places, sessions, decoderWeight);
        nats += decoded.nats;
        const whole = tf.add(classified, decoded.loss) as typeof classified;
        if (latents === null) return whole;
        const cost = divergenceOf(tf, latents, labels, shape.decoder.latent!.freeNats);
        divergence += cost.nats;
        return tf.add(whole, tf.mul(cost.cost, decoderWeight * drawn!.beta));
      })(tensors);
      value.dispose();
      labels.forEach((label, i) => {
        if (greatest(logits, i * shape.classes, shape.classes) === label) correct++;
      });
      addGradients(shape, parameters, grads, sums);
    });
  }
  const gradients = parameters.map(({ name, shape: size }, i) => ({ name, shape: size, data: sums[i]! }));
  const mean = meanNats(shape, among, nats);
  let learned = 0;
  for (let b = 0; b < batch.size; b++) if (batch.labels[b] === 0) learned++;
  const told = shape.decoder?.latent == null ? {} : { divergence: learned === 0 ? 0 : divergence / learned };
  const found = { loss, correct, gradients, ...told };
  return mean === null ? found : withNats(found, mean, classWeights);
}

/** Rows of a mask [B, units] in the order of the ranks of a part. */
function byRank(mask: Float32Array, units: number, order: readonly number[], from: number): Float32Array {
  const rows = new Float32Array(order.length * units);
  order.forEach((b, rank) => {
    rows.set(mask.subarray((from + b) * units, (from + b + 1) * units), rank * units);
  });
  return rows;
}

/** A model on tfjs, trained in place of its parameters, and what computes it. It is not bit-exact. */
export async function createTfjsModel(
  shape: NetworkShape,
  parameters: readonly Parameter[],
  training: TrainingChoices,
  threads: number,
): Promise<{ model: Model; facts: EngineFacts }> {
  const loaded = await loadTfjs(threads);
  return { model: createTfjsNetwork(loaded.tf, shape, parameters, training), facts: factsOf(loaded) };
}

function factsOf({ backend, version, threads, notes }: LoadedTfjs): EngineFacts {
  return {
    engine: 'tfjs',
    variant: `${backend} ${version}`,
    threads,
    exact: false,
    notes: [
      'the tfjs engine is not bit-exact: another machine or backend gives slightly different numbers',
      ...notes,
    ],
  };
}

function createTfjsNetwork(
  tf: Tf,
  shape: NetworkShape,
  parameters: readonly Parameter[],
  training: TrainingChoices,
): Model {
  const { capacity, classWeights, seed } = training;
  const optimizer = createOptimizer(parameters, training.clipNorm, training.optimizer);
  const latents = createLatents(shape, capacity, training);
  let steps = 0;

  function checkSize(batch: Batch): void {
    check(shape, batch);
    if (batch.size > capacity)
      throw new RangeError(`batch of ${batch.size} sessions, capacity is ${capacity}`);
  }

  /** The masks that the kernels' network draws at this step, [B, units] of each hidden head layer. */
  function masksOf(size: number): Float32Array[] {
    return shape.head.map((units, layer) => {
      const mask = new Float32Array(size * units);
      drawMask(mask, shape.dropout, seed, layer, steps);
      return mask;
    });
  }

  /** Runs the network on each part, and hands its tensors out before they are freed. */
  function infer(batch: Batch, take: (from: number, layout: RaggedBatch, pass: ForwardPass) => void): void {
    checkSize(batch);
    for (const { from, sessions } of parts(batch)) {
      const layout = layOutBatch(sessions, shape.vocabulary);
      tf.tidy(() => {
        const weights = byName(shape, parameters, toTensors(tf, shape, parameters));
        take(from, layout, forward(tf, shape, weights, layout, null));
      });
    }
  }

  function takeProbabilities(from: number, layout: RaggedBatch, pass: ForwardPass, out: Float32Array): void {
    const C = shape.classes;
    const values = tf.softmax(pass.logits).dataSync<'float32'>();
    layout.sessions.order.forEach((b, rank) => {
      out.set(values.subarray(rank * C, (rank + 1) * C), (from + b) * C);
    });
  }

  return {
    parameters,
    capacity,
    trainStep(batch, learningRate, meanwhile) {
      checkSize(batch);
      const masks = shape.dropout > 0 ? masksOf(batch.size) : null;
      steps++;
      const latent = latents?.draw(batch.size) ?? null;
      const found = lossAndGradients(tf, { shape, parameters, classWeights, masks, latent }, batch);
      const gradientNorm = optimizer.step(
        found.gradients.map((g) => g.data),
        learningRate,
      );
      meanwhile?.();
      const { gradients: _, ...step } = found;
      return { ...step, gradientNorm };
    },
    predict(batch, out, meanwhile) {
      infer(batch, (from, layout, pass) => takeProbabilities(from, layout, pass, out));
      meanwhile?.();
    },
    ...(shape.decoder == null
      ? {}
      : {
          latentUnits: shape.decoder.latent?.units ?? 0,
          decode(batch: Batch, { surprise: out, noise, withoutLatent = false, posterior }: Decoding): void {
            const Z = shape.decoder!.latent?.units ?? 0;
            infer(batch, (from, layout, { packet, session }) => {
              const weights = byName(shape, parameters, toTensors(tf, shape, parameters));
              const places = placesOf(layout, shape);
              const hidden = { packet: packet.hidden, session: session.hidden };
              const ranks = [...layout.sessions.order];
              const drawn = noise === undefined || Z === 0 ? null : byRank(noise, Z, ranks, from);
              const latent = Z === 0 ? null : latentOf(tf, weights, session.summary, drawn, withoutLatent);
              const log = logProbabilities(tf, shape, weights, places, hidden, latent).dataSync();
              if (latent !== null && posterior !== undefined) {
                const [mean, deviation] = [latent.mean.dataSync(), latent.deviation.dataSync()];
                ranks.forEach((b, rank) => {
                  const at = (from + b) * 2 * Z;
                  posterior.set(mean.subarray(rank * Z, (rank + 1) * Z), at);
                  posterior.set(deviation.subarray(rank * Z, (rank + 1) * Z), at + Z);
                });
              }
              const { order, rankOf, stepOf } = layout.packets;
              layout.tokens.forEach((token, i) => {
                const at = from * shape.maxPackets + layout.place[order[rankOf[i]!]!]!;
                out[at * shape.maxTokens + stepOf[i]!] = -log[i * shape.vocabulary + token]!;
              });
            });
          },
        }),
    attend(batch) {
      const { maxPackets: P, maxTokens: T } = shape;
      const places = batch.size * P;
      const result = {
        probabilities: new Float32Array(batch.size * shape.classes),
        tokenScores: new Float32Array(places * T).fill(Number.NaN),
        tokenWeights: new Float32Array(places * T),
        packetScores: new Float32Array(places).fill(Number.NaN),
        packetWeights: new Float32Array(places),
      };
      infer(batch, (from, layout, pass) => {
        takeProbabilities(from, layout, pass, result.probabilities);
        const placeOf = (sequence: number): number => (from * P + layout.place[sequence]!) * T;
        spread(
          layout.packets,
          shape.packet.attention,
          pass.packet,
          placeOf,
          result.tokenScores,
          result.tokenWeights,
        );
        const sessionAt = (b: number): number => (from + b) * P;
        spread(
          layout.sessions,
          shape.session.attention,
          pass.session,
          sessionAt,
          result.packetScores,
          result.packetWeights,
        );
      });
      return result;
    },
    moments: optimizer.moments,
    continueAfter(done) {
      steps = done;
      latents?.continueAfter(done);
      optimizer.continueAfter(done);
    },
    parametersChanged() {}, // every call reads the arrays
    dispose() {}, // every call frees what it made
  };
}

/** Writes scores and weights of each real step to its place; the steps of a sequence are neighbours there. */
function spread(
  { order, rankOf, stepOf, ...rest }: Ragged,
  kind: AttentionKind,
  attended: Attended,
  placeOf: (sequence: number) => number,
  scores: Float32Array,
  weights: Float32Array,
): void {
  const given =
    kind === 'none' || kind === 'mean' ? fixedWeights(kind, { order, rankOf, stepOf, ...rest }) : null;
  const score = attended.scores?.dataSync();
  const weight = given ?? attended.weights!.dataSync();
  rankOf.forEach((rank, row) => {
    const at = placeOf(order[rank]!) + stepOf[row]!;
    if (score !== undefined) scores[at] = score[row]!;
    weights[at] = weight[row]!;
  });
}
