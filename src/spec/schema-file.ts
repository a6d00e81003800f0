/**
 * The schemas as files, made of the TypeBox schemas: editors complete and check with them, and so does `loadSpec`. The
 * builder of the schemas has some hundred modules, which take longer to load than a spec takes to check.
 */
import { readFileSync } from 'node:fs';
import type { Schema } from './defaults.ts';

/** Where a schema is kept. */
export const schemaUrl = (name: SchemaName): URL => new URL(`./${name}.schema.json`, import.meta.url);

export type SchemaName = 'experiment' | 'dataset';

const loaded = new Map<SchemaName, Schema>();

/** The schema of what users write; the same object each time. */
export function loadSchema(name: SchemaName): Schema {
  let schema = loaded.get(name);
  if (schema === undefined) {
    schema = JSON.parse(readFileSync(schemaUrl(name), 'utf8')) as Schema;
    loaded.set(name, schema);
  }
  return schema;
}
