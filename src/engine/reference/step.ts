/** A step: every chunk of every group forward, and in training backward; then the groups are added. */
import type { Batch } from '../../token/index.ts';
import {
  type AttentionOutput,
  checkBatch,
  type DensePlan,
  type EncoderPlan,
  type LatentStep,
  mapWeights,
  type Plan,
  type Steps,
  weightsOf,
} from '../plan.ts';
import { type Attended, attend, attendBackward } from './attention.ts';
import type { ReferenceCell } from './cell.ts';
import { cells } from './cells.ts';
import { chunksOf } from './chunks.ts';
import { type Decodable, decode, decoderGradient, learnToDecode } from './decoder.ts';
import {
  activate,
  activateBackward,
  linear,
  linearBackward,
  type Normalized,
  normalize,
  normalizeBackward,
} from './dense.ts';
import { type Forest, packetForest, sessionForest } from './forest.ts';
import { crossEntropy } from './loss.ts';
import { add, recurrentBackward, recurrentForward, row, type States } from './recurrent.ts';

/** See Kernels.createSteps. */
export function createSteps(plan: Plan, capacity: number): Steps {
  const C = plan.head.at(-1)!.units;
  const logits = new Float32Array(capacity * C);
  const losses = new Float64Array(capacity);
  const nats = new Float64Array(capacity);
  const divergences = new Float64Array(capacity);
  return {
    logits,
    losses,
    nats,
    divergences,
    train(batch, meanwhile, latent) {
      checkBatch(plan, capacity, batch);
      meanwhile?.();
      nats.fill(0);
      divergences.fill(0);
      const groups = chunksOf(batch).map((chunks) => {
        const sums = mapWeights(plan, ({ value }) => ({ value, gradient: new Float32Array(value.length) }));
        for (const sessions of chunks)
          trainChunk(sums, batch, sessions, latent, { logits, losses, nats, divergences });
        return weightsOf(sums);
      });
      weightsOf(plan).forEach(({ gradient }, i) => {
        gradient.set(groups[0]![i]!.gradient);
        for (const group of groups.slice(1)) add(gradient, group[i]!.gradient);
      });
      const { input, bias } = plan.packet.layers[0]!;
      // A token's row is read with the bias added to it: Σ over tokens.
      bias.gradient.fill(0);
      for (let v = 0; v < plan.vocabulary; v++)
        add(bias.gradient, row(input.gradient, v, bias.gradient.length));
    },
    infer(batch, attention, meanwhile, decoding) {
      checkBatch(plan, capacity, batch);
      meanwhile?.();
      for (const sessions of chunksOf(batch).flat()) {
        const { packets, packet, session } = forward(plan, batch, sessions, false, logits);
        if (decoding !== undefined && plan.decoder !== null)
          decode(plan.decoder, decodable(batch, sessions, packets, packet, session), decoding);
        if (attention === null) continue;
        spread(packet.attended, packets, plan.maxTokens, attention.tokenScores, attention.tokenWeights);
        spread(session.attended, sessions, plan.maxPackets, attention.packetScores, attention.packetWeights);
      }
    },
  };

  function spread(
    { forest, scores, weights }: Attended & { readonly forest: Forest },
    rows: ArrayLike<number>,
    steps: number,
    toScores: AttentionOutput['tokenScores'],
    toWeights: AttentionOutput['tokenWeights'],
  ): void {
    weights.forEach((w, s) => {
      toWeights.set(w, rows[s]! * steps);
      forest.paths[s]!.forEach((node, t) => {
        if (scores !== null) toScores[rows[s]! * steps + t] = scores[node]!;
      });
    });
  }
}

/** Forward, loss and backward of some sessions of a batch; the gradients of the plan grow. */
function trainChunk(
  plan: Plan,
  batch: Batch,
  sessions: Uint32Array,
  latent: LatentStep | undefined,
  { logits, losses, ...decoded }: Pick<Steps, 'logits' | 'losses' | 'nats' | 'divergences'>,
): void {
  const cell: ReferenceCell = cells[plan.cell];
  const { packets, packet, session, head } = forward(plan, batch, sessions, true, logits);
  const C = plan.head.at(-1)!.units;
  let d: Float32Array = new Float32Array(sessions.length * C);
  sessions.forEach((b, i) => {
    const z = row(logits, b, C);
    losses[b] = crossEntropy(z, batch.labels[b]!, plan.classWeights, batch.size, row(d, i, C));
  });
  for (let i = head.length - 1; i >= 0; i--) d = denseBackward(plan.head[i]!, sessions, head[i]!, d);
  const gradient = decoderGradient(plan, batch);
  const from =
    plan.decoder === null || gradient === 0
      ? null
      : learnToDecode(
          plan.decoder,
          decodable(batch, sessions, packets, packet, session),
          gradient,
          latent,
          decoded,
        );
  if (from !== null && from.vectors !== null) add(d, from.vectors);
  d = encodeBackward(cell, plan.session, session, d, from?.session);
  encodeBackward(cell, plan.packet, packet, d, from?.packet);
}

/** What the decoder needs of a chunk that went forward. */
function decodable(
  batch: Batch,
  sessions: Uint32Array,
  rows: readonly number[],
  packet: ReturnType<typeof encode>,
  session: ReturnType<typeof encode>,
): Decodable {
  const level = ({ layers, attended }: typeof packet) => ({
    forest: attended.forest,
    hidden: layers.at(-1)!.states.hidden,
  });
  return {
    batch,
    sessions,
    rows,
    packet: level(packet),
    session: level(session),
    vectors: session.attended.out,
  };
}

function forward(plan: Plan, batch: Batch, sessions: Uint32Array, training: boolean, logits: Float32Array) {
  const cell: ReferenceCell = cells[plan.cell];
  const { forest, rows } = packetForest(batch, sessions);
  const packet = encode(cell, plan.packet, forest, null);
  const session = encode(cell, plan.session, sessionForest(batch, sessions, rows), packet.attended.out);
  let x = session.attended.out;
  const head = plan.head.map((layer) => {
    const done = denseForward(layer, sessions, x, training);
    x = done.y;
    return done;
  });
  const C = plan.head.at(-1)!.units;
  sessions.forEach((b, i) => void logits.set(row(x, i, C), b * C));
  return { packets: rows, packet, session, head };
}

/** What a layer of an encoder was given, and what it made of it. */
interface Layer {
  /** [R, inputs]; null where tokens are read. */
  readonly from: Float32Array | null;
  /** [R, G·H]: the input's part of the gates. */
  readonly x: Float32Array;
  /** [N]: the row of x that a node reads. */
  readonly inputs: readonly number[];
  readonly states: States;
}

/** @param vectors what the nodes read; null when they read tokens, whose input product is a row of the weights */
function encode(cell: ReferenceCell, plan: EncoderPlan, forest: Forest, vectors: Float32Array | null) {
  const H = plan.units;
  const layers: Layer[] = [];
  let from = vectors;
  let inputs = forest.input;
  for (const layer of plan.layers) {
    const { input, bias } = layer;
    const columns = bias.value.length;
    const x =
      from === null
        ? input.value.map((value, i) => value + bias.value[i % columns]!)
        : linear((from.length * columns) / input.value.length, from, input, bias);
    const states = recurrentForward(cell, H, layer, forest, x, inputs);
    layers.push({ from, x, inputs, states });
    from = states.hidden;
    inputs = Array.from({ length: forest.nodes }, (_, node) => node);
  }
  return { layers, attended: { forest, ...attend(plan.attention, H, forest, from!) } };
}

/**
 * dOut [S, H] → the gradient of the vectors that were read; empty where tokens were.
 *
 * @param dHidden [N, H]: what the states of the top layer get from elsewhere; added to what they get from dOut
 */
function encodeBackward(
  cell: ReferenceCell,
  plan: EncoderPlan,
  { layers, attended }: ReturnType<typeof encode>,
  dOut: Float32Array,
  dHidden?: Float32Array,
): Float32Array {
  const { forest } = attended;
  const H = plan.units;
  let d = attendBackward(plan.attention, H, forest, layers.at(-1)!.states.hidden, attended, dOut);
  if (dHidden !== undefined) add(d, dHidden);
  for (let l = layers.length - 1; l >= 0; l--) {
    const { from, x, inputs, states } = layers[l]!;
    const weights = plan.layers[l]!;
    const { input, bias } = weights;
    const dx = from === null ? input.gradient : new Float32Array(x.length);
    recurrentBackward(cell, H, weights, forest, states, d, dx, inputs);
    if (from === null) return new Float32Array(0);
    d = linearBackward(x.length / bias.value.length, from, input, bias, dx);
  }
  return d;
}

interface Dense {
  readonly x: Float32Array;
  readonly normalized: Normalized | null;
  /** Before the mask: the derivative of the activation needs it. */
  readonly activated: Float32Array;
  readonly y: Float32Array;
}

function denseForward(plan: DensePlan, sessions: Uint32Array, x: Float32Array, training: boolean): Dense {
  const rows = sessions.length;
  const y = linear(rows, x, plan.weight, plan.bias);
  const normalized = plan.norm && normalize(rows, plan.norm, y);
  if (plan.activation !== null) activate(plan.activation, y);
  const activated = y.slice();
  if (training) applyMask(plan, sessions, y);
  return { x, normalized, activated, y };
}

function denseBackward(
  plan: DensePlan,
  sessions: Uint32Array,
  { x, normalized, activated }: Dense,
  d: Float32Array,
): Float32Array {
  const rows = sessions.length;
  applyMask(plan, sessions, d);
  if (plan.activation !== null) activateBackward(plan.activation, activated, d);
  if (plan.norm !== null) normalizeBackward(rows, plan.norm, normalized!, d);
  return linearBackward(rows, x, plan.weight, plan.bias, d);
}

function applyMask({ mask, units }: DensePlan, sessions: Uint32Array, y: Float32Array): void {
  if (mask === null) return;
  for (let i = 0; i < y.length; i++)
    y[i] = y[i]! * mask[sessions[Math.floor(i / units)]! * units + (i % units)]!;
}
