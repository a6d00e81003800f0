/** Whether latent vectors say anything, or have collapsed to the prior. */
import { drawNoise } from '../network/index.ts';
import { type DecodeOptions, decodeBatches, divergenceOf } from './surprise.ts';

/** Of normal sessions. JSON-able. */
export interface LatentMeasure {
  readonly units: number;
  /** Units whose mean varies between sessions: by more than 0.01 (Y. Burda et al., 2016). */
  readonly active: number;
  /** Mean divergence of a session from the prior, in nats. */
  readonly divergence: number;
  /** Bits a token: at least as many as the sessions take, by one draw each; and with z = 0 for all of them. */
  readonly bound: number;
  readonly without: number;
  /** Fewer than four active units, or the bound does not beat z = 0: then nothing that is drawn from it is worth anything. */
  readonly collapsed: boolean;
}

const ACTIVE = 0.01;
const LEAST_ACTIVE = 4;

/** Measures a model with latent vectors. */
export async function measureLatent(options: DecodeOptions, seed: number): Promise<LatentMeasure> {
  const units = options.model.latentUnits!;
  const N = options.presented.sessions.length;
  const sums = new Float64Array(units);
  const squares = new Float64Array(units);
  let divergence = 0;
  const draw = (noise: Float32Array, from: number) => drawNoise(noise, seed, 'measured', from);
  const drawn = await totals(options, { noise: draw }, (posterior, row) => {
    divergence += divergenceOf(posterior, row, units);
    for (let k = 0; k < units; k++) {
      const mean = posterior[row * 2 * units + k]!;
      sums[k]! += mean;
      squares[k]! += mean * mean;
    }
  });
  const without = await totals(options, { withoutLatent: true });
  const active = sums.filter((sum, k) => squares[k]! / N - (sum / N) * (sum / N) > ACTIVE).length;
  const bits = (nats: number) => nats / Math.max(1, drawn.tokens) / Math.LN2;
  const bound = bits(drawn.nats + divergence);
  return {
    units,
    active,
    divergence: divergence / Math.max(1, N),
    bound,
    without: bits(without.nats),
    collapsed: active < LEAST_ACTIVE || bound >= bits(without.nats),
  };
}

async function totals(
  options: DecodeOptions,
  how: Parameters<typeof decodeBatches>[1],
  note?: (posterior: Float32Array, row: number) => void,
) {
  let nats = 0;
  let tokens = 0;
  await decodeBatches(options, how, (_, batch, { surprise, posterior }) => {
    for (let row = 0; row < batch.size; row++) {
      for (let p = 0; p < batch.packets[row]!; p++) {
        const packet = row * batch.maxPackets + p;
        for (let t = 0; t < batch.lengths[packet]!; t++) nats += surprise[packet * batch.maxTokens + t]!;
        tokens += batch.lengths[packet]!;
      }
      note?.(posterior!, row);
    }
  });
  return { nats, tokens };
}
