/**
 * Distributions that tests and intervals need: Student's t, the binomial at ½, χ²; from + − × ÷ √ and what `elementary`
 * makes of them. All rest on the incomplete beta function but χ².
 */
import { exp, ln } from './elementary.ts';
import { probit } from './probit.ts';

/** Half of ln 2π. */
const HALF_LN_2PI = 0.9189385332046727;
/** Coefficients of Stirling's series, B₂ₖ / (2k (2k − 1)). */
const STIRLING = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360_360, 1 / 156];

/** ln Γ(x) for x > 0, by Stirling's series from 10 on; relative error below 1e-13 away from its zeros at 1 and 2. */
export function lnGamma(x: number): number {
  let shift = 1;
  let z = x;
  for (; z < 10; z++) shift *= z;
  const square = 1 / (z * z);
  let series = 0;
  for (let k = STIRLING.length - 1; k >= 0; k--) series = series * square + STIRLING[k]!;
  return (z - 0.5) * ln(z) - z + HALF_LN_2PI + series / z - ln(shift);
}

/**
 * The regularised incomplete beta function Iₓ(a, b) for a, b > 0 and 0 ≤ x ≤ 1: the continued fraction of W. H. Press et
 * al., Numerical Recipes, §6.4, by Lentz's method.
 */
export function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(b, a, 1 - x);
  const power = a * ln(x) + b * ln(1 - x) + lnGamma(a + b) - lnGamma(a) - lnGamma(b);
  // `exp` takes no positive number.
  const front = power > 0 ? 1 / exp(-power) : exp(power);
  return (front * betaFraction(a, b, x)) / a;
}

function betaFraction(a: number, b: number, x: number): number {
  const TINY = 1e-300;
  const safe = (y: number) => (Math.abs(y) < TINY ? TINY : y);
  let c = 1;
  let d = 1 / safe(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  // It takes about √max(a, b) steps.
  for (let m = 1; m <= 100_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / safe(1 + even * d);
    c = safe(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / safe(1 + odd * d);
    c = safe(1 + odd / c);
    const change = d * c;
    fraction *= change;
    if (Math.abs(change - 1) < 1e-15) break;
  }
  return fraction;
}

/** P(|T| ≥ |t|) of Student's t with `freedom` > 0 degrees of freedom, which need not be whole. */
export const studentTails = (t: number, freedom: number): number =>
  incompleteBeta(freedom / 2, 0.5, freedom / (freedom + t * t));

/** Beyond, Student's t is the normal distribution as far as `probit` can tell. */
const NORMAL = 1e9;

/** The t with P(T ≤ t) = p, 0 < p < 1, of Student's t; relative error below 1e-9. */
export function studentQuantile(p: number, freedom: number): number {
  if (p === 0.5) return 0;
  if (p < 0.5) return -studentQuantile(1 - p, freedom);
  if (freedom > NORMAL) return probit(p);
  const tails = 2 * (1 - p);
  let low = 0;
  let high = 1;
  while (studentTails(high, freedom) > tails) [low, high] = [high, high * 2];
  while (high - low > 1e-11 * high) {
    const middle = (low + high) / 2;
    if (studentTails(middle, freedom) > tails) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Throws up to which the chances are added up; beyond, 2⁻ⁿ would be too small a number. */
const MOST_ADDED = 1000;

/** P(X ≤ k) of the number of heads in n throws of a fair coin, 0 ≤ k ≤ n. */
export function coinTail(k: number, n: number): number {
  if (k >= n) return 1;
  if (n > MOST_ADDED) return incompleteBeta(n - k, k + 1, 0.5);
  let chance = 1;
  for (let i = 0; i < n; i++) chance /= 2;
  let sum = chance;
  for (let i = 1; i <= k; i++) {
    chance *= (n - i + 1) / i;
    sum += chance;
  }
  return sum;
}

/**
 * The x with P(χ² ≤ x) = p, by the cube root of E. B. Wilson and M. M. Hilferty (1931, PNAS 17:684): within 3% from four
 * degrees of freedom on, for 0.05 ≤ p ≤ 0.95. For statements of how far a variance is known.
 */
export function chiSquareQuantile(p: number, freedom: number): number {
  const part = 2 / (9 * freedom);
  const root = Math.max(0, 1 - part + probit(p) * Math.sqrt(part));
  return freedom * root * root * root;
}
