/** How long a sweep takes and how much memory it needs: from a few steps of its networks on its data. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { unique, writeWhole } from '../disk/index.ts';
import { FaultError, type Interruption } from '../fault/index.ts';
import { createModel } from '../network/index.ts';
import { type CellContext, eachOf, modelOptions, networkMemory, stepsOf } from '../run/index.ts';
import { canonicalJson, type ExperimentSpec } from '../spec/index.ts';
import { mostTokens } from '../token/index.ts';
import { createPresenter, predict, presentAll, train } from '../training/index.ts';
import type { CellKey, PlannedRun } from './sweep-plan.ts';

export interface SweepEstimate {
  /** Runs to be done. */
  readonly runs: number;
  /** Milliseconds of all runs, with the workers that were asked for; with early stopping it may be less. */
  readonly milliseconds: number;
  /** Bytes of one worker at its largest. */
  readonly memory: number;
  readonly workers: number;
  /** Kinds of cells that differ in speed, and how many of them were measured. */
  readonly kinds: number;
  readonly measured: number;
}

/** Kinds of cells that are measured: the others are estimated by their size. */
const MOST_MEASURED = 24;
/** Milliseconds of steps, and sessions of predictions, that a measurement takes. */
const LEAST_TIME = 400;
const LEAST_STEPS = 4;

/** Files that a run writes: its evidence, and a few checkpoints. */
const FILES = 10;

/** Of a run: milliseconds. */
interface Cost {
  readonly step: number;
  /** Of a session that is predicted. */
  readonly prediction: number;
  /** Everything else: the model, files. */
  readonly rest: number;
}

/** What there is to be measured, and how it will be done. */
export interface PlannedWork {
  readonly options: {
    readonly workers: number;
    readonly threads: number;
    readonly interruption: Interruption;
  };
  specOf(cell: CellKey): ExperimentSpec;
  /** A cell with its data. */
  ready(cell: CellKey): Promise<CellContext>;
  /** Told which of how many kinds is measured. */
  onKind(number: number, of: number): void;
}

/**
 * Measures a few kinds of cells, while as much else goes on as the other workers would do.
 *
 * @throws Interrupted
 */
export async function estimateSweep(
  planned: PlannedWork,
  runs: readonly PlannedRun[],
): Promise<SweepEstimate> {
  const { workers, threads } = planned.options;
  const others = Array.from({ length: (Math.min(workers, runs.length) - 1) * threads }, busy);
  try {
    return await estimateAll(planned, runs);
  } finally {
    for (const other of others) void other.terminate();
  }
}

/** A thread that keeps a core and its caches busy, as another worker would. */
function busy(): Worker {
  const work =
    'const a = new Float32Array(65536).fill(1); for (let s = 1; ; s *= 0.999) for (let i = 0; i < a.length; i++) a[i] = a[i] * 0.5 + s;';
  const worker = new Worker(work, { eval: true });
  worker.unref();
  return worker;
}

async function estimateAll(planned: PlannedWork, runs: readonly PlannedRun[]): Promise<SweepEstimate> {
  const { options } = planned;
  const kinds = new Map<string, { cell: CellKey; runs: PlannedRun[] }>();
  for (const run of runs) {
    const kind = speedOf(planned.specOf(run.cell));
    const alike = kinds.get(kind) ?? { cell: run.cell, runs: [] };
    alike.runs.push(run);
    kinds.set(kind, alike);
  }
  const all = [...kinds.values()];
  const every = Math.max(1, Math.ceil(all.length / MOST_MEASURED));
  let total = 0;
  let measured = 0;
  let known = { cost: 0, size: 0 };
  let base = process.memoryUsage.rss();
  const sinceStart = performance.now();
  for (const [i, { cell, runs: alike }] of all.entries()) {
    options.interruption.check();
    planned.onKind(i + 1, all.length);
    const size = sizeOf(planned.specOf(cell));
    if (i % every === 0) {
      try {
        const began = performance.now();
        const context = await planned.ready(cell);
        const preparing = performance.now() - began;
        base = Math.max(base, process.memoryUsage.rss());
        const each = timeOf(context, await measure(context));
        total += preparing + alike.length * each;
        measured++;
        known = { cost: known.cost + each, size: known.size + size };
        continue;
      } catch (error) {
        // A cell that cannot run takes no time; the sweep will say why.
        if (error instanceof FaultError) continue;
        throw error;
      }
    }
    if (known.size > 0) total += (alike.length * size * known.cost) / known.size;
  }
  const workers = Math.min(options.workers, runs.length);
  const memory = base + Math.max(...all.map(({ cell }) => networkMemory(planned.specOf(cell))));
  // A worker is a process that has to start and to get ready as this one did.
  const starting = workers === 1 ? 0 : sinceStart;
  const milliseconds = starting + total / workers;
  return { runs: runs.length, milliseconds, memory, workers, kinds: all.length, measured };
}

/** What of a spec its speed depends on: two that share it take equally long. */
function speedOf({
  dataset,
  protocol,
  sessions,
  tokens,
  anomalies,
  task,
  network,
  training,
  evaluation,
  engine,
}: ExperimentSpec): string {
  const { initializer: _, ...shape } = network;
  const { batch, epochs, optimizer, validation } = training;
  return canonicalJson({
    ...{ dataset, protocol, sessions, tokens, anomalies, task, shape, batch, epochs, validation },
    ...{ optimizer: optimizer.kind, evaluation, engine },
  });
}

/** Grows as the time of a run does, roughly: for cells that are not measured. */
function sizeOf({ network, sessions, tokens, training }: ExperimentSpec): number {
  const { packet, session } = network;
  const level = (units: number, layers: number, steps: number) =>
    layers * steps * (units * units + 50 * units);
  const work =
    sessions.maxPackets * level(packet.units, packet.layers, mostTokens(tokens)) +
    level(session.units, session.layers, sessions.maxPackets);
  return training.epochs * work;
}

/** Trains a few steps, and predicts a few batches. */
async function measure(context: CellContext): Promise<Cost> {
  const { prepared, plan, threads, interruption } = context;
  const { spec } = prepared.resolved;
  const [seed = 1] = spec.seeds;
  const began = performance.now();
  const { model } = await createModel(modelOptions(spec, plan, seed, threads));
  const making = performance.now() - began;
  try {
    const { epochs, batch } = spec.training;
    const sessions = prepared.split.train;
    const presenter = createPresenter(plan.present);
    const options = { model, presenter, sessions, epochs, batch, seed, learningRate: () => 1e-6 };
    let first = 0;
    let steps = 0;
    let step = 0;
    for await (const event of train(options)) {
      interruption.check();
      if (event.kind !== 'step') continue;
      // The first one is slower: memory is touched, code is compiled.
      if (event.step === 1) first = performance.now();
      else {
        steps++;
        step = (performance.now() - first) / steps;
      }
      if (steps >= LEAST_STEPS && performance.now() - first > LEAST_TIME) break;
    }
    if (steps === 0) step = performance.now() - began;
    const some = prepared.split.test.subarray(0, 4 * plan.capacity);
    const before = performance.now();
    const test = createPresenter(plan.presentTest);
    const presented = await presentAll({ presenter: test, sessions: some, seed });
    await predict({ model, presented });
    const prediction = (performance.now() - before) / some.length;
    return { step, prediction, rest: making + FILES * (await timeOfFile(context, plan.parameters)) };
  } finally {
    model.dispose();
  }
}

/** Milliseconds that a file of the size of the weights takes to be on the disk. */
async function timeOfFile({ results }: CellContext, parameters: number): Promise<number> {
  const path = join(results, `.${unique()}.partial`);
  const began = performance.now();
  await writeWhole(path, new Uint8Array(4 * parameters));
  const taken = performance.now() - began;
  await rm(path, { force: true });
  return taken;
}

/** Milliseconds of a run. */
function timeOf(cell: CellContext, cost: Cost): number {
  const { split, resolved } = cell.prepared;
  const { training, evaluation } = resolved.spec;
  const tests = evaluation.everyEpoch ? training.epochs : 1;
  const { kinds, testKinds } = resolved.spec.anomalies;
  const each = eachOf(evaluation.draws);
  const times = each === null ? 1 : 1 + Object.keys(testKinds ?? kinds).length * each;
  const predicted = split.test.length * times * tests + split.validation.length * training.epochs;
  return cost.rest + stepsOf(cell) * cost.step + predicted * cost.prediction;
}
