/** What the engine computes, by cell, units and variant, on dense batches; on one thread unless the name says otherwise. */
import {
  type Cell,
  gatesOf,
  type Kernels,
  nativeKernels,
  nativeVariants,
  referenceKernels,
} from '../../engine/index.ts';
import { createNetwork, initialize, type NetworkShape } from '../../network/index.ts';
import { stream } from '../../random/index.ts';
import { createBatch } from '../../token/index.ts';
import { articleModelOptions, articleShape } from '../article.ts';
import { type Benchmark, type Suite, type Task, type TimedBenchmark, timed } from '../benchmark.ts';
import { checksumOf } from '../checksum.ts';
import { fillDense } from '../dense.ts';
import { type SuiteContext, threadsText } from './context.ts';

const SESSIONS = 40;
const PACKETS = 8;
const TOKENS = 16;
/** Parameters of an optimiser's step. */
const PARAMETERS = 200_000;

/** Makes the task of one computation. */
interface Case {
  readonly kernel: string;
  readonly of: string;
  /** Floating-point operations of a call, where they are what takes the time. */
  readonly flops?: number;
  readonly create: (kernels: Kernels) => Task;
}

export function kernelSuite(context: SuiteContext): Suite {
  return {
    name: 'kernels',
    summary: 'forward and whole steps by units and by variant of the engine',
    benchmarks: () => listBenchmarks(context),
  };
}

function listBenchmarks({ quick, threads }: SuiteContext): readonly Benchmark[] {
  const variants = nativeVariants();
  const sizes = quick ? [50] : [50, 100, 200, 400];
  const list: Benchmark[] = [];
  for (const units of sizes)
    for (const item of network('gru', units)) {
      // Without vector instructions, the large sizes take minutes and tell nothing new.
      for (const variant of variants)
        if (variant !== 'portable' || units <= 100) list.push(benchmark(item, variant, 1));
      if (units === 100 && threads > 1 && variants.length > 0)
        list.push(benchmark(item, variants[0]!, threads));
    }
  for (const item of optimizer()) for (const variant of variants) list.push(benchmark(item, variant, 1));
  const units = quick ? 50 : 100;
  for (const cell of ['gru-reset-before', 'lstm', 'rnn'] as const)
    for (const item of network(cell, units))
      if (variants.length > 0) list.push(benchmark(item, variants[0]!, 1));
  list.push(benchmark(network('gru', 50)[0]!, 'typescript', 1));
  return list;
}

function benchmark({ kernel, of, flops, create }: Case, variant: string, threads: number): TimedBenchmark {
  const problem = `kernels/${kernel}`;
  const shared = threads > 1 ? `, ${threadsText(threads)}` : '';
  const reference = variant === 'typescript';
  const prepare = () => create(reference ? referenceKernels() : nativeKernels(threads, variant));
  return timed(`${problem}, ${variant}${shared}`, of, prepare, {
    problem,
    ...(flops === undefined ? {} : { flops }),
    ...(reference ? {} : { variant }),
    threads,
  });
}

/** A network of these units on both levels, forward alone and with the gradients of all its weights. */
function network(cell: Cell, units: number): readonly Case[] {
  const level = { units, layers: 1, attention: 'tanh' } as const;
  const shape: NetworkShape = {
    ...articleShape,
    maxPackets: PACKETS,
    maxTokens: TOKENS,
    cell,
    packet: level,
    session: level,
    head: [],
    initializer: { kind: 'orthogonal' },
  };
  const prepare = (kernels: Kernels) => {
    const batch = createBatch(SESSIONS, PACKETS, TOKENS);
    fillDense(batch, SESSIONS, shape.classes);
    const model = createNetwork(kernels, shape, initialize(shape, 1), articleModelOptions(1, SESSIONS));
    return { batch, model };
  };
  // Products with the states of parents, and with the packet vectors: 2 H·G·H each; hardly a prefix is shared.
  const products = SESSIONS * (PACKETS * (TOKENS - 1) + PACKETS + PACKETS - 1);
  const flops = 2 * products * units * gatesOf(cell) * units;
  return [
    {
      kernel: `forward ${cell}, ${units} units`,
      of: 'sessions',
      flops,
      create(kernels) {
        const { batch, model } = prepare(kernels);
        const out = new Float32Array(SESSIONS * shape.classes);
        return {
          amount: SESSIONS,
          run: () => model.predict(batch, out),
          spoil: (value) => void out.fill(value),
          checksum: () => checksumOf([out]),
        };
      },
    },
    {
      kernel: `step ${cell}, ${units} units`,
      of: 'sessions',
      flops: 3 * flops,
      create(kernels) {
        const { batch, model } = prepare(kernels);
        const gradients = model.gradients.all.map(({ gradient }) => gradient);
        return {
          amount: SESSIONS,
          run: () => model.lossAndGradients(batch),
          spoil(value) {
            for (const gradient of gradients) gradient.fill(value);
          },
          checksum: () => checksumOf(gradients),
        };
      },
    },
  ];
}

/** What an optimiser does with every parameter. */
function optimizer(): readonly Case[] {
  const floats = (name: string, scale = 1): Float32Array => {
    const source = stream(1, 'bench', 'kernels', name);
    return Float32Array.from({ length: PARAMETERS }, () => (2 * source.uniform() - 1) * scale);
  };
  return [
    {
      kernel: 'sumOfSquares',
      of: 'parameters',
      create(kernels) {
        const [x, sum] = [floats('x'), new Float64Array(1)];
        return {
          amount: PARAMETERS,
          run: () => sum.fill(kernels.sumOfSquares(x)),
          checksum: () => checksumOf([sum]),
        };
      },
    },
    {
      kernel: 'adam',
      of: 'parameters',
      create(kernels) {
        const [p, g, m] = [floats('p'), floats('g'), floats('m', 0.1)];
        const v = floats('v', 0.1).map((value) => value * value);
        const changed = [p, m, v];
        const kept = changed.map((array) => array.slice());
        const constants = { scale: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, rate: 0.001, correction: 1.5 };
        return {
          amount: PARAMETERS,
          reset: () => changed.forEach((array, i) => void array.set(kept[i]!)),
          run: () => kernels.adam(p, g, m, v, constants),
          checksum: () => checksumOf(changed),
        };
      },
    },
  ];
}
