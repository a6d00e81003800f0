/** The network of the article on an engine, with its loss and its optimiser. */
import { type Decoding, type Kernels, learnedTokens } from '../engine/index.ts';
import type { Batch } from '../token/index.ts';
import { createDropout } from './dropout.ts';
import { createGradients, type Gradients } from './gradients.ts';
import { createLatents } from './latents.ts';
import { meanDivergence, meanNats, softmax, summarize, withNats } from './loss.ts';
import type { Attention, Model, Parameter, StepResult } from './model.ts';
import { createOptimizer, type OptimizerChoice } from './optimizer.ts';
import { planOf } from './plan.ts';
import type { NetworkShape } from './shape.ts';

/** A model whose gradients can be looked at; for tests and for those who build on it. */
export interface KernelModel extends Model {
  readonly gradients: Gradients;
  /** Loss and gradients of a batch, without a step. */
  lossAndGradients(batch: Batch): Omit<StepResult, 'gradientNorm'>;
  /** [capacity]: −ln P(label) of each session of that batch, in nats, weighted by class. */
  readonly losses: Float64Array;
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
  /** Of the dropout masks and latent vectors. */
  readonly seed: number;
  /** Steps until the divergence of latent vectors costs what it is; 0, the default: from the first on. */
  readonly annealing?: number;
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
  const dropout = createDropout(shape.head, capacity, shape.dropout, training.seed);
  const steps = kernels.createSteps(planOf(shape, gradients, dropout.masks, training.classWeights), capacity);
  const latents = createLatents(shape, capacity, training);
  const optimizer = createOptimizer(kernels, gradients, training.clipNorm, training.optimizer);

  function lossAndGradients(batch: Batch, meanwhile?: () => void): Omit<StepResult, 'gradientNorm'> {
    dropout.draw(batch.size);
    steps.train(batch, meanwhile, latents?.draw(batch.size));
    const found = summarize(batch.size, classes, steps.logits, steps.losses, batch.labels);
    if (shape.decoder == null) return found;
    let sum = 0;
    for (let b = 0; b < batch.size; b++) sum += steps.nats[b]!;
    const decoded = withNats(found, meanNats(shape, learnedTokens(batch), sum)!, training.classWeights);
    return latents === null ? decoded : { ...decoded, divergence: meanDivergence(batch, steps.divergences) };
  }

  return {
    parameters,
    capacity,
    gradients,
    losses: steps.losses,
    lossAndGradients,
    logits(batch) {
      steps.infer(batch, null);
      return steps.logits;
    },
    trainStep(batch, learningRate, meanwhile): StepResult {
      const result = lossAndGradients(batch, meanwhile);
      return { ...result, gradientNorm: optimizer.step(learningRate) };
    },
    predict(batch, out, meanwhile) {
      steps.infer(batch, null, meanwhile);
      softmax(batch.size, classes, steps.logits, out);
    },
    ...(shape.decoder == null
      ? {}
      : {
          decode(batch: Batch, decoding: Decoding): void {
            steps.infer(batch, null, undefined, decoding);
          },
          latentUnits: shape.decoder.latent?.units ?? 0,
        }),
    attend(batch): Attention {
      const places = batch.size * maxPackets;
      const attention = {
        tokenScores: new Float32Array(places * maxTokens).fill(Number.NaN),
        tokenWeights: new Float32Array(places * maxTokens),
        packetScores: new Float32Array(places).fill(Number.NaN),
        packetWeights: new Float32Array(places),
      };
      steps.infer(batch, attention);
      const probabilities = new Float32Array(batch.size * classes);
      softmax(batch.size, classes, steps.logits, probabilities);
      return { probabilities, ...attention };
    },
    parametersChanged() {},
    moments: optimizer.moments,
    continueAfter(count) {
      optimizer.continueAfter(count);
      dropout.continueAfter(count);
      latents?.continueAfter(count);
    },
    dispose() {},
  };
}
