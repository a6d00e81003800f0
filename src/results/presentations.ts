/** The presentations of a run: presentations.json, where its spec has some. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Type from 'typebox';
import type { PresentationRecord } from '../evaluation/index.ts';
import { PRESENTATIONS_FILE } from './files.ts';
import { readChecked } from './record.ts';

/** As far as it is checked. */
const schema = Type.Object({
  presentations: Type.Array(
    Type.Object({
      name: Type.String(),
      otherwise: Type.Object({}),
      evaluation: Type.Object({ accuracy: Type.Object({}), anomalous: Type.Object({}) }),
      detection: Type.Array(Type.Object({ kind: Type.String(), called: Type.Object({}) })),
      unseen: Type.Integer(),
      changes: Type.Array(Type.Object({ measure: Type.String(), difference: Type.Object({}) })),
    }),
  ),
});

/** The presentations of a run; none where its spec has none. @throws FaultError (data) when they are damaged or changed */
export function readPresentations(folder: string): readonly PresentationRecord[] {
  if (!existsSync(join(folder, PRESENTATIONS_FILE))) return [];
  const read = readChecked(folder, PRESENTATIONS_FILE, schema);
  return (read as { readonly presentations: readonly PresentationRecord[] }).presentations;
}
