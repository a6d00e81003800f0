/** Manifests in datasets/ and recipes: finding, reading and checking them. */
import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FaultError, suggest } from '../fault/index.ts';
import { canonicalJson } from './canonical.ts';
import { checkRecipe } from './check.ts';
import { fill, isObject, type Schema } from './defaults.ts';
import * as messages from './messages.ts';
import type { Located } from './pointer.ts';
import { listFolder, readJson } from './read.ts';
import type { Manifest, Recipe } from './schema-data.ts';
import { loadSchema } from './schema-file.ts';
import { findFaults, findRepeated } from './validate.ts';

const OURS = fileURLToPath(new URL('../../datasets', import.meta.url));

/**
 * Finds the manifest with this name: in the folder `datasets` of the spec's folder or the nearest one above it, else
 * among those that come with sessionlab. One that comes with it is replaced by another of its name only when
 * SESSIONLAB_SHADOW names it: a folder far above may belong to somebody else.
 *
 * @returns the manifest, or what is wrong with the name
 * @throws FaultError with the manifest's own faults
 */
export async function findManifest(
  name: string,
  folder: string,
): Promise<Manifest | Omit<Located, 'pointer'>> {
  const known = await manifestPaths(folder);
  const path = known.get(name);
  if (path !== undefined) {
    await refuseShadow(name, path);
    return loadManifestFile(path);
  }
  const names = [...known.keys()].sort();
  if (names.length === 0) return messages.noManifests(name);
  return messages.mustBeOneOf(name, names, suggest(name, names));
}

/** Finds the manifest as findManifest does. @throws FaultError when there is none, with the name that was probably meant */
export async function loadManifest(name: string, folder: string, place = 'data set'): Promise<Manifest> {
  const manifest = await findManifest(name, folder);
  if ('problem' in manifest) throw new FaultError({ place, ...manifest });
  return manifest;
}

/** The file of a manifest that does not come with sessionlab; null for one that does, and for no manifest. */
export async function ownManifest(name: string, folder: string): Promise<string | null> {
  const path = (await manifestPaths(folder)).get(name);
  return path === undefined || dirname(path) === OURS ? null : path;
}

/** @throws FaultError (usage) when the file stands for a manifest of ours and says something else, and nobody asked for it */
async function refuseShadow(name: string, path: string): Promise<void> {
  const ours = join(OURS, `${name}.json`);
  const asked = (process.env.SESSIONLAB_SHADOW ?? '').split(/[\s,]+/).includes(name);
  if (path === ours || asked || !existsSync(ours)) return;
  if (canonicalJson(await readJson(path, 'a data set')) === canonicalJson(await readJson(ours, 'a data set')))
    return;
  throw new FaultError({ place: path, ...messages.shadowed(name) });
}

/** The names of all manifests that are known in a folder, sorted. */
export async function manifestNames(folder: string): Promise<readonly string[]> {
  return [...(await manifestPaths(folder)).keys()].sort();
}

/** The files of all manifests by name, as findManifest finds them: the nearest of each name. */
async function manifestPaths(folder: string): Promise<ReadonlyMap<string, string>> {
  const known = new Map<string, string>();
  for (const datasets of [...foldersAbove(resolve(folder)), OURS])
    for (const file of await listFolder(datasets)) {
      const name = file.slice(0, -'.json'.length);
      if (file.endsWith('.json') && !known.has(name)) known.set(name, join(datasets, file));
    }
  return known;
}

function foldersAbove(folder: string): string[] {
  const parent = dirname(folder);
  return [join(folder, 'datasets'), ...(parent === folder ? [] : foldersAbove(parent))];
}

/** Reads a manifest; its name must be the file's. @throws FaultError with everything that is wrong in it */
export async function loadManifestFile(path: string): Promise<Manifest> {
  const value = await readJson(path, 'a data set');
  const stem = basename(path).replace(/\.json$/, '');
  const misnamed = isObject(value) && typeof value.name === 'string' && value.name !== stem;
  const faults = misnamed ? [{ pointer: '/name', ...messages.otherName(String(value.name), stem) }] : [];
  return withFiles(filledIn(path, value, loadSchema('dataset'), checkManifest, faults));
}

/** A manifest that lists no files has those that its days name: there is nothing to say of each but its name. */
function withFiles(manifest: Manifest): Manifest {
  if (manifest.kind === 'synthetic' || manifest.files.length > 0) return manifest;
  const named = new Set(
    manifest.days.flatMap(({ captures, labels }) => [
      ...captures.filter((path) => !isPattern(path)),
      ...labels,
    ]),
  );
  const about = { url: null, bytes: null, about: null, sha256: null, unpack: null, note: null };
  return { ...manifest, files: [...named].map((path) => ({ path, ...about })) };
}

/** Whether a path of captures is a glob. What it means is known where captures are found, above this folder. */
const isPattern = (path: string): boolean => /[*?[{]/.test(path);

/**
 * Reads a file that holds a recipe alone.
 *
 * @returns undefined where the file is a manifest
 * @throws FaultError with everything that is wrong in it
 */
export async function loadRecipeFile(path: string): Promise<Recipe | undefined> {
  const value = await readJson(path, 'a recipe or a data set');
  if (isObject(value) && ('kind' in value || 'recipe' in value)) return undefined;
  // The part of the schema of manifests that is about recipes.
  const manifests = loadSchema('dataset').anyOf ?? [];
  const schema = manifests.flatMap(({ properties }) => properties?.recipe ?? [])[0]!;
  return filledIn(path, value, schema, (recipe: Recipe) => checkRecipe(recipe, ''));
}

/** What a file holds, with all defaults filled in. @throws FaultError with everything that is wrong in it */
function filledIn<T>(
  path: string,
  value: unknown,
  schema: Schema,
  check: (value: T) => readonly Located[],
  known: readonly Located[] = [],
): T {
  const wrong = [...findFaults(schema, value), ...known];
  const filled = wrong.length === 0 ? (fill(schema, value) as T) : undefined;
  const faults = filled === undefined ? wrong : check(filled);
  if (filled !== undefined && faults.length === 0) return filled;
  throw new FaultError(
    faults.map(({ pointer, ...rest }) => ({ place: messages.pointerPlace(path, pointer), ...rest })),
  );
}

/** What a schema cannot express. */
function checkManifest(manifest: Manifest): readonly Located[] {
  if (manifest.kind === 'synthetic') return checkRecipe(manifest.recipe, '/recipe');
  const { files, days, labels } = manifest;
  const paths = files.map(({ path }) => path);
  const known = new Set(paths);
  const unknown = (path: string, pointer: string): Located[] =>
    files.length === 0 || known.has(path)
      ? []
      : [{ pointer, ...messages.mustBeOneOf(path, [...known], suggest(path, paths)) }];
  const unlabelled = labels === null && days.some((day) => day.labels.length > 0);
  return [
    ...findRepeated(paths, (i) => `/files/${i}/path`),
    ...files.flatMap(({ unpack }, i) =>
      unpack === null ? [] : unknown(unpack.from, `/files/${i}/unpack/from`),
    ),
    ...findRepeated(
      days.map(({ name }) => name),
      (i) => `/days/${i}/name`,
    ),
    ...days.flatMap((day, d) => [
      ...day.captures.flatMap((path, i) =>
        isPattern(path) ? [] : unknown(path, `/days/${d}/captures/${i}`),
      ),
      ...day.labels.flatMap((path, i) => unknown(path, `/days/${d}/labels/${i}`)),
    ]),
    ...(unlabelled ? [{ pointer: '/labels', ...messages.noLabelFormat }] : []),
  ];
}
