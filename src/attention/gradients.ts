/**
 * Integrated gradients (M. Sundararajan, A. Taly and Q. Yan, 2017) on the embeddings of tokens: how much of ln P(class) each
 * token adds to what the network makes of a session of nothing but hidden bytes.
 *
 *   a_t = (x_t − b) · ∫₀¹ ∂F/∂x_t (b + α (x − b)) dα,   F = ln P(class), b the embedding of HIDDEN,   Σ a_t = F(x) − F(b)
 *
 * The embedding of a token is its row of the input weights. So that every place of a session has a gradient of its own, it is
 * given to the same network with another vocabulary: a token for every place, whose row is the interpolated one. The points
 * on the way are the sessions of a batch, and the gradient is what training takes: nothing else is computed than there.
 */

import type { Kernels } from '../engine/index.ts';
import { createNetwork, type KernelModel, type NetworkShape, type Parameter } from '../network/index.ts';
import { type Batch, createBatch, Token } from '../token/index.ts';

/** Points of a panel (Gauss–Legendre of five on [0, 1]), and their weights. */
const POINTS = [0.046910077030668, 0.230765344947158, 0.5, 0.769234655052842, 0.953089922969332] as const;
const WEIGHTS = [
  0.118463442528095, 0.239314335249683, 0.284444444444444, 0.239314335249683, 0.118463442528095,
] as const;
/** The way begins with so many parts; the one that is least complete is halved until the whole is complete, or so often. */
const PARTS = 4;
const MOST_PARTS = 400;
/** A part so narrow has a jump in it, as far as single precision can tell: halving it again tells nothing. */
const NARROW = 1e-7;
/** In nats: less of a difference is within the rounding of what is subtracted. */
const LEAST = 0.01;
/** What a residual may be. */
export const COMPLETE = 1e-3;

/** What every token of a session adds. */
export interface Attribution {
  /** [P, T] */
  readonly values: Float64Array;
  /** How far the parts of the way miss their difference of F, in all, by max(|F(x) − F(b)|, Σ |a_t| / 10, 0.01). */
  readonly residual: number;
  /** F(x) − F(b). */
  readonly difference: number;
}

export interface Integrator {
  /** The session in a row of a batch, for ln P(class). */
  attribute(batch: Batch, row: number, label: number): Attribution;
}

/** @param parameters of the trained network of this shape */
export function createIntegrator(
  kernels: Kernels,
  shape: NetworkShape,
  parameters: readonly Parameter[],
): Integrator {
  const { maxPackets: P, maxTokens: T } = shape;
  const K = POINTS.length;
  const places = K * P * T;
  if (places > 65_536)
    throw new RangeError(
      `integrated gradients: ${P} packets × ${T} tokens, expected at most ${Math.floor(65_536 / K)} places`,
    );
  const table = parameters.find(({ name }) => name === INPUT)!;
  const G = table.shape[1]!;
  const rows = new Float32Array(places * G);
  const own = parameters.map((p) => (p.name === INPUT ? { name: INPUT, shape: [places, G], data: rows } : p));
  const network: KernelModel = createNetwork(kernels, { ...shape, vocabulary: places, dropout: 0 }, own, {
    capacity: K,
    clipNorm: null,
    optimizer: { kind: 'sgd', momentum: 0 },
    classWeights: null,
    seed: 0,
  });
  const gradient = network.gradients.of(INPUT).gradient;
  const points = createBatch(K, P, T);
  points.size = K;

  /** Row k of the batch at a point of the way from all hidden (0) to the session (1). */
  function place(from: Batch, row: number, k: number, alpha: number): void {
    for (let p = 0; p < from.packets[row]!; p++)
      for (let t = 0; t < from.lengths[row * P + p]!; t++) {
        const token = from.tokens[(row * P + p) * T + t]!;
        const id = (k * P + p) * T + t;
        const [at, x, b] = [id * G, token * G, baselineOf(token) * G];
        for (let j = 0; j < G; j++) {
          const base = table.data[b + j]!;
          rows[at + j] = base + alpha * (table.data[x + j]! - base);
        }
      }
  }

  /** F at K points of the way, [K]; what the gradients then hold is theirs. */
  function at(from: Batch, row: number, alphas: readonly number[]): readonly number[] {
    alphas.forEach((alpha, k) => void place(from, row, k, alpha));
    network.lossAndGradients(points);
    return Array.from(network.losses.subarray(0, K), (loss) => -loss);
  }

  return {
    attribute(from, row, label) {
      for (let k = 0; k < K; k++) {
        points.packets[k] = from.packets[row]!;
        points.labels[k] = label;
        points.tokens.fill(Token.pad, k * P * T, (k + 1) * P * T);
        for (let p = 0; p < P; p++) {
          const length = p < from.packets[row]! ? from.lengths[row * P + p]! : 0;
          points.lengths[k * P + p] = length;
          for (let t = 0; t < length; t++) points.tokens[(k * P + p) * T + t] = (k * P + p) * T + t;
        }
      }
      const first = at(from, row, [0, 0.25, 0.5, 0.75, 1]);
      const parts = Array.from({ length: PARTS }, (_, i) =>
        part(from, row, i / PARTS, (i + 1) / PARTS, first[i]!, first[i + 1]!),
      );
      const difference = first[PARTS]! - first[0]!;
      for (;;) {
        const values = new Float64Array(P * T);
        let [missed, worst] = [0, 0];
        parts.forEach((one, i) => {
          for (let t = 0; t < values.length; t++) values[t]! += one.values[t]!;
          missed += one.missed;
          if (one.missed > parts[worst]!.missed) worst = i;
        });
        const size = values.reduce((sum, value) => sum + Math.abs(value), 0);
        const scale = Math.max(Math.abs(difference), size / 10, LEAST);
        const residual = missed / scale;
        const { begin, end, atBegin, atMiddle, atEnd } = parts[worst]!;
        const isOver = parts.length >= MOST_PARTS || end - begin < NARROW;
        if (residual <= COMPLETE || isOver) return { values, residual, difference };
        const middle = (begin + end) / 2;
        parts.splice(
          worst,
          1,
          part(from, row, begin, middle, atBegin, atMiddle),
          part(from, row, middle, end, atMiddle, atEnd),
        );
      }
    },
  };

  /** A part of the way: what it adds, and how far that misses what F rises by. The third point is in its middle. */
  function part(from: Batch, row: number, begin: number, end: number, atBegin: number, atEnd: number) {
    const values = new Float64Array(P * T);
    const found = at(
      from,
      row,
      POINTS.map((point) => begin + point * (end - begin)),
    );
    for (let k = 0; k < K; k++) addPoint(values, from, row, k, WEIGHTS[k]! * (end - begin));
    const sum = values.reduce((all, value) => all + value, 0);
    return {
      begin,
      end,
      atBegin,
      atMiddle: found[2]!,
      atEnd,
      values,
      missed: Math.abs(sum - (atEnd - atBegin)),
    };
  }

  /** Adds (x − b) · ∂F/∂x at point k; the gradients are of the mean of K losses, F = −loss. */
  function addPoint(values: Float64Array, from: Batch, row: number, k: number, weight: number): void {
    for (let p = 0; p < from.packets[row]!; p++)
      for (let t = 0; t < from.lengths[row * P + p]!; t++) {
        const token = from.tokens[(row * P + p) * T + t]!;
        const baseline = baselineOf(token);
        if (baseline === token) continue;
        const g = ((k * P + p) * T + t) * G;
        let sum = 0;
        for (let j = 0; j < G; j++)
          sum += (table.data[token * G + j]! - table.data[baseline * G + j]!) * gradient[g + j]!;
        values[p * T + t]! -= weight * K * sum;
      }
  }
}

const INPUT = 'packet.0.input';

/** END stays what it is. */
const baselineOf = (token: number): number => (token > 0xff ? token : Token.hidden);
