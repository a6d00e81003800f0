/**
 * Sweeps: many specs in one, as a grammar of assignments.
 *
 *   { "network.cell": ["gru", "lstm"], "training.batch": [64, 128] }   every value with every other: 4 cells
 *   { "zip": { "network.packet.units": [50, 100], "network.session.units": [50, 100] } }   value by value: 2 cells
 *   { "cases": [{}, { "network.cell": "rnn", "training.epochs": 40 }, …] }   one by one; a case may be a sweep itself
 *   { …, "except": [{ "network.cell": "rnn", "training.batch": 64 }] }   without the cells that have all of these
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
      return expandZip(value, pointer);
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

/** A case whose values are all lists, or that has "zip" or "cases", is a sweep; others are one cell. */
function expandCases(value: unknown, pointer: string): Expanded {
  if (!Array.isArray(value) || value.length === 0)
    return wrong(pointer, messages.must(value, 'a list of cases, each an object of paths and values'));
  const parts = value.map((item: unknown, i): Expanded => {
    const place = below(pointer, i);
    if (!isObject(item)) return wrong(place, messages.must(item, 'an object of paths and values'));
    return 'zip' in item || 'cases' in item || 'except' in item
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

/** What tells a cell from the others, `network.cell=lstm training.batch=64`; `the spec as it is` without changes. */
export function cellName(changes: Changes): string {
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
