/** The native engine: C++ kernels, loaded at run time, for the best variant this machine has. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Activation, Cell, Kernels, RecurrentGradients, RecurrentLayer, ScoreKind, Tree } from '../kernels.ts';

type Handle = { readonly __engine: unique symbol };
type Floats = Float32Array | null;

/** The functions of the addon, by position (see binding.cc). */
interface Addon {
  create(variant: string, threads: number): Handle;
  variants(): string[];
  recurrentForward(h: Handle, cell: number, units: number, rows: number, tree: Tree, ...arrays: Floats[]): void;
  recurrentBackward(h: Handle, cell: number, units: number, rows: number, tree: Tree, ...arrays: Floats[]): void;
  linear(h: Handle, rows: number, inputs: number, outputs: number, ...arrays: Floats[]): void;
  linearBackward(h: Handle, rows: number, inputs: number, outputs: number, ...arrays: Floats[]): void;
  activate(h: Handle, kind: number, n: number, ...arrays: Floats[]): void;
  activateBackward(h: Handle, kind: number, n: number, ...arrays: Floats[]): void;
  addRow(h: Handle, rows: number, columns: number, ...arrays: Floats[]): void;
  columnSums(h: Handle, rows: number, columns: number, ...arrays: Floats[]): void;
  scores(h: Handle, kind: number, rows: number, columns: number, scale: number, ...arrays: Floats[]): void;
  scoresBackward(h: Handle, kind: number, rows: number, columns: number, scale: number, ...arrays: Floats[]): void;
  poolForward(h: Handle, units: number, steps: number, tree: Tree, ...arrays: Floats[]): void;
  poolBackward(h: Handle, units: number, steps: number, tree: Tree, ...arrays: Floats[]): void;
  sumOfSquares(h: Handle, n: number, x: Float32Array): number;
  adam(
    h: Handle,
    n: number,
    p: Float32Array,
    g: Float32Array,
    m: Float32Array,
    v: Float32Array,
    ...constants: number[]
  ): void;
}

const addonPath = fileURLToPath(new URL('./build/sessionlab.node', import.meta.url));
let addon: Addon | undefined;

function load(): Addon | undefined {
  if (addon === undefined && existsSync(addonPath)) addon = createRequire(import.meta.url)(addonPath) as Addon;
  return addon;
}

/** Variants that this machine can run, best first; none when the engine is not built. */
export function nativeVariants(): readonly string[] {
  return load()?.variants() ?? [];
}

const cellIndex: Readonly<Record<Cell, number>> = { gru: 0, 'gru-reset-before': 1, lstm: 2, rnn: 3 };
const activationIndex: Readonly<Record<Activation, number>> = { tanh: 0, relu: 1 };
const scoreIndex: Readonly<Record<ScoreKind, number>> = { linear: 0, tanh: 1 };

/**
 * The native kernels on this many threads.
 *
 * @param variant one of nativeVariants(); the best when not given.
 * @throws RangeError when the engine is not built or the machine lacks the variant.
 */
export function nativeKernels(threads: number, variant?: string): Kernels {
  const a = load();
  if (a === undefined) throw new RangeError('the native engine is not built');
  const available = a.variants();
  const chosen = variant ?? available[0] ?? 'portable';
  if (!available.includes(chosen))
    throw new RangeError(`engine variant: got ${chosen}, this machine runs ${available.join(', ')}`);
  const h = a.create(chosen, threads);
  const layerArrays = (l: RecurrentLayer): Floats[] => [l.input, l.recurrent, l.recurrentBias, l.hidden, l.saved];
  return {
    engine: 'native',
    variant: chosen,
    threads,
    recurrentForward: (tree, l) =>
      a.recurrentForward(h, cellIndex[l.cell], l.units, l.inputRows, tree, ...layerArrays(l)),
    recurrentBackward: (tree: Tree, l: RecurrentLayer, g: RecurrentGradients) =>
      a.recurrentBackward(
        h,
        cellIndex[l.cell],
        l.units,
        l.inputRows,
        tree,
        ...layerArrays(l),
        g.hidden,
        g.input,
        g.recurrent,
        g.recurrentBias,
      ),
    linear: (...args) => a.linear(h, ...args),
    linearBackward: (...args) => a.linearBackward(h, ...args),
    activate: (kind, ...args) => a.activate(h, activationIndex[kind], ...args),
    activateBackward: (kind, ...args) => a.activateBackward(h, activationIndex[kind], ...args),
    addRow: (...args) => a.addRow(h, ...args),
    columnSums: (...args) => a.columnSums(h, ...args),
    scores: (kind, ...args) => a.scores(h, scoreIndex[kind], ...args),
    scoresBackward: (kind, ...args) => a.scoresBackward(h, scoreIndex[kind], ...args),
    poolForward: (tree, units, steps, ...arrays) => a.poolForward(h, units, steps, tree, ...arrays),
    poolBackward: (tree, units, steps, ...arrays) => a.poolBackward(h, units, steps, tree, ...arrays),
    sumOfSquares: (n, x) => a.sumOfSquares(h, n, x),
    adam: (...args) => a.adam(h, ...args),
  };
}
