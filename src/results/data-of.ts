/** Which data a run is of: runs on other data are never paired, as a seed stands for other sessions there. */
import { sha256 } from '../disk/index.ts';
import type { StoredRecord, StoredSpec } from './record.ts';

/**
 * One text for the contents of the captures of a run, whatever they are called; undefined of none. Where others test than
 * train, it is not the same the other way round.
 */
export function dataOf({ data: { files } }: StoredRecord, spec: StoredSpec): string | undefined {
  if (files.length === 0) return undefined;
  const { dataset } = (spec.test ?? {}) as { readonly dataset?: unknown };
  const lines = files.map((file) => `${file.sha256}\n`);
  return sha256(dataset === undefined ? lines.sort().join('') : ['test\n', ...lines].join(''));
}
