/** Writes the schema files anew from the TypeBox schemas. */
import { writeFileSync } from 'node:fs';
import { asSchema, relax } from './defaults.ts';
import { experimentSchema } from './schema.ts';
import { manifestSchema } from './schema-data.ts';
import { type SchemaName, schemaUrl } from './schema-file.ts';
import type { KnownNames } from './schema-parts.ts';

/** The text of every schema file: JSON Schema draft 7, which editors know best. */
export function schemaTexts(names: KnownNames): Readonly<Record<SchemaName, string>> {
  const text = (schema: object): string => {
    const written = { $schema: 'http://json-schema.org/draft-07/schema#', ...relax(asSchema(schema)) };
    return `${JSON.stringify(written, null, 2)}\n`;
  };
  return { experiment: text(experimentSchema(names)), dataset: text(manifestSchema) };
}

/** Writes them. */
export function writeSchemas(names: KnownNames): void {
  const { experiment, dataset } = schemaTexts(names);
  writeFileSync(schemaUrl('experiment'), experiment);
  writeFileSync(schemaUrl('dataset'), dataset);
}
