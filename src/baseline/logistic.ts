/** Logistic regression with an L2 penalty, in f64 from + − × ÷ √ alone: the same bits on every machine. */
import { exp, ln } from '../numeric/index.ts';
import type { SparseRows } from './features.ts';

/** z = w·x + b and P(anomalous) = 1 / (1 + e^−z). */
export interface Logistic {
  /** [features + 1]: w, then b. */
  readonly weights: Float64Array;
  /** Steps that were made. */
  readonly iterations: number;
  /** Whether the gradient has become small, TOLERANCE of what it was at w = 0. */
  readonly converged: boolean;
}

const TOLERANCE = 1e-3;
/** Pairs of steps that the inverse Hessian is estimated from. */
const MEMORY = 8;
/** Armijo's condition, c₁ of J. Nocedal and S. J. Wright (2006), §3.1. */
const DECREASE = 1e-4;

/**
 * Minimises (1/N) Σ ln(1 + e^−yz) + (λ/2)‖w‖², y = ±1, by L-BFGS (D. C. Liu and J. Nocedal, 1989, Math. Program. 45:503)
 * with backtracking from w = 0. b is not penalised.
 *
 * @param anomalous [N]: 1 for anomalous
 * @param penalty λ > 0
 */
export function fitLogistic(
  rows: SparseRows,
  anomalous: Uint8Array,
  penalty: number,
  mostIterations = 60,
): Logistic {
  const n = rows.features + 1;
  let weights = new Float64Array(n);
  let gradient = new Float64Array(n);
  let loss = objective(rows, anomalous, penalty, weights, gradient);
  const goal = TOLERANCE * norm(gradient);
  const history: { readonly s: Float64Array; readonly y: Float64Array; readonly sy: number }[] = [];
  let iterations = 0;
  let trial = new Float64Array(n);
  let trialGradient = new Float64Array(n);
  while (iterations < mostIterations && norm(gradient) > goal) {
    const direction = descent(gradient, history);
    const slope = dot(gradient, direction);
    let step = history.length === 0 ? 1 / Math.max(1e-300, norm(gradient)) : 1;
    let next = Number.POSITIVE_INFINITY;
    let halvings = 0;
    for (; halvings < 40; halvings++, step /= 2) {
      for (let i = 0; i < n; i++) trial[i] = weights[i]! + step * direction[i]!;
      next = objective(rows, anomalous, penalty, trial, trialGradient);
      if (next <= loss + DECREASE * step * slope) break;
    }
    // Rounding leaves no lower point: this is the minimum as far as f64 can tell.
    if (halvings === 40) break;
    const s = new Float64Array(n);
    const y = new Float64Array(n);
    for (let i = 0; i < n; i++) {
      s[i] = trial[i]! - weights[i]!;
      y[i] = trialGradient[i]! - gradient[i]!;
    }
    const sy = dot(s, y);
    if (sy > 0) {
      history.push({ s, y, sy });
      if (history.length > MEMORY) history.shift();
    }
    [weights, trial] = [trial, weights];
    [gradient, trialGradient] = [trialGradient, gradient];
    loss = next;
    iterations++;
  }
  return { weights, iterations, converged: norm(gradient) <= goal };
}

/** −H g by the two loops of L-BFGS. */
function descent(
  gradient: Float64Array,
  history: readonly { readonly s: Float64Array; readonly y: Float64Array; readonly sy: number }[],
): Float64Array {
  const direction = gradient.map((g) => -g);
  const alphas: number[] = [];
  for (const { s, y, sy } of [...history].reverse()) {
    const alpha = dot(s, direction) / sy;
    alphas.push(alpha);
    for (let i = 0; i < direction.length; i++) direction[i]! -= alpha * y[i]!;
  }
  const last = history.at(-1);
  if (last !== undefined) {
    const scale = last.sy / dot(last.y, last.y);
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  for (const { s, y, sy } of history) {
    const alpha = alphas.pop()!;
    const beta = dot(y, direction) / sy;
    for (let i = 0; i < direction.length; i++) direction[i]! += (alpha - beta) * s[i]!;
  }
  return direction;
}

/** The value at `weights`; its gradient goes to `gradient`. */
function objective(
  rows: SparseRows,
  anomalous: Uint8Array,
  penalty: number,
  weights: Float64Array,
  gradient: Float64Array,
): number {
  const { start, column, value, features } = rows;
  const N = anomalous.length;
  gradient.fill(0);
  let loss = 0;
  let bias = 0;
  for (let r = 0; r < N; r++) {
    const z = margin(rows, r, weights);
    const y = anomalous[r] === 1 ? 1 : -1;
    const e = exp(-Math.abs(z));
    loss += ln(1 + e) + (y * z < 0 ? Math.abs(z) : 0);
    const p = z < 0 ? e / (1 + e) : 1 / (1 + e);
    const error = p - anomalous[r]!;
    bias += error;
    for (let i = start[r]!; i < start[r + 1]!; i++) gradient[column[i]!]! += error * value[i]!;
  }
  let squares = 0;
  for (let f = 0; f < features; f++) {
    squares += weights[f]! * weights[f]!;
    gradient[f] = gradient[f]! / N + penalty * weights[f]!;
  }
  gradient[features] = bias / N;
  return loss / N + (penalty / 2) * squares;
}

function margin({ start, column, value, features }: SparseRows, r: number, weights: Float64Array): number {
  let z = weights[features]!;
  for (let i = start[r]!; i < start[r + 1]!; i++) z += weights[column[i]!]! * value[i]!;
  return z;
}

/** [N]: z, the logarithm of the odds of "anomalous", of every row. */
export function logOdds({ weights }: Logistic, rows: SparseRows): Float64Array {
  return Float64Array.from({ length: rows.start.length - 1 }, (_, r) => margin(rows, r, weights));
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

const norm = (a: Float64Array): number => Math.sqrt(dot(a, a));
