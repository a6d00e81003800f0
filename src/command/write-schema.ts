/**
 * Writes the schema files of src/spec anew: `node --import tsx src/command/write-schema.ts` after a change of a schema, of
 * the anomaly kinds or of the header fields. No command of sessionlab, but here because it sees all names.
 */
import { writeSchemas } from '../spec/index.ts';
import { knownNames } from './names.ts';

await writeSchemas(knownNames);
