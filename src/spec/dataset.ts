/** From what a spec says of its data to what is to be read. */
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkRecipe } from './check.ts';
import { fill, isObject } from './defaults.ts';
import { FaultError } from './fault.ts';
import * as messages from './messages.ts';
import type { Located } from './pointer.ts';
import { listFolder, readJson } from './read.ts';
import type { ExperimentSpec } from './schema.ts';
import type { Manifest, Recipe } from './schema-data.ts';
import { loadSchema } from './schema-file.ts';
import { suggest } from './suggest.ts';
import { findFaults } from './validate.ts';

/** What a run reads. */
export type ResolvedDataset =
  | {
      readonly kind: 'captures';
      /** Files, folders and globs. */
      readonly captures: readonly string[];
      /** The folder that they are relative to. */
      readonly base: string;
      /** Where to get them, for the fault when they are missing. */
      readonly source?: string;
    }
  | {
      readonly kind: 'synthetic';
      /** The name of the manifest, or of the experiment where the recipe stands in its spec. */
      readonly name: string;
      readonly recipe: Recipe;
    };

const OURS = fileURLToPath(new URL('../../datasets', import.meta.url));

/**
 * Finds the manifest with this name: in the folder `datasets` of the spec's folder or the nearest one above it, else
 * among those that come with sessionlab.
 *
 * @returns the manifest, or what is wrong with the name
 * @throws FaultError with the manifest's own faults
 */
async function findManifest(name: string, folder: string): Promise<Manifest | Omit<Located, 'pointer'>> {
  const known = new Set<string>();
  for (const datasets of [...foldersAbove(resolve(folder)), OURS]) {
    for (const file of await listFolder(datasets)) {
      if (file === `${name}.json`) return readManifest(join(datasets, file), name);
      if (file.endsWith('.json')) known.add(file.slice(0, -'.json'.length));
    }
  }
  const names = [...known].sort();
  return messages.unknownDataset(name, names, suggest(name, names));
}

function foldersAbove(folder: string): string[] {
  const parent = dirname(folder);
  return [join(folder, 'datasets'), ...(parent === folder ? [] : foldersAbove(parent))];
}

/**
 * Reads a manifest; its name must be the file's.
 *
 * @throws FaultError with everything that is wrong in it
 */
export async function readManifest(path: string, stem: string): Promise<Manifest> {
  const value = await readJson(path, 'a data set');
  const schema = loadSchema('dataset');
  const faults = [...findFaults(schema, value)];
  if (isObject(value) && typeof value.name === 'string' && value.name !== stem) {
    faults.push({ pointer: '/name', ...messages.otherName(value.name, stem) });
  }
  const manifest = faults.length === 0 ? (fill(schema, value) as Manifest) : undefined;
  if (manifest !== undefined) faults.push(...checkRecipe(manifest.recipe, '/recipe'));
  if (manifest === undefined || faults.length > 0) {
    throw new FaultError(
      faults.map(({ pointer, ...rest }) => ({ place: messages.pointerPlace(path, pointer), ...rest })),
    );
  }
  return manifest;
}

/**
 * What a spec's data set is.
 *
 * @param base the folder that captures are relative to
 * @returns the data set, or what is wrong with its name
 * @throws FaultError with the faults of its manifest
 */
export async function resolveDataset(
  { dataset, name }: ExperimentSpec,
  base: string,
): Promise<ResolvedDataset | Omit<Located, 'pointer'>> {
  if (typeof dataset === 'string') {
    const manifest = await findManifest(dataset, base);
    return 'problem' in manifest
      ? manifest
      : { kind: 'synthetic', name: manifest.name, recipe: manifest.recipe };
  }
  if ('synthetic' in dataset) return { kind: 'synthetic', name, recipe: dataset.synthetic };
  const { captures, source } = dataset;
  return { kind: 'captures', captures, base, ...(source === undefined ? {} : { source }) };
}
