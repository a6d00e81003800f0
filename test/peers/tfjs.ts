/**
 * tfjs on tfjs-node takes part: core operations, the recurrences unrolled, the input product as a look-up of rows.
 * Started by the benchmark: `tfjs.ts FOLDER TFJS_NODE_FOLDER`.
 *
 * Tried and slower: automatic differentiation through the unrolled steps; slices of the gates instead of unstack (the
 * gradient of a slice is as long as the whole); the project's own tfjs engine, which computes in parts to save memory.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Variable } from '@tensorflow/tfjs-core';
import { articleShape } from '../../src/bench/article.ts';
import { type Expected, LEARNING_RATE, SESSIONS } from './material.ts';
import { decodeSafetensors } from './safetensors.ts';
import { tfjsNodeRequire } from './tfjs-node.ts';
import { serve } from './worker.ts';

type Tf = typeof import('@tensorflow/tfjs-core');
type Weights = Readonly<Record<string, Variable>>;

const [folder = '', installed = ''] = process.argv.slice(2);
const tf = tfjsNodeRequire(installed)('@tensorflow/tfjs-node') as Tf;
tf.enableProdMode();
const { maxPackets: P, maxTokens: T, classes } = articleShape;
const CLIP = 1;

/** A batch whose packets that are not there are left out: R rows. */
interface TensorBatch {
  readonly size: number;
  /** [T, R], 0 beyond a packet's end. */
  readonly tokens: Tensor2D;
  /** [T, R]: 1 where there is a token. */
  readonly steps: Tensor2D;
  /** [P × B]: the row of each packet, R where there is none. */
  readonly place: Tensor1D;
  /** [P, B]: 1 where there is a packet. */
  readonly there: Tensor2D;
  /** [B, C]. */
  readonly labels: Tensor2D;
}

const batches = decodeSafetensors(readFileSync(join(folder, 'batches.safetensors')));
const ints = (name: string): Int32Array => batches.get(name)!.data as Int32Array;

function batchAt(start: number, size: number): TensorBatch {
  const [tokens, lengths, packets, labels] = [
    ints('tokens'),
    ints('lengths'),
    ints('packets'),
    ints('labels'),
  ];
  const rows: number[] = [];
  const there = new Float32Array(P * size);
  for (let b = 0; b < size; b++)
    for (let p = 0; p < packets[start + b]!; p++) {
      there[p * size + b] = 1;
      rows.push((start + b) * P + p);
    }
  const R = rows.length;
  const place = new Int32Array(P * size).fill(R);
  const packed = new Int32Array(T * R);
  const steps = new Float32Array(T * R);
  rows.forEach((row, r) => {
    place[(row % P) * size + Math.floor(row / P) - start] = r;
    for (let t = 0; t < lengths[row]!; t++) {
      packed[t * R + r] = tokens[row * T + t]!;
      steps[t * R + r] = 1;
    }
  });
  return {
    size,
    tokens: tf.tensor2d(packed, [T, R], 'int32'),
    steps: tf.tensor2d(steps, [T, R]),
    place: tf.tensor1d(place, 'int32'),
    there: tf.tensor2d(there, [P, size]),
    labels: tf.tidy(
      () =>
        tf.cast(
          tf.oneHot(tf.tensor1d(labels.slice(start, start + size), 'int32'), classes),
          'float32',
        ) as Tensor2D,
    ),
  };
}

interface Step {
  readonly h: Tensor2D;
  readonly r: Tensor2D;
  readonly z: Tensor2D;
  readonly n: Tensor2D;
  readonly q: Tensor2D;
}

/** One step of the GRU on gates x [R, 3H]. */
function cell(x: Tensor2D, h: Tensor2D, U: Tensor2D, c: Tensor1D): Step {
  const H = U.shape[0];
  const [xrz, xn] = tf.split(x, [2 * H, H], 1) as [Tensor2D, Tensor2D];
  const [grz, gn] = tf.split(tf.matMul(h, U), [2 * H, H], 1) as [Tensor2D, Tensor2D];
  const [r, z] = tf.split(tf.sigmoid(tf.add(xrz, grz)), 2, 1) as [Tensor2D, Tensor2D];
  const q = tf.add(gn, c) as Tensor2D;
  const n = tf.tanh(tf.add(xn, tf.mul(r, q))) as Tensor2D;
  return { h: tf.add(n, tf.mul(z, tf.sub(h, n))), r, z, n, q };
}

/**
 * Gates [steps, R, 3H] → states [steps, R, H], with its gradient by hand: one product for all steps gives dU, where
 * automatic differentiation adds up one a step.
 */
function recurrence(x: Tensor3D, U: Tensor2D, c: Tensor1D): Tensor3D {
  const run = tf.customGrad((...args) => {
    const [x, U, c, save] = args as unknown as [Tensor3D, Tensor2D, Tensor1D, (kept: Tensor[]) => void];
    const H = U.shape[0];
    const steps: Step[] = [];
    let h: Tensor2D = tf.zeros([x.shape[1], H]);
    for (const row of tf.unstack(x) as Tensor2D[]) {
      const step = cell(row, h, U, c);
      steps.push(step);
      h = step.h;
    }
    save([U, ...steps.flatMap(({ h, r, z, n, q }) => [h, r, z, n, q])]);
    const value = tf.stack(steps.map((step) => step.h));
    const gradFunc = (dOut: Tensor, saved: Tensor[]): Tensor[] => {
      const [U, ...kept] = saved as Tensor2D[];
      const dOuts = tf.unstack(dOut) as Tensor2D[];
      const dx: Tensor2D[] = [];
      const dg: Tensor2D[] = [];
      const before: Tensor2D[] = [];
      let dh: Tensor2D | null = null;
      for (let t = dOuts.length - 1; t >= 0; t--) {
        const [r, z, n, q] = kept.slice(5 * t + 1, 5 * t + 5) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
        const last = t === 0 ? (tf.zerosLike(n) as Tensor2D) : kept[5 * (t - 1)]!;
        const d: Tensor2D = dh === null ? dOuts[t]! : tf.add(dh, dOuts[t]!);
        const dz = tf.mul(d, z);
        const dan = tf.mul(tf.sub(d, dz), tf.sub(1, tf.square(n)));
        const daz = tf.mul(tf.mul(dz, tf.sub(last, n)), tf.sub(1, z));
        const dq = tf.mul(dan, r);
        const dar = tf.mul(tf.mul(dq, q), tf.sub(1, r));
        dx[t] = tf.concat([dar, daz, dan], 1) as Tensor2D;
        dg[t] = tf.concat([dar, daz, dq], 1) as Tensor2D;
        before[t] = last;
        if (t > 0) dh = tf.add(dz, tf.matMul(dg[t]!, U!, false, true));
      }
      const all = tf.concat(dg, 0);
      const dU = tf.matMul(tf.concat(before, 0), all, true, false);
      return [tf.stack(dx), dU, tf.sum(tf.slice(all, [0, 2 * H], [-1, H]), 0)];
    };
    return { value, gradFunc };
  });
  return run(x, U, c) as Tensor3D;
}

/** States [steps, R, H] with what is real [steps, R] → [R, H]. tanh keeps scores within ±1: no shift is needed. */
function attend(h: Tensor3D, real: Tensor2D, w: Tensor1D, b: Tensor1D): Tensor2D {
  const [steps, R, H] = h.shape;
  const score = tf.tanh(
    tf.add(tf.reshape(tf.matMul(tf.reshape(h, [steps * R, H]), tf.reshape(w, [H, 1])), [steps, R]), b),
  );
  const e = tf.mul(tf.exp(score), real);
  const a = tf.div(e, tf.maximum(tf.sum(e, 0, true), 1e-9));
  return tf.sum(tf.mul(tf.expandDims(a, 2), h), 0);
}

function logits(w: Weights, batch: TensorBatch): Tensor2D {
  const of = <K extends Tensor>(name: string): K => w[name]! as unknown as K;
  const layer = (gates: Tensor3D, prefix: string): Tensor3D => {
    const [U, c] = [of<Tensor2D>(`${prefix}.0.recurrent`), of<Tensor1D>(`${prefix}.0.recurrent_bias`)];
    return recurrence(gates, U, c);
  };
  const dense = (x: Tensor2D, name: string): Tensor2D =>
    tf.add(tf.matMul(x, of<Tensor2D>(`${name}.weight`)), of<Tensor1D>(`${name}.bias`));
  const table = tf.add(of<Tensor2D>('packet.0.input'), of<Tensor1D>('packet.0.bias'));
  const packet = layer(tf.gather(table, batch.tokens) as unknown as Tensor3D, 'packet');
  const packets = attend(packet, batch.steps, of('packet.attention.weight'), of('packet.attention.bias'));
  const placed = tf.gather(
    tf.pad(packets, [
      [0, 1],
      [0, 0],
    ]),
    batch.place,
  ) as Tensor2D;
  const gates = tf.add(tf.matMul(placed, of<Tensor2D>('session.0.input')), of<Tensor1D>('session.0.bias'));
  const session = layer(tf.reshape(gates, [P, batch.size, -1]), 'session');
  const vector = attend(session, batch.there, of('session.attention.weight'), of('session.attention.bias'));
  return dense(tf.tanh(dense(vector, 'head.0')), 'output');
}

function lossOf(w: Weights, batch: TensorBatch): Scalar {
  return tf.tidy(() => tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits(w, batch)), batch.labels), 1))));
}

const file = decodeSafetensors(readFileSync(join(folder, 'weights.safetensors')));

function trainable(): { w: Weights; step: (batch: TensorBatch) => void } {
  const w = Object.fromEntries(
    [...file.values()].map(({ name, shape, data }) => [name, tf.variable(tf.tensor(data, [...shape]))]),
  );
  const variables = Object.values(w);
  const optimizer = tf.train.adam(LEARNING_RATE, 0.9, 0.999, 1e-8);
  return {
    w,
    step(batch) {
      tf.tidy(() => {
        const { grads } = tf.variableGrads(() => lossOf(w, batch), variables);
        const norm = tf.sqrt(tf.addN(Object.values(grads).map((g) => tf.sum(tf.square(g)))));
        const scale = tf.div(CLIP, tf.maximum(norm, CLIP));
        const clipped = Object.fromEntries(
          Object.entries(grads).map(([name, g]) => [name, tf.mul(g, scale)]),
        );
        optimizer.applyGradients(clipped);
      });
    },
  };
}

await serve({
  name: 'tfjs-node',
  versions: { 'tfjs-node': tf.version_core },
  notes: ['core operations with unrolled steps and the gradient of the GRU by hand'],
  check() {
    const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;
    const { w, step } = trainable();
    const losses = expected.losses.map(({ sessions }) => lossOf(w, batchAt(0, sessions)).dataSync()[0]!);
    const batch = batchAt(0, expected.steps.sessions);
    const steps = expected.steps.losses.map(() => {
      step(batch);
      return lossOf(w, batch).dataSync()[0]!;
    });
    return { losses, steps };
  },
  runner(mode, size) {
    const { w, step } = trainable();
    const made = Array.from({ length: SESSIONS / size }, (_, i) => batchAt(i * size, size));
    return {
      batches: made.length,
      run(i) {
        if (mode === 'train') step(made[i]!);
        else tf.tidy(() => tf.softmax(logits(w, made[i]!)).dataSync());
      },
    };
  },
});
