/** Matthews' correlation coefficient for any number of classes. */
import { type Estimate, UNDEFINED, wilsonWithVariance } from '../statistics/index.ts';
import { type ConfusionMatrix, totals } from './matrix.ts';

/**
 * R_K (J. Gorodkin, 2004, Comput. Biol. Chem. 28:367), which is Matthews' coefficient when there are two classes.
 * With s sessions, c of them right, tₖ of actual and pₖ of predicted class k:
 *
 *   R_K = (c·s − Σ pₖtₖ) / √((s² − Σ pₖ²)(s² − Σ tₖ²))
 *
 * 0 is chance, 1 perfect. Undefined when all sessions are, or were predicted to be, of one class.
 *
 * The interval comes from the variance by the delta method under multinomial sampling, on (1 + R) / 2 with
 * `wilsonWithVariance`; a coefficient of ±1 is given the interval of as many sessions as the smallest class has.
 */
export function matthews(matrix: ConfusionMatrix): Estimate {
  const { actual, predicted, right, all } = totals(matrix);
  const r = coefficient(actual, predicted, right);
  if (r === null) return UNDEFINED;
  const { u, v, scale } = scales(actual, predicted, all);

  // Gradient of R with respect to the probability of each cell, in counts; every term is of order s / s.
  let mean = 0;
  let square = 0;
  matrix.forEach((row, i) => {
    row.forEach((count, j) => {
      const numerator = (i === j ? all : 0) - actual[j]! - predicted[i]!;
      const gradient = (all * numerator) / scale + r * all * (predicted[j]! / u + actual[i]! / v);
      mean += (count / all) * gradient;
      square += (count / all) * gradient * gradient;
    });
  });
  const variance = Math.max(0, square - mean * mean) / all;

  const smallest = Math.min(...actual.filter((t) => t > 0));
  const half = wilsonWithVariance(clamp((1 + r) / 2), variance / 4, smallest);
  return { value: r, low: 2 * half.low! - 1, high: 2 * half.high! - 1 };
}

/**
 * R_K itself; null where it is undefined.
 *
 * @param actual [C]: sessions of each class
 * @param predicted [C]: sessions that were predicted to be of each
 * @param right sessions whose class was
 */
export function coefficient(
  actual: ArrayLike<number>,
  predicted: ArrayLike<number>,
  right: number,
): number | null {
  let [all, both] = [0, 0];
  for (let k = 0; k < actual.length; k++) {
    all += actual[k]!;
    both += actual[k]! * predicted[k]!;
  }
  const { u, v, scale } = scales(actual, predicted, all);
  return u === 0 || v === 0 ? null : (right * all - both) / scale;
}

/** s² − Σ pₖ², s² − Σ tₖ², and the root of their product. */
function scales(actual: ArrayLike<number>, predicted: ArrayLike<number>, all: number) {
  let [u, v] = [all * all, all * all];
  for (let k = 0; k < actual.length; k++) {
    u -= predicted[k]! * predicted[k]!;
    v -= actual[k]! * actual[k]!;
  }
  // A perfect score is 1, not an ulp less.
  return { u, v, scale: u === v ? u : Math.sqrt(u) * Math.sqrt(v) };
}

const clamp = (p: number) => Math.min(1, Math.max(0, p));
