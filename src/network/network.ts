/**
 * The network of the article, on kernels: packet encoder → session encoder → head.
 *
 *   tokens [B, P, T] → packet vectors [B, P, H] → session vector [B, S] → logits [B, C]
 */
import type { Kernels } from '../engine/index.ts';
import type { Batch } from '../token/index.ts';
import { createEncoder } from './encoder.ts';
import { createGradients, type Gradients } from './gradients.ts';
import { createHead } from './head.ts';
import { crossEntropy, softmax } from './loss.ts';
import type { Attention, Model, Parameter, StepResult } from './model.ts';
import { createOptimizer, type OptimizerChoice } from './optimizer.ts';
import type { NetworkShape } from './shape.ts';
import { packetTrees, sessionTrees } from './tree.ts';

/** A model whose gradients can be looked at; for tests and for those who build on it. */
export interface KernelModel extends Model {
  readonly gradients: Gradients;
  /** Loss and gradients of a batch, without a step. */
  lossAndGradients(batch: Batch): { readonly loss: number; readonly correct: number };
  /** Logits [B, C] of a batch; valid until the next call. */
  logits(batch: Batch): Float32Array;
}

/** How a network is trained. */
export interface TrainingChoices {
  /** Sessions of a batch at most. */
  readonly capacity: number;
  readonly clipNorm: number | null;
  readonly optimizer: OptimizerChoice;
  /** [C]: weight of each class in the loss; all 1 when null. */
  readonly classWeights: readonly number[] | null;
  /** Of the dropout masks. */
  readonly seed: number;
}

/** The network on these kernels, with these parameters (trained in place). */
export function createNetwork(
  kernels: Kernels,
  shape: NetworkShape,
  parameters: readonly Parameter[],
  training: TrainingChoices,
): KernelModel {
  const { maxPackets, maxTokens, classes } = shape;
  const { capacity } = training;
  const gradients = createGradients(parameters);
  const packets = packetTrees(capacity, maxPackets, maxTokens, shape.vocabulary);
  const sessions = sessionTrees(capacity, maxPackets);
  const packetEncoder = createEncoder({
    kernels,
    prefix: 'packet',
    cell: shape.cell,
    level: shape.packet,
    sequences: capacity * maxPackets,
    steps: maxTokens,
    gradients,
    inputs: shape.vocabulary,
  });
  const sessionEncoder = createEncoder({
    kernels,
    prefix: 'session',
    cell: shape.cell,
    level: shape.session,
    sequences: capacity,
    steps: maxPackets,
    gradients,
    inputs: shape.packet.units,
    from: {
      values: packetEncoder.out,
      gradient: packetEncoder.dOut,
      rows: () => packets.tree.sequences,
    },
  });
  const head = createHead(
    kernels,
    shape,
    capacity,
    training.seed,
    gradients,
    sessionEncoder.out,
    sessionEncoder.dOut,
  );
  const optimizer = createOptimizer(kernels, gradients, training.clipNorm, training.optimizer);

  function forward(batch: Batch, learning: boolean): void {
    if (batch.size > capacity)
      throw new RangeError(`batch of ${batch.size} sessions, capacity is ${capacity}`);
    packetEncoder.forward(packets.build(batch), learning);
    sessionEncoder.forward(sessions.build(batch), learning);
    head.forward(batch.size, learning);
  }

  function lossAndGradients(batch: Batch): { loss: number; correct: number } {
    forward(batch, true);
    const result = crossEntropy(
      batch.size,
      classes,
      head.logits,
      batch.labels,
      head.dLogits,
      training.classWeights,
    );
    head.backward(batch.size);
    sessionEncoder.backward(sessions.tree);
    packetEncoder.backward(packets.tree);
    return result;
  }

  return {
    parameters,
    capacity,
    gradients,
    lossAndGradients,
    logits(batch) {
      forward(batch, false);
      return head.logits;
    },
    trainStep(batch, learningRate): StepResult {
      const result = lossAndGradients(batch);
      return { ...result, gradientNorm: optimizer.step(learningRate) };
    },
    predict(batch, out) {
      forward(batch, false);
      softmax(batch.size, classes, head.logits, out);
    },
    attend(batch): Attention {
      forward(batch, false);
      const probabilities = new Float32Array(batch.size * classes);
      softmax(batch.size, classes, head.logits, probabilities);
      const places = batch.size * maxPackets;
      const result = {
        probabilities,
        tokenScores: new Float32Array(places * maxTokens).fill(Number.NaN),
        tokenWeights: new Float32Array(places * maxTokens),
        packetScores: new Float32Array(places).fill(Number.NaN),
        packetWeights: new Float32Array(places),
      };
      // Sequences of the packet level are the real packets; spread them over [B, P].
      const rows = new Uint32Array(packets.tree.sequences);
      let real = 0;
      for (let b = 0; b < batch.size; b++)
        for (let p = 0; p < batch.packets[b]!; p++) rows[real++] = b * maxPackets + p;
      spread(packets.tree, packetEncoder.attention, maxTokens, rows, result.tokenScores, result.tokenWeights);
      const own = Uint32Array.from({ length: batch.size }, (_, b) => b);
      spread(
        sessions.tree,
        sessionEncoder.attention,
        maxPackets,
        own,
        result.packetScores,
        result.packetWeights,
      );
      return result;
    },
    parametersChanged() {},
    moments: optimizer.moments,
    continueAfter(steps) {
      optimizer.continueAfter(steps);
      head.continueAfter(steps);
    },
    dispose() {},
  };
}

/** Copies the scores and weights of each sequence to its row. */
function spread(
  tree: ReturnType<typeof packetTrees>['tree'],
  attention: { readonly weights: Float32Array; readonly scores: Float32Array | undefined },
  steps: number,
  rowOf: Uint32Array,
  scores: Float32Array,
  weights: Float32Array,
): void {
  for (let place = 0; place < tree.sequences; place++) {
    const sequence = tree.order[place]!;
    const row = rowOf[sequence]! * steps;
    let node = tree.leaf[place]!;
    for (let t = tree.length[place]! - 1; t >= 0; t--) {
      weights[row + t] = attention.weights[sequence * steps + t]!;
      if (attention.scores !== undefined) scores[row + t] = attention.scores[node]!;
      node = tree.parent[node]!;
    }
  }
}
