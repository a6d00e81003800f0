/** Where training draws latent vectors from, and what their divergence costs: annealing (S. Bowman et al., 2016). */
import type { LatentStep } from '../engine/index.ts';
import { normal, stream } from '../random/index.ts';
import type { NetworkShape } from './shape.ts';

/** Writes so many draws of N(0, 1), of a stream of their own. */
export function drawNoise(noise: Float32Array, seed: number, ...name: readonly (string | number)[]): void {
  const source = stream(seed, 'latent', ...name);
  for (let i = 0; i < noise.length; i++) noise[i] = normal(source);
}

/** Tokens whose prefix is hidden at a step, so that the latent vector is worth something (S. Bowman et al., 2016). */
export function hide(hidden: Uint8Array, probability: number, seed: number, step: number): void {
  const source = stream(seed, 'prefix-dropout', step);
  for (let i = 0; i < hidden.length; i++) hidden[i] = source.uniform() < probability ? 1 : 0;
}

/** β of a step, counted from 0: it grows evenly to 1. */
export const betaOf = (step: number, annealing: number): number =>
  annealing <= 0 ? 1 : Math.min(1, (step + 1) / annealing);

/** The draws of all steps; null without latent vectors. */
export function createLatents(
  { decoder, maxPackets, maxTokens }: NetworkShape,
  capacity: number,
  { seed, annealing = 0 }: { readonly seed: number; readonly annealing?: number },
) {
  if (decoder?.latent == null) return null;
  const { units: Z, prefixDropout } = decoder.latent;
  const noise = new Float32Array(capacity * Z);
  const places = maxPackets * maxTokens;
  const hidden = prefixDropout > 0 ? new Uint8Array(capacity * places) : null;
  let step = 0;
  return {
    /** Of the next step, for so many sessions. */
    draw(sessions: number): LatentStep {
      const beta = betaOf(step, annealing);
      drawNoise(noise.subarray(0, sessions * Z), seed, step);
      if (hidden !== null) hide(hidden.subarray(0, sessions * places), prefixDropout, seed, step);
      step++;
      return { noise, beta, hidden };
    },
    /** The next is that of the step after so many. */
    continueAfter(steps: number): void {
      step = steps;
    },
  };
}
