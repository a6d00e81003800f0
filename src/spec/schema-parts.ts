/** What the schemas are put together from. */
import Type from 'typebox';

/** Names that a spec may use and that folders further down the data flow own. */
export interface KnownNames {
  readonly anomalyKinds: readonly string[];
  readonly hideableFields: readonly string[];
}

/** The largest integer that JSON keeps exactly everywhere. */
const MAX_SEED = Number.MAX_SAFE_INTEGER;

export function object<P extends Type.TProperties>(properties: P, options: Type.TObjectOptions = {}) {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

export const count = (least: number, most: number, options: Type.TSchemaOptions) =>
  Type.Integer({ minimum: least, maximum: most, ...options });

/** A name that is also the name of a folder or file. */
export const name = (description: string) =>
  Type.String({
    description,
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
    maxLength: 100,
    'x-expected':
      'a name of at most 100 letters, digits, ".", "_" and "-" that starts with a letter or digit',
  });

export const seed = (options: Type.TSchemaOptions) =>
  count(0, MAX_SEED, { ...options, 'x-limit': 'larger integers are not exact in JSON' });

/** One of a few words; messages list them, also where it stands within a union. */
export const choice = <V extends string>(values: readonly V[], options: Type.TSchemaOptions = {}) =>
  Type.Unsafe<V>({ enum: values, ...options, 'x-expected': `one of ${values.join(', ')}` });

/** A number for each of some names, none of which need be given. */
export const byName = (names: readonly string[], number: object, options: Type.TSchemaOptions = {}) =>
  Type.Unsafe<Readonly<Record<string, number>>>({
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { type: 'number', ...number }])),
    additionalProperties: false,
    ...options,
  });

/** A day of the calendar. */
export const date = (example: string, options: Type.TSchemaOptions = {}) =>
  Type.String({
    pattern: '^[0-9]{4}-[0-9]{2}-[0-9]{2}$',
    ...options,
    'x-expected': `a date such as ${example}`,
  });

/** What may be unknown: null then, which is the default. */
export const unknown = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { default: null, description });

/** A share of a whole. */
export const share = (value: number, description: string) =>
  Type.Number({ minimum: 0, maximum: 1, default: value, description });

/** The type of what a schema describes, not to be changed. */
export type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;
