/**
 * Sweeps: many specs in one, as a grammar of assignments.
 *
 *   { "network.cell": ["gru", "lstm"], "training.batch": [64, 128] }   every value with every other: 4 cells
 *   { "zip": { "network.packet.units": [50, 100], "network.session.units": [50, 100] } }   value by value: 2 cells
 *   { "cases": [{}, { "network.cell": "rnn", "training.epochs": 40 }, …] }   one by one; a case may be a sweep itself
 *   { …, "except": [{ "network.cell": "rnn", "training.batch": 64 }] }   without the cells that have all of these
 *
 *   { "grid": [{ … }, { … }] }   every cell of one sweep with every cell of the next; of an object, as if written outside
 *   { "zip": [{ … }, { … }] }   cell by cell of sweeps that make equally many
 *
 *   { "cases": [{ "variant": "stale MAC", … }] }   a cell with a name
 *
 * Wherever a sweep may stand, each of these may: they nest in any order.
 *
 * All keys of one object multiply, in the order in which they are written; the last varies fastest.
 */
import { isObject } from './defaults.ts';
import * as messages from './messages.ts';
import { below, type Located } from './pointer.ts';

/** What a cell changes in the spec: values by path, in order. */
export type Changes = Readonly<Record<string, unknown>>;

/** The cells of a sweep or of a part of one, or what is wrong with it. */
export interface Expanded {
  /** The place where the sweep or the part stands. */
  readonly pointer: string;
  readonly cells: readonly Changes[];
  readonly faults: readonly Located[];
}

/** Runs of one cell at most. */
export const MOST_SEEDS = 1000;

/** Cells of a sweep at most: more would not end in anyone's lifetime, and a missing bracket makes as many. */
export const MOST_CELLS = 100_000;

const PATHS_AND_LISTS = 'an object of paths and lists of values';

/** The cells of a sweep that stands at a pointer; a spec without sweep has one cell, which changes nothing. */
export function expandSweep(sweep: unknown, pointer = '/sweep'): Expanded {
  if (sweep === undefined) return { pointer, cells: [{}], faults: [] };
  if (!isObject(sweep)) return wrong(pointer, messages.must(sweep, PATHS_AND_LISTS));
  const { except, ...lists } = sweep;
  const parts = Object.entries(lists).map(([key, value]) => expandKey(key, value, below(pointer, key)));
  const whole = product(parts, pointer);
  return whole.faults.length > 0 ? whole : without(whole, except);
}

function expandKey(key: string, value: unknown, pointer: string): Expanded {
  const sweeps = Array.isArray(value)
    ? value.map((sweep: unknown, i) => expandSweep(sweep ?? null, below(pointer, i)))
    : null;
  if (key === 'cases') return expandCases(value, pointer);
  if (key === 'grid') return sweeps === null ? expandSweep(value ?? null, pointer) : product(sweeps, pointer);
  if (key !== 'zip') {
    const list = expandList(key, value, pointer);
    const empty = list.faults.length === 0 && list.cells.length === 0;
    return empty ? wrong(pointer, messages.length([], 'at least', 1)) : list;
  }
  if (sweeps !== null) return zip(sweeps, pointer);
  if (!isObject(value)) return wrong(pointer, messages.must(value, PATHS_AND_LISTS));
  const lists = Object.entries(value).map(([path, list]) => expandList(path, list, below(pointer, path)));
  return zip(lists, pointer);
}

/** A cell for each value of a list. */
function expandList(path: string, list: unknown, pointer: string): Expanded {
  if (!Array.isArray(list)) return wrong(pointer, messages.must(list, 'a list of values for this path'));
  return { pointer, cells: list.map((value: unknown) => ({ [path]: value })), faults: [] };
}

/** The first cells of all parts together, the second ones, … */
function zip(parts: readonly Expanded[], pointer: string): Expanded {
  const faults = parts.flatMap((part) => part.faults);
  if (faults.length > 0) return { pointer, cells: [], faults };
  const lengths = parts.map(({ cells }) => cells.length);
  const [first = 0] = lengths;
  if (first === 0 || lengths.some((n) => n !== first)) return wrong(pointer, messages.unevenZip(lengths));
  const cells = Array.from({ length: first }, (_, i) =>
    Object.fromEntries(parts.flatMap((part) => Object.entries(part.cells[i]!))),
  );
  return { pointer, cells, faults };
}

/** Every cell of each part with every one of the others; the last varies fastest. */
function product(parts: readonly Expanded[], pointer: string): Expanded {
  const faults = parts.flatMap((part) => part.faults);
  if (faults.length > 0) return { pointer, cells: [], faults };
  let cells: readonly Changes[] = [{}];
  for (const part of parts) {
    const count = cells.length * part.cells.length;
    if (count > MOST_CELLS) return wrong(part.pointer, messages.tooManyCells(count, MOST_CELLS));
    cells = cells.flatMap((before) => part.cells.map((after) => ({ ...before, ...after })));
  }
  return { pointer, cells, faults };
}

/** A case that has "grid", "zip", "cases" or "except" is a sweep; others are one cell. */
function expandCases(value: unknown, pointer: string): Expanded {
  if (!Array.isArray(value) || value.length === 0)
    return wrong(pointer, messages.must(value, 'a list of cases, each an object of paths and values'));
  const parts = value.map((item: unknown, i): Expanded => {
    const at = below(pointer, i);
    if (!isObject(item)) return wrong(at, messages.must(item, 'an object of paths and values'));
    return ['grid', 'zip', 'cases', 'except'].some((key) => key in item)
      ? expandSweep(item, at)
      : { pointer: at, cells: [item], faults: [] };
  });
  const faults = parts.flatMap((part) => part.faults);
  return { pointer, cells: parts.flatMap(({ cells }) => cells), faults };
}

function without({ pointer, cells }: Expanded, except: unknown): Expanded {
  const at = below(pointer, 'except');
  if (except === undefined) return { pointer, cells, faults: [] };
  if (!Array.isArray(except) || !except.every(isObject))
    return wrong(at, messages.must(except, 'a list of objects of paths and values'));
  let left = cells;
  for (const [i, rule] of except.entries()) {
    const fits = (cell: Changes) =>
      Object.entries(rule).every(([path, value]) => JSON.stringify(cell[path]) === JSON.stringify(value));
    const kept = left.filter((cell) => !fits(cell));
    if (kept.length === left.length) return wrong(below(at, i), messages.excludesNothing);
    left = kept;
  }
  return left.length === 0 ? wrong(at, messages.excludesAll) : { pointer, cells: left, faults: [] };
}

const wrong = (pointer: string, text: Omit<Located, 'pointer'>): Expanded => ({
  pointer,
  cells: [],
  faults: [{ pointer, ...text }],
});

/**
 * What tells a cell from the others, `network.cell=lstm training.batch=64`, or what it says that it is called (`variant`);
 * `the spec as it is` without changes.
 */
export function cellName(changes: Changes): string {
  if (typeof changes.variant === 'string') return changes.variant;
  const parts = Object.entries(changes).map(([path, value]) => `${path}=${shown(value)}`);
  return parts.length === 0 ? 'the spec as it is' : parts.join(' ');
}

/** Characters of a value that are shown; of a longer list or object, its beginning and its size. */
const MOST_SHOWN = 60;

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= MOST_SHOWN) return text;
  if (Array.isArray(value)) return `[${shown(value[0])}, … ${value.length} items]`;
  if (isObject(value)) return `{${Object.keys(value)[0]}, … ${Object.keys(value).length} keys}`;
  return `${text.slice(0, MOST_SHOWN - 1)}…`;
}
