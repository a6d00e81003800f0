/** Specs that extend one another: `"extends": "base.json"` takes what the other says where this one says nothing. */
import { dirname, relative, resolve } from 'node:path';
import { type Fault, FaultError } from '../fault/index.ts';
import { isObject, type JsonObject } from './defaults.ts';
import * as messages from './messages.ts';
import { below, define, originOf, setOrigin, type ValueOrigins } from './pointer.ts';
import { readJson } from './read.ts';

/** A spec as it is written, with all that it inherits and whatever changes it on its way. */
export interface Draft {
  readonly value: Readonly<JsonObject>;
  /** Where a value was given: `file: /pointer`, or the option of the command line. */
  readonly placeOf: (pointer: string) => string;
  /** What is wrong with the changes. */
  readonly faults: readonly Fault[];
}

/** Specs that extend one another in a row, at most: a longer row is a mistake, or as good as one. */
const MOST_FILES = 8;

/** Objects that are one choice, not a collection of fields. */
const WHOLE = new Set([
  '/dataset',
  '/test/dataset',
  '/published',
  '/anomalies/kinds',
  '/anomalies/testKinds',
  '/evaluation/presentations',
  '/training/classWeights',
  '/sweep',
]);

/**
 * Reads a spec and those that it extends.
 *
 * @param path the file; a path in it is relative to its folder, and so are captures, in each file
 * @throws FaultError when one cannot be read, or they extend one another in a circle or too deeply
 */
export async function readExtended(path: string): Promise<Draft> {
  const files: { path: string; value: JsonObject }[] = [];
  for (let at = path; ; ) {
    const value = await readBase(at, files.at(-1)?.path);
    if (!isObject(value))
      throw new FaultError({ place: at, ...messages.must(value, 'an object with "name" and "dataset"') });
    const { extends: base, ...own } = value;
    files.push({ path: at, value: own });
    if (base === undefined) break;
    const place = messages.pointerPlace(at, '/extends');
    if (typeof base !== 'string' || base === '')
      throw new FaultError({ place, ...messages.must(base, 'the path of another spec') });
    const next = besides(at, base);
    const chain = files.map((file) => file.path);
    if (chain.some((file) => resolve(file) === resolve(next)))
      throw new FaultError({ place, ...messages.extendsItself([...chain, next]) });
    if (files.length >= MOST_FILES) throw new FaultError({ place, ...messages.extendsTooDeep(MOST_FILES) });
    at = next;
  }
  const origins: ValueOrigins = new Map();
  const folder = dirname(path);
  let whole: JsonObject = {};
  for (const { path: file, value } of files.reverse()) {
    const { $schema, ...rest } = withCapturesFrom(value, folder, dirname(file));
    if (file === path && $schema !== undefined) whole.$schema = $schema;
    whole = merged(whole, rest, '', file, origins);
  }
  const placeOf = (pointer: string) => messages.pointerPlace(originOf(origins, pointer) ?? path, pointer);
  return { value: whole, placeOf, faults: [] };
}

/** Reads a file; one that cannot be read is the fault of the one that extends it. */
async function readBase(path: string, extending: string | undefined): Promise<unknown> {
  try {
    return await readJson(path, 'an experiment');
  } catch (error) {
    if (!(error instanceof FaultError) || extending === undefined) throw error;
    const place = messages.pointerPlace(extending, '/extends');
    const moved = error.faults.map((fault) =>
      fault.place === path ? { ...fault, place, problem: `${path} ${fault.problem}` } : fault,
    );
    throw new FaultError(moved, error.exitCode);
  }
}

/** A path in a file, as seen from where the file is seen from. */
function besides(file: string, path: string): string {
  const at = resolve(dirname(file), path);
  return resolve(file) === file ? at : relative('', at);
}

/** Captures and label files relative to another folder than that of their file. */
function withCapturesFrom(value: JsonObject, folder: string, own: string): JsonObject {
  if (resolve(folder) === resolve(own)) return value;
  const moved = (paths: unknown): unknown =>
    Array.isArray(paths)
      ? paths.map((path: unknown) => (typeof path === 'string' ? relative(folder, resolve(own, path)) : path))
      : paths;
  const from = (dataset: unknown): unknown => {
    if (!isObject(dataset) || !Array.isArray(dataset.captures)) return dataset;
    const { labels } = dataset;
    return {
      ...dataset,
      captures: moved(dataset.captures),
      ...(isObject(labels) ? { labels: { ...labels, files: moved(labels.files) } } : {}),
    };
  };
  const { dataset, test } = value;
  return {
    ...value,
    ...(dataset === undefined ? {} : { dataset: from(dataset) }),
    ...(isObject(test) ? { test: { ...test, dataset: from(test.dataset) } } : {}),
  };
}

/** The one with the other above it; where the upper one is silent, the lower one's fields keep their origin. */
function merged(
  lower: JsonObject,
  upper: JsonObject,
  pointer: string,
  file: string,
  origins: ValueOrigins,
): JsonObject {
  const result: JsonObject = { ...lower };
  for (const [key, value] of Object.entries(upper)) {
    const at = below(pointer, key);
    const before = Object.hasOwn(lower, key) ? lower[key] : undefined;
    if (isObject(value) && isObject(before) && !WHOLE.has(at) && sameKind(value, before)) {
      define(result, key, merged(before, value, at, file, origins));
    } else {
      define(result, key, value);
      setOrigin(origins, at, file);
    }
  }
  return result;
}

/** Whether two objects may be merged: an object of another kind has other fields. */
const sameKind = (a: JsonObject, b: JsonObject): boolean =>
  a.kind === undefined || b.kind === undefined || a.kind === b.kind;
