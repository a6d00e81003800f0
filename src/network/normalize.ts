/**
 * What a head layer may have besides its activation: layer normalisation and dropout. A few thousand numbers a batch, so
 * plain TypeScript (statistics in f64) serves all engines with the same bits.
 */
import { stream } from '../random/index.ts';
import type { Trained } from './gradients.ts';

const EPSILON = 1e-5;

export interface RowTransform {
  /** In place, on the first `rows` of x [rows, width]. */
  forward(rows: number, x: Float32Array): void;
  /** dx in place of dy. */
  backward(rows: number, dy: Float32Array): void;
}

/** y = gain ⊙ (x − mean) / √(var + 1e-5) + shift over each row (J. L. Ba et al., 2016). */
export function layerNorm(width: number, capacity: number, gain: Trained, shift: Trained): RowTransform {
  const normal = new Float32Array(capacity * width);
  const inverse = new Float64Array(capacity);
  const dGain = new Float64Array(width);
  const dShift = new Float64Array(width);
  return {
    forward(rows, x) {
      for (let r = 0; r < rows; r++) {
        const at = r * width;
        let mean = 0;
        for (let j = 0; j < width; j++) mean += x[at + j]!;
        mean /= width;
        let variance = 0;
        for (let j = 0; j < width; j++) variance += (x[at + j]! - mean) * (x[at + j]! - mean);
        const scale = 1 / Math.sqrt(variance / width + EPSILON);
        inverse[r] = scale;
        for (let j = 0; j < width; j++) {
          normal[at + j] = (x[at + j]! - mean) * scale;
          x[at + j] = normal[at + j]! * gain.value[j]! + shift.value[j]!;
        }
      }
    },
    backward(rows, dy) {
      dGain.fill(0);
      dShift.fill(0);
      for (let r = 0; r < rows; r++) {
        const at = r * width;
        let sum = 0;
        let product = 0;
        for (let j = 0; j < width; j++) {
          const d = dy[at + j]!;
          dShift[j] = dShift[j]! + d;
          dGain[j] = dGain[j]! + d * normal[at + j]!;
          sum += d * gain.value[j]!;
          product += d * gain.value[j]! * normal[at + j]!;
        }
        for (let j = 0; j < width; j++) {
          const centred = dy[at + j]! * gain.value[j]! - sum / width - (normal[at + j]! * product) / width;
          dy[at + j] = centred * inverse[r]!;
        }
      }
      gain.gradient.set(dGain);
      shift.gradient.set(dShift);
    },
  };
}

/** The mask of a layer at a step: 0 with probability p, otherwise 1 / (1 − p); from a stream of its own. */
export function drawMask(mask: Float32Array, p: number, seed: number, layer: number, step: number): void {
  const source = stream(seed, 'dropout', layer, step);
  for (let i = 0; i < mask.length; i++) mask[i] = source.uniform() < p ? 0 : 1 / (1 - p);
}

/** Inverted dropout: in training each value is kept with probability 1 − p and divided by it. */
export function dropout(width: number, capacity: number, p: number, seed: number, layer: number) {
  const mask = new Float32Array(capacity * width);
  let step = 0;
  return {
    /** Draws the mask of the next step and applies it. */
    forward(rows: number, x: Float32Array): void {
      drawMask(mask.subarray(0, rows * width), p, seed, layer, step++);
      for (let i = 0; i < rows * width; i++) x[i] = x[i]! * mask[i]!;
    },
    backward(rows: number, dy: Float32Array): void {
      for (let i = 0; i < rows * width; i++) dy[i] = dy[i]! * mask[i]!;
    },
    /** The next mask is that of the step after so many. */
    continueAfter(steps: number): void {
      step = steps;
    },
  };
}
