/** Weighted choices from the same weights again and again. */
import type { Stream } from '../random/index.ts';

/** [n]: the sum of the weights up to and with each. */
export type WeightedChoice = Float64Array;

export function createWeightedChoice(weights: readonly number[]): WeightedChoice {
  const cumulative = new Float64Array(weights.length);
  let sum = 0;
  weights.forEach((weight, i) => {
    sum += weight;
    cumulative[i] = sum;
  });
  return cumulative;
}

/** Index i with probability weight i / Σ weights: what `choose` of random/ draws, found by bisection. */
export function draw(cumulative: WeightedChoice, source: Stream): number {
  const wanted = source.uniform() * cumulative[cumulative.length - 1]!;
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle]! > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
