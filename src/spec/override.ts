/** What the command line changes in a spec: --set, --seed, --capture, --dataset. */
import { resolve } from 'node:path';
import type { Fault } from '../fault/index.ts';
import { isObject } from './defaults.ts';
import { parseJson } from './json.ts';
import * as messages from './messages.ts';
import { below } from './pointer.ts';

/** What the command line says of a spec. */
export interface LoadOptions {
  /** `path.to=value`, in order; the last of two for one path counts. */
  readonly set?: readonly string[];
  /** Replaces the seeds. */
  readonly seed?: number;
  /** Replaces the data set: files, folders and globs, relative to the working directory. */
  readonly captures?: readonly string[];
  /** Replaces the data set: the name of a manifest. */
  readonly dataset?: string;
  /** The folder below which each data set has its own: see `dataFolder` of dataset.ts. */
  readonly data?: string;
}

/** A spec as the command line has changed it. */
export interface Overridden {
  readonly value: Record<string, unknown>;
  /** The option that a place comes from; undefined where it comes from the file. */
  readonly origin: (pointer: string) => string | undefined;
  readonly faults: readonly Fault[];
}

/** A copy of the spec with the changes of the command line. */
export function override(spec: Readonly<Record<string, unknown>>, options: LoadOptions): Overridden {
  const value = structuredClone({ ...spec });
  const origins = new Map<string, string>();
  const faults: Fault[] = [];
  for (const assignment of options.set ?? []) {
    const fault = assign(value, assignment, origins);
    if (fault !== undefined) faults.push({ place: messages.setPlace(assignment), ...fault });
  }
  if (options.seed !== undefined) {
    // The schema checks it, as it checks seeds that are written in the spec.
    value.seeds = [options.seed];
    origins.set('/seeds', messages.SEED_PLACE);
  }
  if (options.dataset !== undefined) {
    if ((options.captures ?? []).length > 0)
      faults.push({ place: messages.DATASET_PLACE, ...messages.datasetAndCapture });
    value.dataset = options.dataset;
    origins.set('/dataset', messages.DATASET_PLACE);
  } else if (options.captures !== undefined && options.captures.length > 0) {
    if (options.captures.includes(''))
      faults.push({ place: messages.CAPTURE_PLACE, ...messages.emptyCapture });
    value.dataset = { captures: options.captures.map((path) => resolve(path)) };
    origins.set('/dataset', messages.CAPTURE_PLACE);
  }
  return { value, origin: (pointer) => nearest(origins, pointer), faults };
}

function nearest(origins: ReadonlyMap<string, string>, pointer: string): string | undefined {
  for (let p = pointer; p !== ''; p = p.slice(0, p.lastIndexOf('/'))) {
    const origin = origins.get(p);
    if (origin !== undefined) return origin;
  }
  return undefined;
}

/** A spec with the changes of a cell, which shares with it what is not changed; `place` is what a place below one of its paths is told as. */
export function withChanges(
  spec: Readonly<Record<string, unknown>>,
  changes: Readonly<Record<string, unknown>>,
  place: (path: string) => string,
): Overridden {
  const value = { ...spec };
  const origins = new Map<string, string>();
  const faults: Fault[] = [];
  for (const [path, to] of Object.entries(changes)) {
    const keys = path.split('.');
    const fault = keys.includes('') ? messages.notAssignment : put(value, keys, to, place(path), origins);
    if (fault !== undefined) faults.push({ place: place(path), ...fault });
  }
  return { value, origin: (pointer) => nearest(origins, pointer), faults };
}

function assign(
  spec: Record<string, unknown>,
  assignment: string,
  origins: Map<string, string>,
): Omit<Fault, 'place'> | undefined {
  const equals = assignment.indexOf('=');
  const keys = assignment.slice(0, Math.max(equals, 0)).trim().split('.');
  if (equals < 0 || keys.includes('')) return messages.notAssignment;
  const value = jsonOrText(assignment.slice(equals + 1));
  return put(spec, keys, value, messages.setPlace(assignment), origins);
}

/** Puts a value at a path, with copies of the objects on the way, making those that are not there. */
function put(
  spec: Record<string, unknown>,
  keys: readonly string[],
  value: unknown,
  place: string,
  origins: Map<string, string>,
): Omit<Fault, 'place'> | undefined {
  let parent = spec;
  let pointer = '';
  for (const key of keys.slice(0, -1)) {
    pointer = below(pointer, key);
    let child: unknown = Object.hasOwn(parent, key) ? parent[key] : undefined;
    if (child === undefined) {
      child = {};
      define(parent, key, child);
      // Made here: if nothing may stand there, it is this option that is wrong, not the file.
      origins.set(pointer, place);
    }
    if (!isObject(child)) return messages.notWithin(pointer, child);
    child = { ...child };
    define(parent, key, child);
    parent = child as Record<string, unknown>;
  }
  const last = keys.at(-1)!;
  pointer = below(pointer, last);
  define(parent, last, value);
  if (origins.size > 0)
    for (const other of [...origins.keys()]) if (other.startsWith(`${pointer}/`)) origins.delete(other);
  origins.set(pointer, place);
  return undefined;
}

/** JSON where it is JSON, else the text itself. */
function jsonOrText(text: string): unknown {
  const json = parseJson(text, '');
  return json.faults === undefined ? json.value : text;
}

/** Not an assignment: a key "__proto__" must become a key like any other, to be refused by name. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') object[key] = value;
  else Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}
