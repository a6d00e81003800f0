/**
 * A model whose network and gradients are tfjs's.
 *
 * Weights live in the caller's arrays and become tensors for the time of a call, so no tensor outlives one. Batches are
 * computed in parts, because automatic differentiation keeps every intermediate result.
 */
import type { Batch } from '../../token/index.ts';
import { drawMask } from '../dropout.ts';
import type { EngineFacts, Model, Parameter } from '../model.ts';
import type { TrainingChoices } from '../network.ts';
import type { AttentionKind, NetworkShape } from '../shape.ts';
import { type Attended, fixedWeights } from './attention.ts';
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
}

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
  const { shape, parameters, classWeights = null, masks = null } = network;
  check(shape, batch);
  if (batch.size === 0) throw new RangeError('a batch of 0 sessions has no loss');
  const sums = parameters.map(({ data }) => new Float32Array(data.length));
  let loss = 0;
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
        const pass = forward(tf, shape, byName(shape, parameters, x), layout, rows);
        logits = pass.logits.dataSync();
        return crossEntropy(tf, pass.logits, labels, weight);
      })(tensors);
      loss += value.dataSync()[0]!;
      labels.forEach((label, i) => {
        if (greatest(logits, i * shape.classes, shape.classes) === label) correct++;
      });
      addGradients(shape, parameters, grads, sums);
    });
  }
  const gradients = parameters.map(({ name, shape: size }, i) => ({ name, shape: size, data: sums[i]! }));
  return { loss, correct, gradients };
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
      const found = lossAndGradients(tf, { shape, parameters, classWeights, masks }, batch);
      const gradientNorm = optimizer.step(
        found.gradients.map((g) => g.data),
        learningRate,
      );
      meanwhile?.();
      return { loss: found.loss, correct: found.correct, gradientNorm };
    },
    predict(batch, out, meanwhile) {
      infer(batch, (from, layout, pass) => takeProbabilities(from, layout, pass, out));
      meanwhile?.();
    },
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
