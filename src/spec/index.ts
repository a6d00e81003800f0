import { FaultError } from '../fault/index.ts';
import type { ResolvedDataset } from './dataset.ts';
import type { ResolvedSpec, SweepCell } from './load.ts';
import type { LoadOptions } from './override.ts';
import type { KnownNames } from './schema.ts';
import type { Manifest, Recipe } from './schema-data.ts';

export { canonicalJson } from './canonical.ts';
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

export { type DataContents, hashSpec, type SpecContents, usesLabels } from './hash.ts';
export type { ResolvedSpec, SweepCell } from './load.ts';
export type { LoadOptions } from './override.ts';
export type { ExperimentSpec, KnownNames } from './schema.ts';
export type { CapturesManifest, DataFile, Manifest, Recipe } from './schema-data.ts';
export type { DeepReadonly } from './schema-parts.ts';
export { withSource } from './source.ts';
export { type Changes, cellName } from './sweep.ts';
export type { ResolvedDataset };

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

/**
 * Reads the manifest with this name, from the folder `datasets` of `folder` or above it or from our own.
 *
 * @throws FaultError when there is none, with the name that was probably meant, or with the manifest's own faults
 */
export async function loadManifest(name: string, folder: string, place = 'data set'): Promise<Manifest> {
  const { findManifest } = await import('./dataset.ts');
  const manifest = await findManifest(name, folder);
  if (!('problem' in manifest)) return manifest;
  throw new FaultError({ place, ...manifest });
}

/** Reads a manifest from its file. @throws FaultError with everything that is wrong in it */
export async function loadManifestFile(path: string): Promise<Manifest> {
  const { readManifest } = await import('./dataset.ts');
  const { basename } = await import('node:path');
  return readManifest(path, basename(path).replace(/\.json$/, ''));
}

/** The names of all manifests that are known in a folder, sorted. */
export async function manifestNames(folder: string): Promise<readonly string[]> {
  const { manifestPaths } = await import('./dataset.ts');
  return [...(await manifestPaths(folder)).keys()].sort();
}

/** The folder below which each data set has its own: see `dataFolder` of dataset.ts. */
export async function findDataFolder(given?: string): Promise<string> {
  return (await import('./dataset.ts')).dataFolder(given);
}

/**
 * Reads a file that holds a recipe alone.
 *
 * @returns undefined where the file is a manifest
 * @throws FaultError with everything that is wrong in it
 */
export async function loadRecipeFile(path: string): Promise<Recipe | undefined> {
  return (await import('./dataset.ts')).readRecipe(path);
}

/**
 * What a run would read of a data set that is named, seen from a folder.
 *
 * @param data the folder of all data sets, where the command line names one
 * @throws FaultError when there is none
 */
export async function findDataset(name: string, folder: string, data?: string): Promise<ResolvedDataset> {
  const { resolveDataset } = await import('./dataset.ts');
  const dataset = await resolveDataset({ dataset: name, name }, folder, data);
  if (!('problem' in dataset)) return dataset;
  throw new FaultError({ place: '--dataset', ...dataset });
}
