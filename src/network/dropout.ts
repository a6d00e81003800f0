/** Inverted dropout: in training each value of a hidden head layer is kept with probability 1 − p and divided by it. */
import { stream } from '../random/index.ts';

/** The mask of a layer at a step: 0 with probability p, otherwise 1 / (1 − p); from a stream of its own. */
export function drawMask(mask: Float32Array, p: number, seed: number, layer: number, step: number): void {
  const source = stream(seed, 'dropout', layer, step);
  for (let i = 0; i < mask.length; i++) mask[i] = source.uniform() < p ? 0 : 1 / (1 - p);
}

/** The masks of all hidden head layers, [capacity, units]; none without dropout. */
export function createDropout(units: readonly number[], capacity: number, p: number, seed: number) {
  const masks = p > 0 ? units.map((n) => new Float32Array(capacity * n)) : [];
  let step = 0;
  return {
    masks,
    /** Draws the masks of the next step for so many sessions. */
    draw(sessions: number): void {
      masks.forEach((mask, layer) => {
        drawMask(mask.subarray(0, sessions * units[layer]!), p, seed, layer, step);
      });
      step++;
    },
    /** The next masks are those of the step after so many. */
    continueAfter(steps: number): void {
      step = steps;
    },
  };
}
