/**
 * The decoder: p(token t of packet p | the tokens before it in the packet, the packets before it in the session).
 *
 *   u_n = ⟨0; h_n prefix⟩ for each node n of the packets' forest, v = ⟨contextBias; s context⟩ with the session encoder's
 *   state s after packet p − 1, and v = contextBias for the first packet
 *   o = tanh(v) for the first token and one whose prefix is hidden, else tanh(u_n + v) with the node n of the token before
 *   with latent vectors (latent.ts) v + r in the place of v
 *   z = ⟨outputBias; o output⟩, e_j = exp(z_j − max z), Σ = e·1 (sixteen lanes), nats = ln Σ − (z_token − max z) in f64
 *
 * The context meets the prefix here, above the recurrence, so that packets go on sharing the states of their prefixes.
 * Only sessions of class 0 are learned from; a packet's tokens are in their order, packets in that of the forest.
 */
import { ln } from '../../numeric/index.ts';
import type { Batch } from '../../token/index.ts';
import type { DecoderPlan, Decoding, LatentStep, Plan, Weight } from '../plan.ts';
import { activateBackward, linear, linearBackward } from './dense.ts';
import type { Forest } from './forest.ts';
import { dot16, exp, tanh } from './functions.ts';
import { divergence, type Latent, latentBackward, latentForward } from './latent.ts';
import { add, row } from './recurrent.ts';

const f = Math.fround;

/** States of an encoder's top layer. */
interface Level {
  readonly forest: Forest;
  /** [N, H]. */
  readonly hidden: Float32Array;
}

/** What a chunk gives the decoder to work on. */
export interface Decodable {
  readonly batch: Batch;
  /** The sessions of the chunk, and the rows in the batch of the packets' sequences. */
  readonly sessions: Uint32Array;
  readonly rows: readonly number[];
  readonly packet: Level;
  readonly session: Level;
  /** [n, S]: session vectors. */
  readonly vectors: Float32Array;
}

/** Tokens of the sessions of a batch that the decoder learns from. */
export function learnedTokens({ size, labels, packets, lengths, maxPackets: P }: Batch): number {
  let sum = 0;
  for (let b = 0; b < size; b++)
    if (labels[b] === 0) for (let p = 0; p < packets[b]!; p++) sum += lengths[b * P + p]!;
  return sum;
}

/** f32: the gradient of a token's nats; 0 where there is nothing to learn from. */
export function decoderGradient({ decoder }: Pick<Plan, 'decoder'>, batch: Batch): number {
  const among = decoder === null ? 0 : learnedTokens(batch);
  return among === 0 ? 0 : f(decoder!.weight / among);
}

/** f32: the gradient of a nat of divergence. */
export const divergenceGradient = (plan: Plan, batch: Batch, step: LatentStep | undefined): number =>
  f(decoderGradient(plan, batch) * f(step?.beta ?? 1));

/** What it is asked to tell; what is no token is left alone. */
export function decode(plan: DecoderPlan, chunk: Decodable, decoding: Decoding): void {
  const { surprise, noise = null, withoutLatent = false, posterior } = decoding;
  const { maxTokens: T } = chunk.batch;
  const latent =
    plan.latent && latentForward(plan.latent, chunk.sessions, chunk.vectors, noise, !withoutLatent);
  visit(plan, chunk, { latent, hidden: null }, null, ({ place, nats }) => {
    for (let t = 0; t < nats.length; t++) surprise[place * T + t] = nats[t]!;
  });
  if (latent === null || posterior === undefined) return;
  const Z = plan.latent!.units;
  chunk.sessions.forEach((b, i) => {
    posterior.set(row(latent.mean, i, Z), b * 2 * Z);
    posterior.set(row(latent.deviation, i, Z), (b * 2 + 1) * Z);
  });
}

/** Gradients of what both encoders gave. */
export interface DecoderGradients {
  readonly packet: Float32Array;
  readonly session: Float32Array;
  /** [n, S]: of the session vectors; null without latent ones. */
  readonly vectors: Float32Array | null;
}

/**
 * Adds each session's nats to `nats` [B]; the gradients of the plan grow by those of g (Σ nats + β Σ max(KL, free)).
 *
 * dz = e (g / Σ) − g at the token; tokens add what they give to u_n, v (or contextBias) and r one after the other.
 *
 * @param g f32
 */
export function learnToDecode(
  plan: DecoderPlan,
  chunk: Decodable,
  g: number,
  step: LatentStep | undefined,
  { nats, divergences }: { readonly nats: Float64Array; readonly divergences: Float64Array },
): DecoderGradients {
  const { packet, session, batch, sessions } = chunk;
  const latent =
    plan.latent && latentForward(plan.latent, sessions, chunk.vectors, step?.noise ?? null, true);
  const dr = new Float32Array(latent === null ? 0 : sessions.length * plan.units);
  const K = plan.units;
  const du = new Float32Array(packet.forest.nodes * K);
  const dv = new Float32Array(session.forest.nodes * K);
  visit(plan, chunk, { latent, hidden: step?.hidden ?? null }, g, (packet) => {
    const { place, number, nats: of, o, dz, before, context } = packet;
    const b = Math.floor(place / batch.maxPackets);
    for (const value of of) nats[b]! += value;
    const d = linearBackward(of.length, o, plan.output, plan.outputBias, dz);
    activateBackward('tanh', o, d);
    const into = context < 0 ? plan.contextBias.gradient : row(dv, context, K);
    for (let t = 0; t < of.length; t++) {
      const from = row(d, t, K);
      add(into, from);
      if (latent !== null) add(row(dr, number, K), from);
      if (before[t]! >= 0) add(row(du, before[t]!, K), from);
    }
  });
  const learned = Array.from(sessions, (b) => batch.labels[b] === 0);
  if (latent !== null)
    sessions.forEach((b, i) => {
      for (let at = i * plan.latent!.units; learned[i] && at < (i + 1) * plan.latent!.units; at++)
        divergences[b]! += divergence(latent.mean[at]!, latent.deviation[at]!);
    });
  return {
    vectors: latent && latentBackward(plan.latent!, latent, dr, learned, f(g * f(step?.beta ?? 1))),
    packet: linearBackward(packet.forest.nodes, packet.hidden, plan.prefix, nothing(K), du),
    session: linearBackward(session.forest.nodes, session.hidden, plan.context, plan.contextBias, dv),
  };
}

/** A packet of n tokens, decoded. */
interface DecodedPacket {
  /** Its row in the batch, and the number of its session in the chunk. */
  readonly place: number;
  readonly number: number;
  /** [n]: the node of the token before; −1 where there is none, or it is hidden. */
  readonly before: Int32Array;
  /** The node of the session whose state is its context; −1 of a first packet. */
  readonly context: number;
  /** [n] */
  readonly nats: Float64Array;
  /** [n, K]. */
  readonly o: Float32Array;
  /** [n, V]: the gradient of the logits; where there is none to be had, exp. */
  readonly dz: Float32Array;
}

/** @param g null: of all sessions, without gradients; else of those of class 0 */
function visit(
  plan: DecoderPlan,
  { batch, sessions, rows, packet, session }: Decodable,
  { latent, hidden }: { readonly latent: Latent | null; readonly hidden: Uint8Array | null },
  g: number | null,
  take: (packet: DecodedPacket) => void,
): void {
  const { maxPackets: P, maxTokens: T, tokens, labels } = batch;
  const K = plan.units;
  const V = plan.outputBias.value.length;
  const u = linear(packet.forest.nodes, packet.hidden, plan.prefix, nothing(K));
  const v = linear(session.forest.nodes, session.hidden, plan.context, plan.contextBias);
  const numberOf = new Map(Array.from(sessions, (b, i) => [b, i]));
  const ones = new Float32Array(V).fill(1);
  rows.forEach((place, s) => {
    const b = Math.floor(place / P);
    if (g !== null && labels[b] !== 0) return;
    const p = place % P;
    const path = packet.forest.paths[s]!;
    const number = numberOf.get(b)!;
    const context = p === 0 ? -1 : session.forest.paths[number]![p - 1]!;
    const told = (context < 0 ? plan.contextBias.value : row(v, context, K)).slice();
    if (latent !== null) add(told, row(latent.r, number, K));
    const o = new Float32Array(path.length * K);
    const before = Int32Array.from(path, (_, t) =>
      hidden?.[place * T + t] === 1 ? -1 : (path[t - 1] ?? -1),
    );
    for (let t = 0; t < path.length; t++)
      for (let j = 0; j < K; j++)
        o[t * K + j] = tanh(before[t]! < 0 ? told[j]! : f(u[before[t]! * K + j]! + told[j]!));
    const z = linear(path.length, o, plan.output, plan.outputBias);
    const nats = Float64Array.from(path, (_, t) => {
      const token = tokens[place * T + t]!;
      return surpriseOf(row(z, t, V), token, ones, g);
    });
    take({ place, number, before, context, nats, o, dz: z });
  });
}

/** Of one token; the logits become their exponentials, or with g their gradient. */
function surpriseOf(z: Float32Array, token: number, ones: Float32Array, g: number | null): number {
  const top = z.reduce((a, b) => (b > a ? b : a));
  const chosen = z[token]! - top;
  for (let j = 0; j < z.length; j++) z[j] = exp(f(z[j]! - top));
  const sum = dot16(z, 0, ones, 0, z.length);
  if (g !== null) {
    const scale = f(g / sum);
    for (let j = 0; j < z.length; j++) z[j] = z[j]! * scale;
    z[token] = z[token]! - g;
  }
  return ln(sum) - chosen;
}

/** A bias that is none. */
const nothing = (units: number): Weight => ({
  value: new Float32Array(units),
  gradient: new Float32Array(units),
});
