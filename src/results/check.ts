/** Whether a value that was read or is to be sent is what a schema says: ajv finds what is not, this file says it. */
import { createRequire } from 'node:module';
import type { Ajv, ErrorObject, ValidateFunction } from 'ajv';
import type { Static, TSchema } from 'typebox';
import type { DeepReadonly } from '../spec/index.ts';

/** The type of what fits a schema. */
export type Fitting<S extends TSchema> = DeepReadonly<Static<S>>;

let ajv: Ajv | undefined;
const compiled = new WeakMap<TSchema, ValidateFunction>();

/**
 * The first thing that does not fit, with its place and what was expected there; null when everything fits. NaN and
 * infinities are numbers.
 */
export function misfit(schema: TSchema, value: unknown): string | null {
  let validate = compiled.get(schema);
  if (validate === undefined) {
    ajv ??= createAjv();
    validate = ajv.compile(schema);
    compiled.set(schema, validate);
  }
  // Of alternatives, ajv tells last that none fits.
  return validate(value) ? null : told(validate.errors!.at(-1)!);
}

/** Loaded when the first value is checked: who only looks need not wait for it. */
function createAjv(): Ajv {
  const { Ajv } = createRequire(import.meta.url)('ajv') as typeof import('ajv');
  const made = new Ajv({ verbose: true, strict: true, strictNumbers: false, allowUnionTypes: true });
  made.addVocabulary(['x-expected']);
  return made;
}

function told({ instancePath, keyword, params, data, parentSchema }: ErrorObject): string {
  const schema = parentSchema as Described;
  const place = instancePath === '' ? '/' : instancePath;
  if (keyword === 'required')
    return `${instancePath}/${params.missingProperty}: missing, expected ${expectation(schema.properties![params.missingProperty]!)}`;
  if (keyword === 'additionalProperties')
    return `${instancePath}/${params.additionalProperty}: no such field`;
  const text = JSON.stringify(data) ?? 'nothing';
  const shown = text.length > 60 ? `${text.slice(0, 60)}…` : text;
  return `${place}: got ${shown}, expected ${expectation(schema)}`;
}

interface Described {
  readonly 'x-expected'?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Described[];
  readonly properties?: Readonly<Record<string, Described>>;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
}

/** What a schema allows, in words. */
function expectation(schema: Described): string {
  if (schema['x-expected'] !== undefined) return schema['x-expected'];
  if (schema.anyOf !== undefined) return schema.anyOf.map(expectation).join(' or ');
  if (schema.enum !== undefined) return `one of ${schema.enum.join(', ')}`;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const { type = 'JSON', minimum, maximum, minItems } = schema;
  const words = WORDS[type] ?? type;
  if (minItems !== undefined) return `${words} of at least ${minItems}`;
  if (minimum === undefined || minimum === Number.MIN_SAFE_INTEGER) return words;
  return maximum === undefined ? `${words} ≥ ${minimum}` : `${words} from ${minimum} to ${maximum}`;
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};
