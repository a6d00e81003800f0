/**
 * What a training run takes of memory: a process of its own, so that nothing else is counted. Prints one line of JSON.
 *
 * node --expose-gc --min-semi-space-size=64 --import tsx src/bench/probe.ts BATCH
 *
 * The new generation is large, so that no collection hides what was allocated between two looks at the heap.
 */
import { createModel } from '../network/index.ts';
import { createBatch } from '../token/index.ts';
import { articleModelOptions, articleShape } from './article.ts';
import { checksumOf } from './checksum.ts';
import { fillDense } from './dense.ts';

/** Bytes. */
export interface Probe {
  /** Resident before the network is made. */
  readonly before: number;
  /** Most resident after training steps on the largest batch. */
  readonly peak: number;
  /** Allocated by a step after the first ones; one figure for each of several steps. */
  readonly allocated: readonly number[];
  readonly checksum: string;
}

const WARM_STEPS = 3;
const STEPS = 12;

async function probe(size: number): Promise<Probe> {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error('start this with --expose-gc');
  const before = process.memoryUsage().rss;
  const { model } = await createModel(articleModelOptions(1, size));
  const batch = createBatch(size, articleShape.maxPackets, articleShape.maxTokens);
  fillDense(batch, size, articleShape.classes);
  const losses = new Float64Array(WARM_STEPS + STEPS);
  for (let step = 0; step < WARM_STEPS; step++) losses[step] = model.trainStep(batch, 0.001).loss;
  const heap = new Float64Array(STEPS + 1);
  collect();
  heap[0] = heldBytes();
  for (let step = 0; step < STEPS; step++) {
    losses[WARM_STEPS + step] = model.trainStep(batch, 0.001).loss;
    heap[step + 1] = heldBytes();
  }
  // Looking at the heap allocates, too.
  const looked = heldBytes();
  const look = heldBytes() - looked;
  const allocated = Array.from({ length: STEPS }, (_, i) => Math.max(0, heap[i + 1]! - heap[i]! - look));
  const peak = process.resourceUsage().maxRSS * 1024;
  return { before, peak, allocated, checksum: checksumOf([losses]) };
}

function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

console.log(JSON.stringify(await probe(Number(process.argv[2]))));
