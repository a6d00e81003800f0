/** Validates a value by a schema: ajv finds what is wrong, this file says it. */
import { createRequire } from 'node:module';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { suggest } from '../fault/index.ts';
import { asSchema, defaultOf, isObject, matchBranch, type Schema } from './defaults.ts';
import * as messages from './messages.ts';
import { below, type Located } from './pointer.ts';

const compiled = new WeakMap<Schema, ValidateFunction>();

/** All faults of a value, at most one at each place. */
export function findFaults(schema: Schema, value: unknown): readonly Located[] {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    // Everybody imports the door of this folder; few validate, and ajv takes longer to load than all the rest.
    const { Ajv } = createRequire(import.meta.url)('ajv') as typeof import('ajv');
    const ajv = new Ajv({ allErrors: true, verbose: true, strict: true, allowUnionTypes: true });
    ajv.addVocabulary(['x-expected', 'x-limit', 'x-closed']);
    validate = ajv.compile(schema);
    compiled.set(schema, validate);
  }
  if (validate(value)) return [];
  const found = new Map<string, Located>();
  for (const fault of oneBranch(validate.errors ?? []).flatMap((error) => describe(error, schema))) {
    if (!found.has(fault.pointer)) found.set(fault.pointer, fault);
  }
  return [...found.values()];
}

/** Of a value that fits no alternative, ajv tells what every alternative misses. Only the one that was meant counts. */
function oneBranch(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  let kept = errors;
  for (const error of errors) {
    if (error.keyword !== 'anyOf') continue;
    const match = matchBranch(branchesOf(error), error.data);
    const chosen = match.kind === 'branch' ? `${error.schemaPath}/${match.index}/` : undefined;
    kept = kept.filter((other) => {
      if (other === error) return chosen === undefined;
      if (!other.schemaPath.startsWith(`${error.schemaPath}/`)) return true;
      return chosen !== undefined && other.schemaPath.startsWith(chosen);
    });
  }
  return kept;
}

const branchesOf = (error: ErrorObject): readonly Schema[] => asSchema(error.parentSchema ?? {}).anyOf ?? [];

function describe(error: ErrorObject, root: Schema): Located[] {
  const pointer = error.instancePath;
  const value: unknown = error.data;
  const schema = asSchema(error.parentSchema ?? {});
  const limit = schema['x-limit'];
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = String(error.params.additionalProperty);
      const known = Object.keys(schema.properties ?? {});
      const kinds = kindsWith(key, schema, root);
      return kinds.length > 0
        ? [{ pointer: below(pointer, key), ...messages.keyOfKind(known, kindOf(schema), kinds) }]
        : [unknownKey(pointer, key, known, root, schema['x-closed'])];
    }
    case 'required': {
      const key = String(error.params.missingProperty);
      const expected = expectation(schema.properties?.[key] ?? {});
      return [{ pointer: below(pointer, key), ...messages.missing(expected) }];
    }
    case 'minimum':
    case 'exclusiveMinimum':
      return [{ pointer, ...messages.must(value, `${BOUNDS[error.keyword]} ${schema[error.keyword]}`) }];
    case 'maximum':
    case 'exclusiveMaximum':
      return [
        { pointer, ...messages.must(value, `${BOUNDS[error.keyword]} ${schema[error.keyword]}`, limit) },
      ];
    case 'enum':
      return [{ pointer, ...oneOf(value, schema.enum ?? []) }];
    case 'const':
      return [{ pointer, ...oneOf(value, [schema.const]) }];
    case 'minItems':
      return [{ pointer, ...messages.length(items(value), 'at least', schema.minItems ?? 0) }];
    case 'maxItems':
      return [{ pointer, ...messages.length(items(value), 'at most', schema.maxItems ?? 0) }];
    case 'uniqueItems':
      return findRepeated(items(value), (i) => below(pointer, i));
    case 'anyOf':
      return noBranch(pointer, value, schema, root);
    default:
      return [{ pointer, ...messages.must(value, expectation(schema)) }];
  }
}

const BOUNDS = { minimum: '≥', exclusiveMinimum: '>', maximum: '≤', exclusiveMaximum: '<' } as const;

const items = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Items that a list has a second time. */
export function findRepeated(list: readonly unknown[], pointerOf: (index: number) => string): Located[] {
  const first = new Map(list.map((item, i) => [item, i] as const).reverse());
  return list.flatMap((item, i) =>
    first.get(item) === i ? [] : [{ pointer: pointerOf(i), ...messages.repeatedItem(item) }],
  );
}

function oneOf(value: unknown, allowed: readonly unknown[]) {
  const names = allowed.map(String);
  return messages.mustBeOneOf(value, names, typeof value === 'string' ? suggest(value, names) : undefined);
}

/** @param closed why there are no other keys */
function unknownKey(
  pointer: string,
  key: string,
  known: readonly string[],
  root: Schema,
  closed?: string,
): Located {
  const elsewhere = homesOf(key, root).filter((home) => home !== pointer);
  const near = suggest(key, known);
  return { pointer: below(pointer, key), ...messages.unknownKey(known, near, elsewhere, closed) };
}

/** The value fits no alternative at all. */
function noBranch(pointer: string, value: unknown, schema: Schema, root: Schema): Located[] {
  const match = matchBranch(schema.anyOf ?? [], value);
  if (match.kind === 'key' && isObject(value)) {
    const at = below(pointer, match.key);
    return value[match.key] === undefined
      ? [{ pointer: at, ...messages.missing(`one of ${match.allowed.join(', ')}`) }]
      : [{ pointer: at, ...oneOf(value[match.key], match.allowed) }];
  }
  const known = [...new Set((schema.anyOf ?? []).flatMap((branch) => Object.keys(branch.properties ?? {})))];
  const keys = isObject(value) ? Object.keys(value) : [];
  const meant = keys.filter((key) => suggest(key, known) !== undefined);
  if (meant.length > 0) return meant.map((key) => unknownKey(pointer, key, known, root));
  return [{ pointer, ...messages.must(value, expectation(schema)) }];
}

const kindOf = (schema: Schema): unknown => schema.properties?.kind?.const;

/** Of the alternatives to a schema, the kinds that know a key. */
function kindsWith(key: string, branch: Schema, schema: Schema): readonly unknown[] {
  const { anyOf = [], properties = {} } = schema;
  if (anyOf.includes(branch))
    return anyOf.filter((other) => Object.hasOwn(other.properties ?? {}, key)).map(kindOf);
  return [...anyOf, ...Object.values(properties)].flatMap((part) => kindsWith(key, branch, part));
}

/** Pointers of the objects that know a key. */
function homesOf(key: string, schema: Schema, pointer = ''): readonly string[] {
  const properties = schema.properties ?? {};
  return [
    ...(Object.hasOwn(properties, key) ? [pointer === '' ? '/' : pointer] : []),
    ...Object.entries(properties).flatMap(([name, property]) => homesOf(key, property, below(pointer, name))),
  ];
}

/** What a schema allows, in words. */
function expectation(schema: Schema): string {
  const words = schema['x-expected'];
  if (words !== undefined) return words;
  if (schema.anyOf !== undefined) return schema.anyOf.map(expectation).join(' or ');
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  switch (schema.type) {
    case 'integer':
      return `a whole number${range(schema)}`;
    case 'number':
      return `a number${range(schema)}`;
    case 'string':
      return schema.minLength === undefined ? 'a text' : 'a text that is not empty';
    case 'boolean':
      return 'true or false';
    case 'array':
      return `a list, each item ${expectation(schema.items ?? {})}`;
    case 'object':
      return withKeys(schema);
    default:
      return String(schema.type ?? 'JSON');
  }
}

function range(schema: Schema): string {
  const { minimum, maximum } = schema;
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  const keywords = Object.keys(BOUNDS) as (keyof typeof BOUNDS)[];
  const bounds = keywords.filter((key) => schema[key] !== undefined);
  return bounds.length === 0 ? '' : ` ${bounds.map((key) => `${BOUNDS[key]} ${schema[key]}`).join(' and ')}`;
}

function withKeys(schema: Schema): string {
  const needed = (schema.required ?? []).filter(
    (key) => defaultOf(schema.properties?.[key] ?? {}) === undefined,
  );
  return needed.length === 0 ? 'an object' : `an object with ${needed.map((key) => `"${key}"`).join(', ')}`;
}
