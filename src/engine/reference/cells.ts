/** The recurrent cells by name, in the order of `cells` in native/kernels/recurrent.h. */
import type { ReferenceCell } from './cell.ts';
import { gru } from './gru.ts';
import { gruResetBefore } from './gru-reset-before.ts';
import { lstm } from './lstm.ts';
import { rnn } from './rnn.ts';

export const cells = {
  gru,
  'gru-reset-before': gruResetBefore,
  lstm,
  rnn,
} as const satisfies Readonly<Record<string, ReferenceCell>>;

/** A recurrent cell. Its file here has its equations and the order of its gates. */
export type Cell = keyof typeof cells;

/** The names of all cells. */
export const CELLS = Object.keys(cells) as readonly Cell[];

/** Gates of a cell: columns of its weights in units. */
export const gatesOf = (cell: Cell): number => cells[cell].gates;
/** Columns, in units, that a node saves for the backward pass. */
export const savedOf = (cell: Cell): number => cells[cell].saved;
/** Vectors that are the state of a cell: h, and its memory where it has one. */
export const statesOf = (cell: Cell): number => (cells[cell].memory === null ? 1 : 2);
/** Whether a cell has a bias in the recurrent part. */
export const hasRecurrentBias = (cell: Cell): boolean => cells[cell].bias !== null;
