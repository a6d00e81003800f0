/**
 * exp, ln and cos π of f64 from + − × ÷ alone: `Math.exp`, `Math.log` and `Math.cos` differ between engines. (The kernels
 * have exp and tanh of their own, in f32 and defined bit by bit.)
 */

const { LN2 } = Math;

/** exp(x) for x ≤ 0; relative error below 1e-15 · max(1, |x|); 0 below −700. */
export function exp(x: number): number {
  if (!(x > -700)) return Number.isNaN(x) ? x : 0;
  const k = Math.round(x / LN2);
  const r = x - k * LN2;
  let sum = 1;
  for (let n = 14; n >= 1; n--) sum = 1 + (r / n) * sum;
  let power = 1;
  for (let i = k; i < 0; i++) power *= 0.5;
  return sum * power;
}

/** ln x for normal x > 0; error below 1e-15. */
export const ln = (x: number): number => lnSeries(x, 25);

/**
 * ln x for x in (0, 1], by two terms fewer than `ln`; error below 4e-16 relative to max(|ln x|, 1). One in about 12,000
 * differs from `ln` in its last bit, so that what was computed with either stays with it.
 */
export const lnShort = (x: number): number => lnSeries(x, 21);

/** x = m·2ᵏ with m in [√½, √2), ln m = 2 artanh((m − 1)/(m + 1)) by its series, up to the power `last` (odd). */
function lnSeries(x: number, last: number): number {
  let m = x;
  let k = 0;
  for (; m >= Math.SQRT2; k++) m *= 0.5;
  for (; m < Math.SQRT1_2; k--) m *= 2;
  const s = (m - 1) / (m + 1);
  const square = s * s;
  let sum = 0;
  for (let n = last; n >= 1; n -= 2) sum = sum * square + 1 / n;
  return k * LN2 + 2 * s * sum;
}

/** cos πt for 0 ≤ t ≤ 1: the Taylor series on [0, π/2], where its twelve terms leave an error below 1e-15. */
export function cosinePi(t: number): number {
  if (t > 0.5) return -cosinePi(1 - t);
  const square = t * Math.PI * (t * Math.PI);
  let sum = 1;
  for (let n = 22; n >= 2; n -= 2) sum = 1 - (square / (n * (n - 1))) * sum;
  return sum;
}
