/** The quantile function of the standard normal distribution. */
import { ln } from './elementary.ts';

const A = [-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2];
const A_END = [-3.066479806614716e1, 2.506628277459239];
const B = [-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1];
const B_END = [-1.328068155288572e1, 1];
const C = [-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734];
const C_END = [4.374664141464968, 2.938163982698783];
const D = [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416, 1];

/** Below this the tail has a formula of its own. */
const TAIL = 0.02425;

/** Φ⁻¹(p) for 0 < p < 1, relative error below 1.2e-9 (P. J. Acklam's rational approximation, 2003). */
export function probit(p: number): number {
  if (p > 1 - TAIL) return -probit(1 - p);
  if (p < TAIL) {
    const q = Math.sqrt(-2 * ln(p));
    return polynomial([...C, ...C_END], q) / polynomial(D, q);
  }
  const q = p - 0.5;
  const r = q * q;
  return (polynomial([...A, ...A_END], r) * q) / polynomial([...B, ...B_END], r);
}

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, c) => sum * x + c, 0);
}
