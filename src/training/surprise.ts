/**
 * What the decoder of a network makes of sessions: the surprise of every token, −ln p in nats, held against what is usual at
 * its place, and of a session its greatest standardised surprise, as by the baseline of counts.
 */
import { setImmediate } from 'node:timers/promises';
import type { Model } from '../network/index.ts';
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
  /** Mean surprise of a token. */
  readonly nats: number;
  /** The score that one in a hundred of them exceeds, or none where they are fewer than that; above 0. */
  readonly threshold: number;
  /** By place, see placeOf. */
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

export interface Decoded {
  /** [N]: greatest standardised surprise, at least 0. */
  readonly scores: Float64Array;
  /** [N]: Σ over its tokens, and how many these are. */
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

/** Learns what is usual. */
export async function learnUsual(options: DecodeOptions): Promise<Usual> {
  const { maxTokens: T, sessions } = options.presented;
  const places = PACKETS * (T + 1) * T;
  const count = new Float64Array(places).fill(PRIOR);
  const mean = new Float64Array(places);
  const deviation = new Float64Array(places).fill(PRIOR);
  let nats = 0;
  let tokens = 0;
  await decodeAll(options, (_, place, s) => {
    count[place]!++;
    mean[place]! += s;
    nats += s;
    tokens++;
  });
  for (let i = 0; i < places; i++) mean[i]! /= count[i]!;
  await decodeAll(options, (_, place, s) => {
    const off = s - mean[place]!;
    deviation[place]! += off * off;
  });
  for (let i = 0; i < places; i++) deviation[i] = Math.sqrt(deviation[i]! / count[i]!);
  const usual = {
    sessions: sessions.length,
    nats: nats / Math.max(tokens, 1),
    threshold: 0,
    mean,
    deviation,
  };
  const { scores } = await decodeSessions(options, usual);
  const sorted = scores.slice().sort();
  const threshold = sorted[sorted.length - 1 - Math.floor(FALSE_ALARMS * sorted.length)] ?? 0;
  return { ...usual, threshold: Math.max(threshold, LEAST) };
}

/** Scores of sessions, in their order. */
export async function decodeSessions(
  options: DecodeOptions,
  { mean, deviation }: Pick<Usual, 'mean' | 'deviation'>,
): Promise<Decoded> {
  const N = options.presented.sessions.length;
  const scores = new Float64Array(N);
  const nats = new Float64Array(N);
  const tokens = new Uint32Array(N);
  await decodeAll(options, (i, place, s) => {
    const z = (s - mean[place]!) / deviation[place]!;
    if (z > scores[i]!) scores[i] = z;
    nats[i]! += s;
    tokens[i]!++;
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

/** Tells of every token of every session its place and its surprise. */
async function decodeAll(
  { model, presented, progress }: DecodeOptions,
  take: (session: number, place: number, nats: number) => void,
): Promise<void> {
  const { sessions, maxPackets: P, maxTokens: T } = presented;
  const N = sessions.length;
  const batch: Batch = createBatch(Math.max(1, Math.min(model.capacity, N)), P, T);
  const surprise = new Float32Array(batch.tokens.length);
  for (let from = 0; from < N; from += batch.size) {
    batch.size = Math.min(N - from, model.capacity);
    for (let row = 0; row < batch.size; row++) presented.load(from + row, batch, row);
    model.surprise!(batch, surprise);
    for (let row = 0; row < batch.size; row++)
      for (let p = 0; p < batch.packets[row]!; p++) {
        const packet = row * P + p;
        const length = batch.lengths[packet]!;
        for (let t = 0; t < length; t++)
          take(from + row, placeOf(T, p, length, t), surprise[packet * T + t]!);
      }
    await setImmediate();
    progress?.();
  }
}
