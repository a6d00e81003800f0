/** Kernels by size and variant, on random numbers, on one thread unless the name says otherwise. */
import {
  type Cell,
  gatesOf,
  hasRecurrentBias,
  type Kernels,
  nativeKernels,
  nativeVariants,
  type RecurrentLayer,
  referenceKernels,
  savedOf,
  type Tree,
} from '../../engine/index.ts';
import { stream } from '../../random/index.ts';
import type { Benchmark, Suite, Task, TimedBenchmark } from '../benchmark.ts';
import { checksumOf } from '../checksum.ts';
import { type SuiteContext, threadsText } from './context.ts';

const SEQUENCES = 128;
const STEPS = 16;
/** Rows of matrices, and nodes of the tree. */
const ROWS = SEQUENCES * STEPS;
/** Nodes that have a parent, and therefore products. */
const CHILDREN = ROWS - SEQUENCES;

/** Makes the call of one kernel on its data. */
interface Case {
  readonly kernel: string;
  readonly units: number;
  /** Of one call; undefined where they are not what takes the time. */
  readonly flops?: number;
  /** What a call handles, for kernels without flops; `ROWS` rows otherwise. */
  readonly amount?: number;
  readonly of?: string;
  readonly create: (kernels: Kernels) => Call;
}

/** Arrays that a call writes, of which `restored` have a content that it needs. */
interface Call {
  readonly run: () => void;
  readonly outputs: readonly Float32Array[];
  readonly restored?: readonly Float32Array[];
}

export function kernelSuite(context: SuiteContext): Suite {
  return {
    name: 'kernels',
    summary: 'forward and backward kernels by units and by variant of the engine',
    benchmarks: () => listBenchmarks(context),
  };
}

function listBenchmarks({ quick, threads }: SuiteContext): readonly Benchmark[] {
  const variants = nativeVariants();
  const sizes = quick ? [50] : [50, 100, 200, 400];
  const list: Benchmark[] = [];
  for (const units of sizes)
    for (const item of [...recurrent('gru', units), ...linear(units)]) {
      // Without vector instructions, the large sizes take minutes and tell nothing new.
      for (const variant of variants)
        if (variant !== 'portable' || units <= 100) list.push(benchmark(item, variant, 1));
      if (units === 100 && threads > 1 && variants.length > 0)
        list.push(benchmark(item, variants[0]!, threads));
    }
  const units = quick ? 50 : 100;
  for (const item of [...rowKernels(units), ...elementwise(units)])
    for (const variant of variants) list.push(benchmark(item, variant, 1));
  for (const cell of ['gru-reset-before', 'lstm', 'rnn'] as const)
    for (const item of recurrent(cell, units))
      if (variants.length > 0) list.push(benchmark(item, variants[0]!, 1));
  for (const item of recurrent('gru', 50)) list.push(benchmark(item, 'typescript', 1));
  return list;
}

function benchmark(item: Case, variant: string, threads: number): TimedBenchmark {
  const problem = `${item.kernel}, ${item.units} units`;
  const shared = threads > 1 ? `, ${threadsText(threads)}` : '';
  return {
    kind: 'time',
    suite: 'kernels',
    name: `kernels/${problem}, ${variant}${shared}`,
    problem: `kernels/${problem}`,
    of: item.of ?? 'rows',
    ...(item.flops === undefined ? {} : { flops: item.flops }),
    ...(variant === 'typescript' ? {} : { variant }),
    threads,
    prepare: () => {
      const kernels = variant === 'typescript' ? referenceKernels() : nativeKernels(threads, variant);
      return task(item.create(kernels), item.amount ?? ROWS);
    },
  };
}

function task({ run, outputs, restored = [] }: Call, amount: number): Task {
  const kept = restored.map((array) => array.slice());
  const reset = () => restored.forEach((array, i) => void array.set(kept[i]!));
  const fresh = outputs.filter((array) => !restored.includes(array));
  return {
    amount,
    ...(restored.length > 0 ? { reset } : {}),
    run,
    spoil(value) {
      for (const array of fresh) array.fill(value);
    },
    checksum: () => checksumOf(outputs),
  };
}

/** Numbers of a network's size. */
function floats(name: string, n: number, scale = 1): Float32Array {
  const source = stream(1, 'bench', 'kernels', name);
  return Float32Array.from({ length: n }, () => (2 * source.uniform() - 1) * scale);
}

/** Sequences that share nothing: S paths of L nodes. */
function paths(): Tree {
  const node = Uint32Array.from({ length: ROWS }, (_, n) => n);
  const place = node.map((n) => n % SEQUENCES);
  return {
    levels: STEPS,
    nodes: ROWS,
    sequences: SEQUENCES,
    levelStart: Uint32Array.from({ length: STEPS + 1 }, (_, level) => level * SEQUENCES),
    parent: node.map((n) => Math.max(0, n - SEQUENCES)),
    childStart: Uint32Array.from({ length: ROWS + 1 }, (_, n) => Math.min(n + SEQUENCES, ROWS)),
    input: node,
    order: place.slice(0, SEQUENCES),
    leaf: node.slice(CHILDREN),
    length: new Uint32Array(SEQUENCES).fill(STEPS),
    first: place,
    last: place.map((p) => p + 1),
  };
}

function recurrent(cell: Cell, units: number): readonly Case[] {
  const G = gatesOf(cell) * units;
  const layerOf = (): RecurrentLayer => ({
    cell,
    units,
    inputRows: ROWS,
    input: floats('input', ROWS * G),
    recurrent: floats('recurrent', units * G, 1 / Math.sqrt(units)),
    recurrentBias: hasRecurrentBias(cell) ? floats('bias', units) : null,
    hidden: new Float32Array(ROWS * units),
    saved: new Float32Array(ROWS * savedOf(cell) * units),
  });
  const product = 2 * CHILDREN * units * G;
  return [
    {
      kernel: `recurrentForward ${cell}`,
      units,
      flops: product,
      create(kernels) {
        const [tree, layer] = [paths(), layerOf()];
        return { run: () => kernels.recurrentForward(tree, layer), outputs: [layer.hidden] };
      },
    },
    {
      kernel: `recurrentBackward ${cell}`,
      units,
      flops: 2 * product,
      create(kernels) {
        const [tree, layer] = [paths(), layerOf()];
        kernels.recurrentForward(tree, layer);
        const gradients = {
          hidden: new Float32Array(ROWS * units),
          dense: false,
          pooled: {
            steps: STEPS,
            weight: floats('weight', ROWS),
            dOut: floats('dOut', SEQUENCES * units),
            dScore: floats('dScore', ROWS),
            scoreWeight: floats('w', units),
          },
          input: new Float32Array(ROWS * G),
          recurrent: new Float32Array(units * G),
          recurrentBias: hasRecurrentBias(cell) ? new Float32Array(units) : null,
        };
        const bias = gradients.recurrentBias === null ? [] : [gradients.recurrentBias];
        return {
          run: () => kernels.recurrentBackward(tree, layer, gradients),
          outputs: [gradients.input, gradients.recurrent, ...bias],
          restored: [layer.saved!],
        };
      },
    },
  ];
}

function linear(units: number): readonly Case[] {
  const flops = 2 * ROWS * units * units;
  const data = () => [floats('x', ROWS * units), floats('w', units * units), floats('b', units)] as const;
  return [
    {
      kernel: 'linear',
      units,
      flops,
      create(kernels) {
        const [x, w, b] = data();
        const y = new Float32Array(ROWS * units);
        return { run: () => kernels.linear(ROWS, units, units, x, w, b, y), outputs: [y] };
      },
    },
    {
      kernel: 'linearBackward',
      units,
      flops: 2 * flops,
      create(kernels) {
        const [x, w, b] = data();
        const dy = floats('dy', ROWS * units);
        const [dx, dw, db] = [x, w, b].map((array) => new Float32Array(array.length)) as [
          Float32Array,
          Float32Array,
          Float32Array,
        ];
        return {
          run: () => kernels.linearBackward(ROWS, units, units, x, w, dy, dx, dw, db),
          outputs: [dx, dw, db],
        };
      },
    },
  ];
}

/** What attention does with the rows of a layer. */
function rowKernels(units: number): readonly Case[] {
  const zeros = (n: number) => new Float32Array(n);
  const x = () => floats('x', ROWS * units);
  return [
    {
      kernel: 'scores tanh',
      units,
      create(kernels) {
        const [rows, w, bias, score] = [x(), floats('w', units), floats('b', 1), zeros(ROWS)];
        return { run: () => kernels.scores('tanh', ROWS, units, 1, rows, w, bias, score), outputs: [score] };
      },
    },
    {
      kernel: 'scoresBackward tanh',
      units,
      create(kernels) {
        const [rows, w, score, d, dx] = [
          x(),
          floats('w', units),
          floats('s', ROWS),
          floats('d', ROWS),
          zeros(ROWS * units),
        ];
        const [dw, db] = [zeros(units), zeros(1)];
        return {
          run: () => kernels.scoresBackward('tanh', ROWS, units, 1, rows, w, score, d, dx, dw, db),
          outputs: [d, dx, dw, db],
          restored: [d],
        };
      },
    },
    {
      kernel: 'poolForward',
      units,
      create(kernels) {
        const [tree, hidden, score] = [paths(), x(), floats('s', ROWS)];
        const [weight, out] = [zeros(ROWS), zeros(SEQUENCES * units)];
        return {
          run: () => kernels.poolForward(tree, units, STEPS, hidden, score, weight, out),
          outputs: [weight, out],
        };
      },
    },
    {
      kernel: 'poolBackward',
      units,
      create(kernels) {
        const [tree, hidden, score] = [paths(), x(), floats('s', ROWS)];
        const [weight, dOut] = [zeros(ROWS), floats('dOut', SEQUENCES * units)];
        kernels.poolForward(tree, units, STEPS, hidden, score, weight, zeros(SEQUENCES * units));
        const [dPath, dScore] = [zeros(ROWS), zeros(ROWS)];
        return {
          run: () => kernels.poolBackward(tree, units, STEPS, hidden, weight, dOut, dPath, dScore),
          outputs: [dScore],
        };
      },
    },
    {
      kernel: 'addRow',
      units,
      create(kernels) {
        const [rows, row, y] = [x(), floats('w', units), zeros(ROWS * units)];
        return { run: () => kernels.addRow(ROWS, units, rows, row, y), outputs: [y] };
      },
    },
    {
      kernel: 'columnSums',
      units,
      create(kernels) {
        const [rows, sums] = [x(), zeros(units)];
        return { run: () => kernels.columnSums(ROWS, units, rows, sums), outputs: [sums] };
      },
    },
  ];
}

function elementwise(units: number): readonly Case[] {
  const n = ROWS * units;
  const counted = { units, amount: n, of: 'elements' };
  return [
    {
      kernel: 'activate tanh',
      ...counted,
      create(kernels) {
        const [x, y] = [floats('x', n), new Float32Array(n)];
        return { run: () => kernels.activate('tanh', n, x, y), outputs: [y] };
      },
    },
    {
      kernel: 'activateBackward tanh',
      ...counted,
      create(kernels) {
        const [y, dy, dx] = [floats('y', n), floats('dy', n), new Float32Array(n)];
        return { run: () => kernels.activateBackward('tanh', n, y, dy, dx), outputs: [dx] };
      },
    },
    {
      kernel: 'sumOfSquares',
      ...counted,
      create(kernels) {
        const [x, sum] = [floats('x', n), new Float32Array(1)];
        return {
          run: () => {
            sum[0] = kernels.sumOfSquares(n, x);
          },
          outputs: [sum],
        };
      },
    },
    {
      kernel: 'adam',
      ...counted,
      create(kernels) {
        const [p, g, m] = [floats('p', n), floats('g', n), floats('m', n, 0.1)];
        const v = floats('v', n, 0.1).map((value) => value * value);
        return {
          run: () => kernels.adam(n, p, g, m, v, 1, 0.9, 0.999, 1e-8, 0.001, 1.5),
          outputs: [p, m, v],
          restored: [p, m, v],
        };
      },
    },
  ];
}
