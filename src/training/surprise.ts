/**
 * What the decoder of a network makes of sessions: the surprise of every token, −ln p in nats, held against what is usual at
 * its place, and of a session its greatest standardised surprise, as by the baseline of counts. With latent vectors, which
 * are their posterior means here, the divergence of a session's from the prior is one more such number.
 */
import { setImmediate } from 'node:timers/promises';
import type { Decoding, Model } from '../network/index.ts';
import { ln } from '../numeric/index.ts';
import { type Batch, createBatch } from '../token/index.ts';
import type { PresentedSessions } from './presented.ts';

export interface DecodeOptions {
  /** One with a decoder. */
  readonly model: Model;
  /** N of them. */
  readonly presented: PresentedSessions;
  /** Called after every batch; what it throws ends the work. */
  readonly progress?: () => void;
}

/** What is usual in normal sessions that did not train. */
export interface Usual {
  /** How many there were. */
  readonly sessions: number;
  /** Mean surprise of a token, divergences included: a bound where there are latent vectors. */
  readonly nats: number;
  /** The score that one in a hundred of them exceeds, or none where they are fewer than that; above 0. */
  readonly threshold: number;
  /** By place, see placeOf; the last is that of divergences. */
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

export interface Decoded {
  /** [N]: greatest standardised surprise, at least 0. */
  readonly scores: Float64Array;
  /** [N]: Σ over its tokens, its divergence included, and how many tokens these are. */
  readonly nats: Float64Array;
  readonly tokens: Uint32Array;
}

/** Packets that have places of their own; later ones share the last. */
const PACKETS = 4;
/** Observations of mean 0 and variance 1 that every place is given before its own. */
const PRIOR = 1;
/** Share of these sessions that the threshold calls anomalous. */
const FALSE_ALARMS = 0.01;
const LEAST = 1e-6;

/** The place of a token: its packet, its step, and how long its packet is, which tells one protocol's headers from another's. */
const placeOf = (T: number, packet: number, length: number, t: number): number =>
  (Math.min(packet, PACKETS - 1) * (T + 1) + length) * T + t;

const placesOf = (T: number): number => PACKETS * (T + 1) * T + 1;

/** Learns what is usual. */
export async function learnUsual(options: DecodeOptions): Promise<Usual> {
  const { maxTokens: T, sessions } = options.presented;
  const places = placesOf(T);
  const count = new Float64Array(places).fill(PRIOR);
  const mean = new Float64Array(places);
  const deviation = new Float64Array(places).fill(PRIOR);
  const seen: { readonly place: Uint32Array; readonly nats: Float32Array }[] = [];
  let nats = 0;
  let tokens = 0;
  await decodeAll(options, (_, found) => {
    const kept = { place: found.place.slice(0, found.n), nats: found.nats.slice(0, found.n) };
    seen.push(kept);
    for (let i = 0; i < found.n; i++) {
      count[kept.place[i]!]!++;
      mean[kept.place[i]!]! += kept.nats[i]!;
      nats += kept.nats[i]!;
    }
    tokens += found.tokens;
  });
  for (let i = 0; i < places; i++) mean[i]! /= count[i]!;
  for (const { place, nats: of } of seen)
    for (let i = 0; i < of.length; i++) {
      const off = of[i]! - mean[place[i]!]!;
      deviation[place[i]!]! += off * off;
    }
  for (let i = 0; i < places; i++) deviation[i] = Math.sqrt(deviation[i]! / count[i]!);
  const scores = Float64Array.from(seen, (one) =>
    scoreOf({ ...one, n: one.nats.length }, { mean, deviation }),
  );
  scores.sort();
  const threshold = scores[scores.length - 1 - Math.floor(FALSE_ALARMS * scores.length)] ?? 0;
  return {
    sessions: sessions.length,
    nats: nats / Math.max(tokens, 1),
    threshold: Math.max(threshold, LEAST),
    mean,
    deviation,
  };
}

/** Scores of sessions, in their order. */
export async function decodeSessions(
  options: DecodeOptions,
  usual: Pick<Usual, 'mean' | 'deviation'>,
): Promise<Decoded> {
  const N = options.presented.sessions.length;
  const scores = new Float64Array(N);
  const nats = new Float64Array(N);
  const tokens = new Uint32Array(N);
  await decodeAll(options, (session, found) => {
    scores[session] = scoreOf(found, usual);
    for (let i = 0; i < found.n; i++) nats[session]! += found.nats[i]!;
    tokens[session] = found.tokens;
  });
  return { scores, nats, tokens };
}

/**
 * [N, 2], as of a classifier of normal and anomalous: P(normal) = threshold / (threshold + score), ½ at the threshold. It
 * ranks sessions; how probable they are it does not say.
 */
export function asProbabilities({ scores }: Pick<Decoded, 'scores'>, { threshold }: Usual): Float32Array {
  const probabilities = new Float32Array(2 * scores.length);
  scores.forEach((score, i) => {
    probabilities[2 * i] = threshold / (threshold + score);
    probabilities[2 * i + 1] = score / (threshold + score);
  });
  return probabilities;
}

/** Surprises of one session, n of them with their places; the tokens among them. */
interface Found {
  n: number;
  tokens: number;
  readonly place: Uint32Array;
  readonly nats: Float32Array;
}

function scoreOf(
  { n, place, nats }: Pick<Found, 'n' | 'place' | 'nats'>,
  { mean, deviation }: Pick<Usual, 'mean' | 'deviation'>,
): number {
  let score = 0;
  for (let i = 0; i < n; i++) {
    const z = (nats[i]! - mean[place[i]!]!) / deviation[place[i]!]!;
    if (z > score) score = z;
  }
  return score;
}

/** Tells of every session its surprises; they are overwritten by those of the next. */
async function decodeAll(
  { model, presented, progress }: DecodeOptions,
  take: (session: number, found: Found) => void,
): Promise<void> {
  const { maxPackets: P, maxTokens: T } = presented;
  const Z = model.latentUnits ?? 0;
  const found: Found = {
    n: 0,
    tokens: 0,
    place: new Uint32Array(P * T + 1),
    nats: new Float32Array(P * T + 1),
  };
  await decodeBatches({ model, presented, ...(progress && { progress }) }, {}, (from, batch, decoding) => {
    for (let row = 0; row < batch.size; row++) {
      found.n = 0;
      for (let p = 0; p < batch.packets[row]!; p++) {
        const packet = row * P + p;
        const length = batch.lengths[packet]!;
        for (let t = 0; t < length; t++) {
          found.place[found.n] = placeOf(T, p, length, t);
          found.nats[found.n++] = decoding.surprise[packet * T + t]!;
        }
      }
      found.tokens = found.n;
      if (Z > 0) {
        found.place[found.n] = placesOf(T) - 1;
        found.nats[found.n++] = divergenceOf(decoding.posterior!, row, Z);
      }
      take(from + row, found);
    }
  });
}

/** KL of the posterior of a session from the prior, in nats; means and deviations [B, 2Z]. */
export function divergenceOf(posterior: Float32Array, row: number, Z: number): number {
  let sum = 0;
  for (let k = 0; k < Z; k++) {
    const mean = posterior[row * 2 * Z + k]!;
    const deviation = posterior[(row * 2 + 1) * Z + k]!;
    sum += 0.5 * (mean * mean + deviation * deviation - 1) - ln(deviation);
  }
  return sum;
}

/** Decodes all sessions in batches of the model's capacity; the arrays are those of the next batch after it. */
export async function decodeBatches(
  { model, presented, progress }: DecodeOptions,
  how: Pick<Decoding, 'withoutLatent'> & { readonly noise?: (noise: Float32Array, from: number) => void },
  take: (from: number, batch: Batch, decoding: Decoding) => void,
): Promise<void> {
  const { sessions, maxPackets: P, maxTokens: T } = presented;
  const Z = model.latentUnits ?? 0;
  const N = sessions.length;
  const batch: Batch = createBatch(Math.max(1, Math.min(model.capacity, N)), P, T);
  const rows = batch.packets.length;
  const noise = how.noise === undefined ? {} : { noise: new Float32Array(rows * Z) };
  const decoding: Decoding = {
    surprise: new Float32Array(batch.tokens.length),
    withoutLatent: how.withoutLatent ?? false,
    ...(Z === 0 ? {} : { posterior: new Float32Array(rows * 2 * Z) }),
    ...noise,
  };
  for (let from = 0; from < N; from += batch.size) {
    batch.size = Math.min(N - from, model.capacity);
    for (let row = 0; row < batch.size; row++) presented.load(from + row, batch, row);
    if (decoding.noise !== undefined) how.noise?.(decoding.noise, from);
    model.decode!(batch, decoding);
    take(from, batch, decoding);
    await setImmediate();
    progress?.();
  }
}
