/**
 * The self-test: does this machine compute the numbers that every machine must compute?
 *
 * A short training run of a small network for every cell and every attention, for every cell from learned states, on random
 * batches from seeds, and of one batch large enough that threads share its work and that every group has several chunks. The
 * hash is over what comes out: the loss and the gradient's norm of every step, then weights, probabilities and attention
 * weights, f32, little-endian.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Cell, Kernels } from '../engine/index.ts';
import { type Stream, stream } from '../random/index.ts';
import { type Batch, createBatch, Token, VOCABULARY } from '../token/index.ts';
import { initialize } from './initialize.ts';
import { createNetwork, type TrainingChoices } from './network.ts';
import type { OptimizerChoice } from './optimizer.ts';
import type { AttentionKind, Initializer, NetworkShape } from './shape.ts';

/**
 * The hash that every engine must give.
 *
 * Origin: the reference engine (plain TypeScript) of version 0.1.0, 29 November 2026, Node 20.20 on x86-64; a test
 * computes it anew. It changes only when the definition of a number, or this file, changes: then old results are no
 * longer comparable, and that is to be said in the release.
 */
export const SELF_TEST_HASH = '4a6fd77d2efe16542e9fd38537db0c7acb64a800da728a10230c6533b0ca088c';

interface Trial {
  readonly shape: NetworkShape;
  readonly training: TrainingChoices;
  readonly steps: number;
}

const cells: readonly Cell[] = ['gru', 'gru-reset-before', 'lstm', 'rnn'];
const attentions: readonly AttentionKind[] = ['none', 'mean', 'tanh', 'additive', 'dot'];
const optimizers: readonly OptimizerChoice[] = [
  { kind: 'adam' },
  { kind: 'adamw', weightDecay: 0.01 },
  { kind: 'rmsprop', decay: 0.9 },
  { kind: 'sgd', momentum: 0.9 },
];
const initializers: readonly Initializer[] = [
  { kind: 'normal', deviation: 0.2 },
  { kind: 'glorot' },
  { kind: 'orthogonal' },
];
/** Below, at and above the widths of vectors and register tiles. */
const packetUnits = [17, 16, 33, 7, 24] as const;
const sessionUnits = [13, 20, 8, 5, 16] as const;

/** All networks of the test, in the order in which they are hashed. */
function trials(): readonly Trial[] {
  const list: Trial[] = cells.flatMap((cell, c) =>
    attentions.map((attention, a): Trial => {
      const n = c * attentions.length + a;
      return {
        shape: {
          vocabulary: VOCABULARY,
          maxPackets: 3,
          maxTokens: 7,
          classes: 2 + (n % 4),
          cell,
          packet: { units: packetUnits[a]!, layers: 1 + (n % 2), attention },
          session: {
            units: sessionUnits[a]!,
            layers: 1 + ((n >> 1) % 2),
            attention: attentions[(a + c) % attentions.length]!,
          },
          head: n % 5 === 0 ? [] : [9],
          activation: n % 2 === 0 ? 'tanh' : 'relu',
          dropout: n % 3 === 1 ? 0.3 : 0,
          layerNorm: n % 4 === 2,
          initializer: initializers[n % initializers.length]!,
        },
        training: {
          capacity: 6,
          clipNorm: n % 7 === 3 ? null : 1,
          optimizer: optimizers[n % optimizers.length]!,
          classWeights: n % 4 === 0 ? [1, 0.5] : null,
          seed: n,
        },
        steps: 3,
      };
    }),
  );
  // Every cell from learned states.
  for (const trial of cells.map((_, c) => list[c * attentions.length]!)) {
    const { packet, session } = trial.shape;
    const learned = { layers: 2, initialState: 'learned' } as const;
    list.push({
      ...trial,
      shape: { ...trial.shape, packet: { ...packet, ...learned }, session: { ...session, ...learned } },
    });
  }
  list.push({
    shape: {
      vocabulary: VOCABULARY,
      maxPackets: 4,
      maxTokens: 9,
      classes: 4,
      cell: 'gru',
      packet: { units: 33, layers: 1, attention: 'tanh' },
      session: { units: 29, layers: 1, attention: 'tanh' },
      head: [17],
      activation: 'tanh',
      dropout: 0,
      layerNorm: false,
      initializer: { kind: 'normal', deviation: 0.2 },
    },
    training: { capacity: 130, clipNorm: 1, optimizer: { kind: 'adam' }, classWeights: null, seed: 99 },
    steps: 1,
  });
  return list;
}

/** SHA-256, in hexadecimal, of everything that these kernels compute. */
export function selfTest(kernels: Kernels): string {
  const hash = createHash('sha256');
  for (const trial of trials()) hashTrial(kernels, trial, hash);
  return hash.digest('hex');
}

function hashTrial(kernels: Kernels, { shape, training, steps }: Trial, hash: Hash): void {
  const { capacity, seed } = training;
  const feed = (x: Float32Array): void =>
    void hash.update(new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
  const model = createNetwork(kernels, shape, initialize(shape, seed), training);
  const batch = createBatch(capacity, shape.maxPackets, shape.maxTokens);
  for (let step = 0; step < steps; step++) {
    fillBatch(batch, capacity, shape.classes, stream(seed, 'self-test', step));
    const { loss, gradientNorm } = model.trainStep(batch, 0.01);
    feed(new Float32Array(Float64Array.of(loss, gradientNorm).buffer));
  }
  for (const parameter of model.parameters) feed(parameter.data);
  const { probabilities, tokenWeights, packetWeights } = model.attend(batch);
  for (const array of [probabilities, tokenWeights, packetWeights]) feed(array);
  model.dispose();
}

/** Random sessions that look like headers: ragged, and half of the packets begin like an earlier one. */
function fillBatch(batch: Batch, size: number, classes: number, source: Stream): void {
  const { maxPackets, maxTokens, tokens, lengths } = batch;
  const rows: number[] = [];
  batch.size = size;
  for (let b = 0; b < size; b++) {
    batch.labels[b] = source.below(classes);
    batch.packets[b] = 1 + source.below(maxPackets);
    for (let p = 0; p < batch.packets[b]!; p++) {
      const row = b * maxPackets + p;
      const length = source.chance(0.5) ? maxTokens : 1 + source.below(maxTokens);
      const model = rows.length > 0 ? rows[source.below(rows.length)] : undefined;
      const shared = model === undefined ? 0 : source.below(Math.min(length, lengths[model]!));
      for (let t = 0; t < length - 1; t++)
        tokens[row * maxTokens + t] =
          t < shared && model !== undefined ? tokens[model * maxTokens + t]! : source.below(256);
      tokens[row * maxTokens + length - 1] = Token.end;
      lengths[row] = length;
      rows.push(row);
    }
  }
}
