/** What is changed in a spec: by the command line (--set, --seed, --capture, --dataset), or by a sweep in each cell. */
import { resolve } from 'node:path';
import type { Fault } from '../fault/index.ts';
import { isObject, type JsonObject } from './defaults.ts';
import type { Draft } from './extend.ts';
import { parseJson } from './json.ts';
import * as messages from './messages.ts';
import { below, define, originOf, setOrigin, type ValueOrigins } from './pointer.ts';

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

/** A value at a path (`network.packet.units`), and what it is told as when it is wrong. */
export interface Assignment {
  readonly path: string;
  readonly value: unknown;
  readonly place: string;
}

/** A spec with the changes of the command line. */
export function override(draft: Draft, options: LoadOptions): Draft {
  const { set = [], seed, captures = [], dataset } = options;
  const changes = set.map(parseAssignment);
  const faults: Fault[] = [];
  // The schema checks it, as it checks seeds that are written in the spec.
  if (seed !== undefined) changes.push({ path: 'seeds', value: [seed], place: messages.SEED_PLACE });
  if (dataset !== undefined) {
    if (captures.length > 0) faults.push({ place: messages.DATASET_PLACE, ...messages.datasetAndCapture });
    changes.push({ path: 'dataset', value: dataset, place: messages.DATASET_PLACE });
  } else if (captures.length > 0) {
    if (captures.includes('')) faults.push({ place: messages.CAPTURE_PLACE, ...messages.emptyCapture });
    const value = { captures: captures.map((path) => resolve(path)) };
    changes.push({ path: 'dataset', value, place: messages.CAPTURE_PLACE });
  }
  const changed = assign(draft, changes);
  return { ...changed, faults: [...changed.faults, ...faults] };
}

/** A spec with values assigned in order. It shares with the one before what is not changed. */
export function assign(draft: Draft, assignments: readonly Assignment[]): Draft {
  const value = { ...draft.value };
  const origins: ValueOrigins = new Map();
  const faults = [...draft.faults];
  for (const assignment of assignments) {
    const fault = put(value, assignment, origins);
    if (fault !== undefined) faults.push({ place: assignment.place, ...fault });
  }
  return { value, placeOf: (pointer) => originOf(origins, pointer) ?? draft.placeOf(pointer), faults };
}

/** `path=value`: the value is JSON where it is JSON, else the text itself. */
function parseAssignment(text: string): Assignment {
  const equals = text.indexOf('=');
  const given = text.slice(equals + 1);
  const json = parseJson(given, '');
  const value = json.faults === undefined ? json.value : given;
  return { path: text.slice(0, Math.max(equals, 0)).trim(), value, place: messages.setPlace(text) };
}

/** Puts a value at its path, with copies of the objects on the way, making those that are not there. */
function put(
  spec: JsonObject,
  { path, value, place }: Assignment,
  origins: ValueOrigins,
): Omit<Fault, 'place'> | undefined {
  const keys = path.split('.');
  if (keys.includes('')) return messages.notAssignment;
  let parent = spec;
  let pointer = '';
  for (const key of keys.slice(0, -1)) {
    pointer = below(pointer, key);
    const child = Object.hasOwn(parent, key) ? parent[key] : undefined;
    // Made here: if nothing may stand there, it is this assignment that is wrong, not the file.
    if (child === undefined) origins.set(pointer, place);
    else if (!isObject(child)) return messages.notWithin(pointer, child);
    const copy = { ...child };
    define(parent, key, copy);
    parent = copy;
  }
  const last = keys.at(-1)!;
  define(parent, last, value);
  setOrigin(origins, below(pointer, last), place);
  return undefined;
}
