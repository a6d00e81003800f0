/** Derives from the schema of a whole spec the schema of what users write, and the defaults of what they leave out. */

/** The part of JSON Schema that our schemas are written in. */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean' | 'null';
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly 'x-expected'?: string;
  readonly 'x-limit'?: string;
  readonly 'x-closed'?: string;
}

/** Schemas of TypeBox and ajv are plain JSON Schema; their types say less. */
export const asSchema = (schema: object): Schema => schema as Schema;

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The default of a schema; undefined when something in it must be given. */
export function defaultOf(schema: Schema): unknown {
  if (schema.default !== undefined) return schema.default;
  if (schema.properties === undefined) return undefined;
  const whole: JsonObject = {};
  for (const [key, property] of Object.entries(schema.properties)) {
    const value = defaultOf(property);
    if (value !== undefined) whole[key] = value;
    else if (schema.required?.includes(key) === true) return undefined;
  }
  return whole;
}

/** The schema of what users write: whatever has a default may be left out. */
export function relax(schema: Schema): Schema {
  const { properties, items, anyOf, required, ...rest } = schema;
  const whole = defaultOf(schema);
  return {
    ...rest,
    ...(whole === undefined ? {} : { default: whole }),
    ...(required === undefined || properties === undefined ? {} : { required: needed(required, properties) }),
    ...(properties === undefined ? {} : { properties: mapValues(properties, relax) }),
    ...(items === undefined ? {} : { items: relax(items) }),
    ...(anyOf === undefined ? {} : { anyOf: anyOf.map(relax) }),
  };
}

function needed(
  required: readonly string[],
  properties: Readonly<Record<string, Schema>>,
): readonly string[] {
  return required.filter((key) => defaultOf(properties[key] ?? {}) === undefined);
}

function mapValues<T, U>(object: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}

const copyOf = (value: unknown): unknown => (typeof value === 'object' ? structuredClone(value) : value);

/** A valid value with all defaults filled in, its keys in the order of the schema. It shares no part with its arguments. */
export function fill(schema: Schema, value: unknown): unknown {
  const given = value === undefined ? defaultOf(schema) : value;
  if (schema.anyOf !== undefined) {
    const match = matchBranch(schema.anyOf, given);
    return match.kind === 'branch' ? fill(schema.anyOf[match.index]!, given) : copyOf(given);
  }
  if (Array.isArray(given)) return given.map((item: unknown) => fill(schema.items ?? {}, item));
  if (!isObject(given) || schema.properties === undefined) return copyOf(given);
  const whole: JsonObject = {};
  for (const [key, property] of Object.entries(schema.properties)) {
    const filled = fill(property, given[key]);
    // A group of fields that may all be missing is missing where none of them is given.
    const nothing = given[key] === undefined && isObject(filled) && Object.keys(filled).length === 0;
    if (filled !== undefined && !nothing) whole[key] = filled;
  }
  return whole;
}

/** Which alternative of a schema a value means. */
export type Match =
  | { readonly kind: 'branch'; readonly index: number }
  /** The key that says which is there, but holds none of the values that it may. */
  | { readonly kind: 'key'; readonly key: string; readonly allowed: readonly unknown[] }
  | { readonly kind: 'none' };

/** Finds the alternative by the JSON type, then by the constant that names it, then by the keys it knows. */
export function matchBranch(branches: readonly Schema[], value: unknown): Match {
  const fitting = branches.flatMap((branch, index) => (fitsType(branch, value) ? [index] : []));
  if (fitting.length === 0) return { kind: 'none' };
  if (fitting.length === 1 || !isObject(value)) return { kind: 'branch', index: fitting[0]! };
  const properties = (index: number) => branches[index]!.properties ?? {};
  const constants = Object.entries(properties(fitting[0]!)).filter(([, p]) => p.const !== undefined);
  for (const [key] of constants) {
    const named = fitting.find((index) =>
      value[key] === undefined
        ? properties(index)[key]?.default !== undefined
        : properties(index)[key]?.const === value[key],
    );
    if (named !== undefined) return { kind: 'branch', index: named };
    return { kind: 'key', key, allowed: fitting.map((index) => properties(index)[key]?.const) };
  }
  const known = fitting.map((index) =>
    Object.keys(value).filter((key) => Object.hasOwn(properties(index), key)),
  );
  const most = Math.max(...known.map((keys) => keys.length));
  return most === 0
    ? { kind: 'none' }
    : { kind: 'branch', index: fitting[known.findIndex((keys) => keys.length === most)]! };
}

function fitsType(schema: Schema, value: unknown): boolean {
  switch (schema.type) {
    case 'object':
      return isObject(value);
    case 'array':
      return Array.isArray(value);
    case 'null':
      return value === null;
    case 'integer':
      return typeof value === 'number';
    default:
      return typeof value === schema.type;
  }
}
