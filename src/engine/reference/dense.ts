/** Dense layers: products, activations, layer normalisation; one loop each. Sums over rows grow what is there. */
import type { Activation, DensePlan, Weight } from '../plan.ts';
import { fma, tanh } from './functions.ts';

/** y[r, j] = ⟨bias; k: x w⟩, [rows, inputs]·[inputs, outputs]. */
export function linear(rows: number, x: Float32Array, w: Weight, bias: Weight): Float32Array {
  const outputs = bias.value.length;
  const inputs = w.value.length / outputs;
  const y = new Float32Array(rows * outputs);
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < outputs; j++) {
      let sum = bias.value[j]!;
      for (let k = 0; k < inputs; k++) sum = fma(x[r * inputs + k]!, w.value[k * outputs + j]!, sum);
      y[r * outputs + j] = sum;
    }
  }
  return y;
}

/** Returns dx = ⟨0; j: dy w⟩; dw = ⟨dw; r: x dy⟩, db += Σ_r dy. */
export function linearBackward(
  rows: number,
  x: Float32Array,
  w: Weight,
  bias: Weight,
  dy: Float32Array,
): Float32Array {
  const outputs = bias.value.length;
  const inputs = w.value.length / outputs;
  const dx = new Float32Array(rows * inputs);
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < inputs; k++) {
      let sum = 0;
      for (let j = 0; j < outputs; j++) {
        const [d, at] = [dy[r * outputs + j]!, k * outputs + j];
        sum = fma(d, w.value[at]!, sum);
        w.gradient[at] = fma(x[r * inputs + k]!, d, w.gradient[at]!);
      }
      dx[r * inputs + k] = sum;
    }
    for (let j = 0; j < outputs; j++) bias.gradient[j] = bias.gradient[j]! + dy[r * outputs + j]!;
  }
  return dx;
}

/** x ← tanh(x) or max(x, 0). */
export function activate(kind: Activation, x: Float32Array): void {
  for (let i = 0; i < x.length; i++) x[i] = kind === 'tanh' ? tanh(x[i]!) : x[i]! > 0 ? x[i]! : 0;
}

/** d ← d (1 − y²), or d where y > 0. */
export function activateBackward(kind: Activation, y: Float32Array, d: Float32Array): void {
  for (let i = 0; i < d.length; i++) {
    const v = y[i]!;
    d[i] = kind === 'tanh' ? d[i]! * fma(-v, v, 1) : v > 0 ? d[i]! : 0;
  }
}

const EPSILON = 1e-5;

type Norm = NonNullable<DensePlan['norm']>;

/** What the backward pass of a normalised layer needs. */
export interface Normalized {
  /** [rows, width]. */
  readonly normal: Float32Array;
  /** [rows], f64. */
  readonly inverse: Float64Array;
}

/** x ← gain ⊙ (x − mean) / √(var + 1e-5) + shift over each row, in f64 (J. L. Ba et al., 2016). */
export function normalize(rows: number, { gain, shift }: Norm, x: Float32Array): Normalized {
  const width = gain.value.length;
  const normal = new Float32Array(x.length);
  const inverse = new Float64Array(rows);
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
  return { normal, inverse };
}

/** dx in place of dy; the gradients of gain and shift grow row by row, each rounded to f32. */
export function normalizeBackward(
  rows: number,
  { gain, shift }: Norm,
  { normal, inverse }: Normalized,
  dy: Float32Array,
): void {
  const width = gain.value.length;
  for (let r = 0; r < rows; r++) {
    const at = r * width;
    let sum = 0;
    let product = 0;
    for (let j = 0; j < width; j++) {
      const d = dy[at + j]!;
      const [g, n] = [gain.value[j]!, normal[at + j]!];
      shift.gradient[j] = shift.gradient[j]! + d;
      gain.gradient[j] = gain.gradient[j]! + d * n;
      sum += d * g;
      product += d * g * n;
    }
    for (let j = 0; j < width; j++) {
      const centred = dy[at + j]! * gain.value[j]! - sum / width - (normal[at + j]! * product) / width;
      dy[at + j] = centred * inverse[r]!;
    }
  }
}
