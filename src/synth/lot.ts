/** Weighted choices from the same weights again and again. */
import type { Stream } from '../random/index.ts';

/** [n]: the sum of the weights up to and with each. */
export type Lot = Float64Array;

export function createLot(weights: readonly number[]): Lot {
  const lot = new Float64Array(weights.length);
  let sum = 0;
  weights.forEach((weight, i) => {
    sum += weight;
    lot[i] = sum;
  });
  return lot;
}

/** Index i with probability weight i / Σ weights: what `choose` of random/ draws, found by bisection. */
export function draw(lot: Lot, source: Stream): number {
  const wanted = source.uniform() * lot[lot.length - 1]!;
  let low = 0;
  let high = lot.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lot[middle]! > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
