/**
 * Exact f32 arithmetic in TypeScript: fused multiply-add, and the polynomials that define tanh, σ and exp.
 *
 * These definitions are the contract; native/kernels/functions.h gives the same bits.
 */
const f = Math.fround;

/**
 * fma(a, b, c) of f32 numbers, rounded once.
 *
 * The product of two f32 is exact in f64. The sum s = a·b + c is rounded to f64 first, and again to f32: that differs
 * from one rounding only when s lies exactly between two f32 although the true sum does not. Then, and only then, the
 * error of the f64 sum decides (T. J. Dekker's two-sum gives it exactly).
 */
export function fma(a: number, b: number, c: number): number {
  const product = a * b;
  const s = product + c;
  const rounded = f(s);
  const across = rounded + 2 * (s - rounded);
  if (across !== rounded && f(across) === across) return tie(product, c, s, rounded, across);
  return rounded;
}

function tie(product: number, c: number, s: number, rounded: number, across: number): number {
  const t = s - product;
  const error = product - (s - t) + (c - t);
  if (error === 0 || Number.isNaN(error)) return rounded;
  return error > 0 ? Math.max(rounded, across) : Math.min(rounded, across);
}

const P4 = f(1.3355848e-8);
const P3 = f(2.0610214e-5);
const P2 = f(0.0034956697);
const P1 = f(0.13381098);
const Q4 = f(7.7771244e-7);
const Q3 = f(0.0003285759);
const Q2 = f(0.025877306);
const Q1 = f(0.46714413);

/** tanh(x) = x P(x²) / Q(x²) for |x| ≤ 9, ±1 beyond; error below 5 ulp (the fit itself: 2.1e-8). NaN gives 9's value. */
export function tanh(x: number): number {
  let y = x < 9 ? x : 9;
  y = y > -9 ? y : -9;
  const u = f(y * y);
  let p = fma(P4, u, P3);
  p = fma(p, u, P2);
  p = fma(p, u, P1);
  p = fma(p, u, 1);
  let q = fma(Q4, u, Q3);
  q = fma(q, u, Q2);
  q = fma(q, u, Q1);
  q = fma(q, u, 1);
  y = f(f(y * p) / q);
  y = y < 1 ? y : 1;
  return y > -1 ? y : -1;
}

/** σ(x) = ½ + ½ tanh(x / 2); absolute error below 1.6e-7. */
export function sigmoid(x: number): number {
  return fma(0.5, tanh(f(0.5 * x)), 0.5);
}

const LOG2E = f(Math.LOG2E);
const MAGIC = 12582912; // 1.5 × 2^23: adding it rounds to an integer
const LN2_HIGH = f(-0.693359375);
const LN2_LOW = f(0.00021219444);
const E4 = f(0.0013814531);
const E3 = f(0.008368746);
const E2 = f(0.041668393);
const E1 = f(0.16666521);
const E0 = f(0.49999994);

/** exp(x) for x ≤ 0; error below 1 ulp; exp(−87) below −87. */
export function exp(x: number): number {
  const inside = x > -87 ? x : -87;
  const shifted = fma(inside, LOG2E, MAGIC);
  const k = f(shifted - MAGIC);
  let r = fma(k, LN2_HIGH, inside);
  r = fma(k, LN2_LOW, r);
  let p = fma(E4, r, E3);
  p = fma(p, r, E2);
  p = fma(p, r, E1);
  p = fma(p, r, E0);
  const y = f(fma(f(r * r), p, r) + 1);
  return f(y * powerOfTwo(k));
}

/** 2^k for integral k in [−126, 0], exactly. */
function powerOfTwo(k: number): number {
  let y = 1;
  for (let i = k; i < 0; i++) y *= 0.5;
  return y;
}

/** a·b over n terms, from these offsets: sixteen lanes of FMA, then a tree (kernels.ts). */
export function dot16(a: Float32Array, ao: number, b: Float32Array, bo: number, n: number): number {
  lanes.fill(0);
  for (let k = 0; k < n; k++) lanes[k & 15] = fma(a[ao + k]!, b[bo + k]!, lanes[k & 15]!);
  for (let half = 8; half >= 1; half >>= 1)
    for (let l = 0; l < half; l++) lanes[l] = lanes[l]! + lanes[l + half]!;
  return lanes[0]!;
}
const lanes = new Float32Array(16);
