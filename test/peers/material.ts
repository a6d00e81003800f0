/**
 * What all take part with: the same real sessions, morphed and encoded, and the same weights.
 *
 * The sessions come from a capture by the product's own way (assembly, chronological split, contacts of the training
 * sessions, morphs, encoding), in the order in which training presents them. Ours makes them anew in every step; the
 * peers get them ready made.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { articleModelOptions, articleShape } from '../../src/bench/article.ts';
import { readSessions } from '../../src/bench/fixture.ts';
import { type Present, presentation } from '../../src/bench/presentation.ts';
import { findCaptures } from '../../src/capture/index.ts';
import { createModel, type Model } from '../../src/network/index.ts';
import { defaultRecipe, writeSyntheticCapture } from '../../src/synth/index.ts';
import { type Batch, createBatch } from '../../src/token/index.ts';
import { writeSafetensors } from './safetensors.ts';
import { type Work, workOf } from './work.ts';

/** Sessions that everybody is given; a multiple of all batch sizes. */
export const SESSIONS = 2560;
export const BATCH_SIZES: readonly number[] = [20, 128, 256];
export const LEARNING_RATE = 1e-3;

/** The first so many sessions are compared by their loss from the given weights. */
const CHECKED: readonly number[] = [20, 128, 256];
/** Then steps of Adam on the first sessions, and their loss after each. */
const STEPPED = { sessions: 128, steps: 3 };

/** Sessions in the order of the benchmark, as training presents them. */
export interface SessionSource {
  /** Where the sessions come from. */
  readonly description: string;
  readonly present: Present;
}

/**
 * Opens captures, or makes a synthetic one where none is named.
 *
 * @throws FaultError when a capture cannot be used
 */
export async function openSource(folder: string, captures: readonly string[]): Promise<SessionSource> {
  mkdirSync(folder, { recursive: true });
  const synthetic = join(folder, 'office.pcap');
  if (captures.length === 0) await writeSyntheticCapture(defaultRecipe, synthetic);
  const paths = captures.length === 0 ? [synthetic] : (await findCaptures(captures, process.cwd())).paths;
  const data = await readSessions(paths);
  const name = captures.length === 0 ? 'synthetic office' : captures.join(', ');
  return {
    description: `${name}: ${data.train.length} training sessions`,
    present: presentation(data),
  };
}

/** What a peer must compute from the same weights before it is timed. */
export interface Expected {
  /** Mean cross-entropy of the first 20, 128, … sessions, from the weights of the file. */
  readonly losses: readonly { readonly sessions: number; readonly loss: number }[];
  /** Loss of the first sessions after each of a few steps of Adam on them. */
  readonly steps: {
    readonly sessions: number;
    readonly learningRate: number;
    readonly losses: readonly number[];
  };
}

/** What the sessions of the benchmark are like. */
export interface MaterialFacts {
  readonly description: string;
  readonly sessions: number;
  /** Packets that are there, of P a session. */
  readonly meanPackets: number;
  /** Tokens of a packet, of T. */
  readonly meanTokens: number;
  /** By batch size. */
  readonly work: readonly Work[];
}

/**
 * Writes batches.safetensors (tokens [N, P, T], lengths [N, P], packets [N], labels [N]), weights.safetensors and
 * expected.json to a folder.
 */
export async function writeMaterial(
  folder: string,
  source: SessionSource,
  threads: number,
): Promise<MaterialFacts> {
  mkdirSync(folder, { recursive: true });
  const { maxPackets: P, maxTokens: T } = articleShape;
  const all = source.present(createBatch(SESSIONS, P, T), 0, SESSIONS);
  writeSafetensors(join(folder, 'batches.safetensors'), [
    { name: 'tokens', shape: [SESSIONS, P, T], data: Int32Array.from(all.tokens) },
    { name: 'lengths', shape: [SESSIONS, P], data: Int32Array.from(all.lengths) },
    { name: 'packets', shape: [SESSIONS], data: Int32Array.from(all.packets) },
    { name: 'labels', shape: [SESSIONS], data: Int32Array.from(all.labels) },
  ]);
  const { model } = await createModel(articleModelOptions(threads, Math.max(...BATCH_SIZES)));
  writeSafetensors(join(folder, 'weights.safetensors'), model.parameters);
  const { losses, steps } = checkOf(model, source);
  model.dispose();
  const expected: Expected = {
    losses: CHECKED.map((sessions, i) => ({ sessions, loss: losses[i]! })),
    steps: { sessions: STEPPED.sessions, learningRate: LEARNING_RATE, losses: steps },
  };
  writeFileSync(join(folder, 'expected.json'), `${JSON.stringify(expected, null, 2)}\n`);
  return describe(source.description, all);
}

/** What a fresh model computes: the losses that everybody must agree on. Trains the model. */
export function checkOf(model: Model, source: SessionSource): { losses: number[]; steps: number[] } {
  const batch = createBatch(model.capacity, articleShape.maxPackets, articleShape.maxTokens);
  const losses = CHECKED.map((sessions) => meanLoss(model, source.present(batch, 0, sessions)));
  source.present(batch, 0, STEPPED.sessions);
  const steps = Array.from({ length: STEPPED.steps }, () => {
    model.trainStep(batch, LEARNING_RATE);
    return meanLoss(model, batch);
  });
  return { losses, steps };
}

/** Mean cross-entropy of a batch, nats. */
export function meanLoss(model: Model, batch: Batch): number {
  const C = articleShape.classes;
  const probabilities = new Float32Array(batch.size * C);
  model.predict(batch, probabilities);
  let sum = 0;
  for (let b = 0; b < batch.size; b++) sum -= Math.log(probabilities[b * C + batch.labels[b]!]!);
  return sum / batch.size;
}

function describe(description: string, all: Batch): MaterialFacts {
  let packets = 0;
  let tokens = 0;
  for (let b = 0; b < all.size; b++) {
    packets += all.packets[b]!;
    for (let p = 0; p < all.packets[b]!; p++) tokens += all.lengths[b * all.maxPackets + p]!;
  }
  return {
    description,
    sessions: all.size,
    meanPackets: packets / all.size,
    meanTokens: tokens / packets,
    work: BATCH_SIZES.map((size) => workOf(articleShape, all, size)),
  };
}
