/** Kernel calls in the flat form that crosses into C++: numbers, at most one tree, then arrays (see binding.cc). */
import type { Activation, Kernels, RecurrentLayer, ScoreKind, Tree } from '../kernels.ts';
import { CELLS } from '../reference/cells.ts';

export type Argument = number | Tree | Float32Array | null;
/** The names of the kernels. */
export type Operation = Exclude<keyof Kernels, 'engine' | 'variant' | 'threads'>;

const activationIndex: Readonly<Record<Activation, number>> = { tanh: 0, relu: 1 };
const scoreIndex: Readonly<Record<ScoreKind, number>> = { linear: 0, tanh: 1 };

const layer = (tree: Tree, l: RecurrentLayer): Argument[] => [
  CELLS.indexOf(l.cell),
  l.units,
  l.inputRows,
  tree,
  l.input,
  l.recurrent,
  l.recurrentBias,
  l.hidden,
  l.saved,
];

/** How each kernel's arguments are flattened. */
export const calls: { readonly [K in Operation]: (...args: Parameters<Kernels[K]>) => readonly Argument[] } =
  {
    recurrentForward: (tree, l) => layer(tree, l),
    recurrentBackward: (tree, l, g) => [
      ...layer(tree, l),
      g.dense ? 1 : 0,
      g.pooled?.steps ?? 0,
      g.hidden,
      g.input,
      g.recurrent,
      g.recurrentBias,
      g.pooled?.weight ?? null,
      g.pooled?.dOut ?? null,
      g.pooled?.dScore ?? null,
      g.pooled?.scoreWeight ?? null,
    ],
    linear: (...args) => args,
    linearBackward: (...args) => args,
    activate: (kind, ...args) => [activationIndex[kind], ...args],
    activateBackward: (kind, ...args) => [activationIndex[kind], ...args],
    addRow: (...args) => args,
    columnSums: (...args) => args,
    scores: (kind, ...args) => [scoreIndex[kind], ...args],
    scoresBackward: (kind, ...args) => [scoreIndex[kind], ...args],
    poolForward: (tree, units, steps, ...arrays) => [units, steps, tree, ...arrays],
    poolBackward: (tree, units, steps, ...arrays) => [units, steps, tree, ...arrays],
    sumOfSquares: (...args) => args,
    adam: (n, p, g, m, v, ...constants) => [n, ...constants, p, g, m, v],
  };
