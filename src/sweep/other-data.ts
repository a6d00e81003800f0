/** Runs of one experiment on other data: they have other hashes, and are never paired. */
import { basename, dirname } from 'node:path';
import { listRuns } from '../results/index.ts';
import { displayPath } from '../text/index.ts';
import { dataIn } from './groups.ts';

/**
 * What is to be said where an experiment has runs on other data than a run; null where it has none.
 *
 * @param run its folder: <results>/<experiment>/<hash>/<seed>
 */
export function otherDataNote(run: string): string | null {
  const own = dataIn(run);
  const cell = dirname(run);
  const experiment = dirname(cell);
  if (own === undefined) return null;
  // All seeds of a cell have the data of its hash.
  const cells = new Map(
    listRuns(experiment).flatMap(({ path, state }) => (state === 'finished' ? [[dirname(path), path]] : [])),
  );
  cells.delete(cell);
  const isOther = (path: string): boolean => (dataIn(path) ?? own) !== own;
  if (![...cells.values()].some(isOther)) return null;
  return `note: ${displayPath(experiment)} has runs on other data, too: \`sessionlab compare ${basename(experiment)}\` shows them apart and pairs none of them with these`;
}
