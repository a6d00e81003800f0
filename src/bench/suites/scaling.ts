/**
 * How the cost grows: a session costs the same however many there are, a step costs in proportion to units², packets
 * and tokens, and memory is what was foretold.
 *
 * All on one thread, so that only the size matters. Steps are taken on full batches of random bytes, which share no prefixes: those of real packets cost less.
 */
import { fileURLToPath } from 'node:url';
import { createModel, estimateMemory, type NetworkShape } from '../../network/index.ts';
import { createBatch } from '../../token/index.ts';
import { articleModelOptions, articleShape } from '../article.ts';
import {
  type Benchmark,
  type Finding,
  type Measurement,
  type Suite,
  type Task,
  timed,
} from '../benchmark.ts';
import { checksumOf } from '../checksum.ts';
import { fillDense } from '../dense.ts';
import type { Fixture } from '../fixture.ts';
import { fitLine, relativeRange } from '../growth.ts';
import type { Probe } from '../probe.ts';
import { outputOf } from './cli.ts';
import type { SuiteContext } from './context.ts';
import { assemblyTask } from './session.ts';
import { trainingTask } from './training.ts';

const BATCH = 20;
const MEMORY_BATCH = 256;
const UNITS = [50, 100, 200, 400];
const PACKETS = [2, 4, 8, 16];
const TOKENS = [11, 22, 44, 88];

interface Size {
  readonly units: number;
  readonly packets: number;
  readonly tokens: number;
}
const article: Size = {
  units: articleShape.packet.units,
  packets: articleShape.maxPackets,
  tokens: articleShape.maxTokens,
};

export function scalingSuite(context: SuiteContext): Suite {
  const { quick } = context;
  const counts = quick ? [1000] : [1000, 10_000, 100_000];
  const sizes = quick ? [{ ...article, units: 50, packets: 2 }] : allSizes();
  return {
    name: 'scaling',
    summary: 'cost by number of sessions, units, packets and tokens; memory',
    benchmarks: () => [
      ...counts.flatMap((count) => sessionBenchmarks(context, count)),
      ...sizes.map((size) => timed(stepName(size), 'sessions', () => stepTask(size))),
      ...(quick ? [] : memoryBenchmarks()),
    ],
    conclude: (results) => conclude(results, counts),
  };
}

/** The article's sizes, and those that differ from them in one. */
function allSizes(): readonly Size[] {
  const list = [
    ...UNITS.map((units) => ({ ...article, units })),
    ...PACKETS.map((packets) => ({ ...article, packets })),
    ...TOKENS.map((tokens) => ({ ...article, tokens })),
  ];
  return list.filter((size, i) => list.findIndex((other) => stepName(other) === stepName(size)) === i);
}

const stepName = ({ units, packets, tokens }: Size): string =>
  `scaling/step, ${units} units, ${packets} packets × ${tokens} tokens`;
const assembleName = (count: number): string => `scaling/assemble ${count} sessions`;
const trainName = (count: number): string => `scaling/train on ${count} sessions`;
const PEAK = `scaling/memory, batch ${MEMORY_BATCH}`;
const ALLOCATION = `scaling/allocation of a step, batch ${MEMORY_BATCH}`;

function sessionBenchmarks({ fixture }: SuiteContext, count: number): readonly Benchmark[] {
  return [
    timed(assembleName(count), 'sessions', async () =>
      assemblyTask((await fixture.capture(count)).path, count),
    ),
    timed(trainName(count), 'sessions', () => epochTask(fixture, count)),
  ];
}

/** The first sessions of an epoch over all of them. */
async function epochTask(fixture: Fixture, count: number): Promise<Task> {
  const task = await trainingTask(await fixture.assembled(count), 1, 128, 4);
  const close = async (): Promise<void> => {
    await task.close?.();
    fixture.forget(count);
  };
  return { ...task, close };
}

/** Bytes that JavaScript takes for a model and its batches. */
const AROUND = 16e6;

async function stepTask({ units, packets, tokens }: Size): Promise<Task<readonly number[]>> {
  const shape: NetworkShape = {
    ...articleShape,
    maxPackets: packets,
    maxTokens: tokens,
    packet: { ...articleShape.packet, units },
    session: { ...articleShape.session, units },
  };
  const { model } = await createModel(articleModelOptions(1, BATCH, shape));
  const batch = createBatch(BATCH, packets, tokens);
  fillDense(batch, BATCH, shape.classes);
  return {
    amount: BATCH,
    run() {
      const { loss, gradientNorm } = model.trainStep(batch, 0);
      return [loss, gradientNorm];
    },
    checksum: checksumOf,
    close: () => model.dispose(),
  };
}

/** Both come from one process, which is started when the first is measured. */
function memoryBenchmarks(): readonly Benchmark[] {
  let started: Promise<Probe> | undefined;
  const measure = (bytes: (probe: Probe) => readonly number[]) => async () => {
    started ??= startProbe();
    const probe = await started;
    return { bytes: bytes(probe), checksum: probe.checksum };
  };
  return [
    { kind: 'size', suite: 'scaling', name: PEAK, measure: measure(({ peak, before }) => [peak - before]) },
    { kind: 'size', suite: 'scaling', name: ALLOCATION, measure: measure(({ allocated }) => allocated) },
  ];
}

async function startProbe(): Promise<Probe> {
  const script = fileURLToPath(new URL('../probe.ts', import.meta.url));
  const flags = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'];
  const loader = ['--import', import.meta.resolve('tsx')];
  return JSON.parse(await outputOf([...flags, ...loader, script, String(MEMORY_BATCH)])) as Probe;
}

/** Relative distance from what is claimed that still counts as measured. */
const TOLERANCE = 0.1;

function conclude(results: ReadonlyMap<string, Measurement>, counts: readonly number[]): readonly Finding[] {
  const findings: Finding[] = [];
  const find = (statement: string, holds: boolean) => findings.push({ suite: 'scaling', statement, holds });
  const claimed = `claimed within ${percent(TOLERANCE)}`;

  const perSession = counts.map((count) => {
    const [assemble, train] = [results.get(assembleName(count)), results.get(trainName(count))];
    return assemble?.rate === undefined || train?.rate === undefined
      ? null
      : 1000 / assemble.rate + 1000 / train.rate;
  });
  if (counts.length >= 2 && isComplete(perSession)) {
    const range = relativeRange(perSession);
    const list = counts.map((count, i) => `${count}: ${perSession[i]!.toFixed(3)}`).join(', ');
    find(
      `assembly and training step of a session, in ms by number of sessions: ${list}; range ${percent(range)}, ${claimed}`,
      range <= TOLERANCE,
    );
  }

  const findLine = (what: string, key: keyof Size, values: readonly number[], power = 1): void => {
    const costs = values.map((value) => results.get(stepName({ ...article, [key]: value }))?.median ?? null);
    if (!isComplete(costs)) return;
    const sizes = values.map((value) => value ** power);
    const { deviation } = fitLine(sizes, costs);
    const list = sizes.map((size, i) => `${size}: ${costs[i]!.toFixed(2)}`).join(', ');
    find(
      `step in ms by ${what}: ${list}; at most ${percent(deviation)} from a line, ${claimed}`,
      deviation <= TOLERANCE,
    );
  };
  findLine('units²', 'units', UNITS, 2);
  findLine('packets', 'packets', PACKETS);
  findLine('tokens', 'tokens', TOKENS);

  const peak = results.get(PEAK)?.median;
  if (peak !== undefined) {
    // The probe has one thread; around the network, JavaScript takes some.
    const estimate = estimateMemory(articleShape, MEMORY_BATCH, 1);
    find(
      `memory at batch ${MEMORY_BATCH}: ${megabytes(peak)} taken, ${megabytes(estimate)} foretold`,
      Math.abs(peak - estimate) <= 2 * TOLERANCE * estimate + AROUND,
    );
  }
  return findings;
}

function isComplete(values: readonly (number | null)[]): values is readonly number[] {
  return values.every((value) => value !== null);
}

const percent = (share: number): string => `${(100 * share).toFixed(1)}%`;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
