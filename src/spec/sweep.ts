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

export interface Expanded {
  readonly cells: readonly Changes[];
  readonly faults: readonly Located[];
}

/** More would not end in anyone's lifetime, and a missing bracket makes as many. */
export const MOST_CELLS = 100_000;

/** The cells of a sweep that stands at a pointer; a spec without sweep has one cell, which changes nothing. */
export function expandSweep(sweep: unknown, pointer = '/sweep'): Expanded {
  if (sweep === undefined) return { cells: [{}], faults: [] };
  if (!isObject(sweep)) return wrong(pointer, messages.must(sweep, 'an object of paths and lists of values'));
  let cells: readonly Changes[] = [{}];
  const faults: Located[] = [];
  for (const [key, value] of Object.entries(sweep)) {
    if (key === 'except') continue;
    const part = expandKey(key, value, below(pointer, key));
    faults.push(...part.faults);
    if (faults.length > 0) continue;
    const count = cells.length * part.cells.length;
    if (count > MOST_CELLS) return wrong(below(pointer, key), messages.tooManyCells(count, MOST_CELLS));
    cells = cells.flatMap((before) => part.cells.map((after) => ({ ...before, ...after })));
  }
  if (faults.length > 0) return { cells: [], faults };
  return without(cells, sweep.except, below(pointer, 'except'));
}

function expandKey(key: string, value: unknown, pointer: string): Expanded {
  switch (key) {
    case 'zip':
      return Array.isArray(value) ? zipSweeps(value, pointer) : expandZip(value, pointer);
    case 'grid':
      return Array.isArray(value) ? multiplySweeps(value, pointer) : expandSweep(value ?? null, pointer);
    case 'cases':
      return expandCases(value, pointer);
    default: {
      if (!Array.isArray(value))
        return wrong(pointer, messages.must(value, 'a list of values for this path'));
      if (value.length === 0) return wrong(pointer, messages.length(value, 'at least', 1));
      return { cells: value.map((item: unknown) => ({ [key]: item })), faults: [] };
    }
  }
}

function expandZip(value: unknown, pointer: string): Expanded {
  if (!isObject(value)) return wrong(pointer, messages.must(value, 'an object of paths and lists of values'));
  const lists = Object.entries(value);
  const faults = lists.flatMap(([path, list]) =>
    Array.isArray(list)
      ? []
      : [{ pointer: below(pointer, path), ...messages.must(list, 'a list of values for this path') }],
  );
  if (faults.length > 0) return { cells: [], faults };
  const lengths = lists.map(([, list]) => (list as readonly unknown[]).length);
  const [first = 0] = lengths;
  if (first === 0 || lengths.some((n) => n !== first)) return wrong(pointer, messages.unevenZip(lengths));
  return {
    cells: Array.from({ length: first }, (_, i) =>
      Object.fromEntries(lists.map(([path, list]) => [path, (list as readonly unknown[])[i]])),
    ),
    faults: [],
  };
}

const parts = (sweeps: readonly unknown[], pointer: string): readonly Expanded[] =>
  sweeps.map((sweep, i) => expandSweep(sweep ?? null, below(pointer, i)));

/** The first cells of all sweeps together, the second ones, … */
function zipSweeps(sweeps: readonly unknown[], pointer: string): Expanded {
  const expanded = parts(sweeps, pointer);
  const faults = expanded.flatMap((part) => part.faults);
  if (faults.length > 0) return { cells: [], faults };
  const lengths = expanded.map(({ cells }) => cells.length);
  const [first = 0] = lengths;
  if (first === 0 || lengths.some((n) => n !== first)) return wrong(pointer, messages.unevenZip(lengths));
  const cells = Array.from({ length: first }, (_, i) =>
    Object.assign({}, ...expanded.map((part) => part.cells[i])),
  );
  return { cells: cells as Changes[], faults };
}

/** Every cell of each sweep with every one of the others. */
function multiplySweeps(sweeps: readonly unknown[], pointer: string): Expanded {
  let cells: readonly Changes[] = [{}];
  const faults: Located[] = [];
  for (const [i, part] of parts(sweeps, pointer).entries()) {
    faults.push(...part.faults);
    const count = cells.length * part.cells.length;
    if (count > MOST_CELLS) return wrong(below(pointer, i), messages.tooManyCells(count, MOST_CELLS));
    cells = cells.flatMap((before) => part.cells.map((after) => ({ ...before, ...after })));
  }
  return faults.length > 0 ? { cells: [], faults } : { cells, faults };
}

/** A case that has "grid", "zip", "cases" or "except" is a sweep; others are one cell. */
function expandCases(value: unknown, pointer: string): Expanded {
  if (!Array.isArray(value) || value.length === 0)
    return wrong(pointer, messages.must(value, 'a list of cases, each an object of paths and values'));
  const parts = value.map((item: unknown, i): Expanded => {
    const place = below(pointer, i);
    if (!isObject(item)) return wrong(place, messages.must(item, 'an object of paths and values'));
    return ['grid', 'zip', 'cases', 'except'].some((key) => key in item)
      ? expandSweep(item, place)
      : { cells: [item], faults: [] };
  });
  return { cells: parts.flatMap(({ cells }) => cells), faults: parts.flatMap(({ faults }) => faults) };
}

function without(cells: readonly Changes[], except: unknown, pointer: string): Expanded {
  if (except === undefined) return { cells, faults: [] };
  if (!Array.isArray(except) || !except.every(isObject))
    return wrong(pointer, messages.must(except, 'a list of objects of paths and values'));
  let left = cells;
  for (const [i, rule] of except.entries()) {
    const fits = (cell: Changes) =>
      Object.entries(rule).every(([path, value]) => JSON.stringify(cell[path]) === JSON.stringify(value));
    const kept = left.filter((cell) => !fits(cell));
    if (kept.length === left.length) return wrong(below(pointer, i), messages.excludesNothing);
    left = kept;
  }
  return left.length === 0 ? wrong(pointer, messages.excludesAll) : { cells: left, faults: [] };
}

const wrong = (pointer: string, text: Omit<Located, 'pointer'>): Expanded => ({
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
