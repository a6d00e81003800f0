import type { ResolvedSpec, SweepCell } from './load.ts';
import type { LoadOptions } from './override.ts';
import type { KnownNames } from './schema.ts';

export { canonicalJson } from './canonical.ts';
export type { ResolvedDataset } from './dataset.ts';
export {
  ATTACK_KINDS,
  type AttackKind,
  attacksOfDay,
  clockOffsetOf,
  findDayFaults,
  type RecipeDay,
  sessionsInAll,
  sessionsOfDay,
  startOfDay,
} from './days.ts';
export { ExitCode, type Fault, FaultError, formatFault } from './fault.ts';
export { hashSpec } from './hash.ts';
export type { ResolvedSpec, SweepCell } from './load.ts';
export type { LoadOptions } from './override.ts';
export type { ExperimentSpec, KnownNames } from './schema.ts';
export type { Recipe } from './schema-data.ts';
export { withSource } from './source.ts';
export { suggest } from './suggest.ts';
export { type Changes, cellName } from './sweep.ts';

/**
 * Reads, validates and resolves a spec: the command line's changes applied, all defaults filled in, the data set
 * found, the hash computed.
 *
 * @param path the file; captures are relative to its folder
 * @throws FaultError with everything that is wrong, each with its place (`file: /json/pointer`, or the option)
 */
export async function loadSpec(path: string, options: LoadOptions = {}): Promise<ResolvedSpec> {
  // Everybody imports this door for its faults; few need the validator.
  const { load } = await import('./load.ts');
  return load(path, options);
}

/**
 * Reads the sweep of a spec: every cell validated and resolved as `loadSpec` does, all faults of all cells at once. A
 * spec without sweep has one cell.
 *
 * @throws FaultError
 */
export async function loadSweep(path: string, options: LoadOptions = {}): Promise<readonly SweepCell[]> {
  const { loadCells } = await import('./load.ts');
  return loadCells(path, options);
}

/**
 * All that the cells of a sweep follow from, without making them: two equal ones have the same cells. null where something
 * else matters, too.
 *
 * @throws FaultError
 */
export async function readSources(path: string, options: LoadOptions = {}): Promise<unknown> {
  return (await import('./load.ts')).sourcesOf(path, options);
}

/** Writes the schema files anew from their source, with the names that other folders own. */
export async function writeSchemas(names: KnownNames): Promise<void> {
  (await import('./write-schema.ts')).writeSchemas(names);
}
