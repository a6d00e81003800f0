/** From what a spec says of its data to what is to be read. */
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FaultError, suggest } from '../fault/index.ts';
import { checkRecipe } from './check.ts';
import { fill, isObject } from './defaults.ts';
import * as messages from './messages.ts';
import { below, type Located } from './pointer.ts';
import { listFolder, readJson } from './read.ts';
import type { ExperimentSpec } from './schema.ts';
import type { CapturesManifest, Manifest, Recipe } from './schema-data.ts';
import { loadSchema } from './schema-file.ts';
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
      /** What is known about the sessions; files relative to `base`. A manifest has its own. */
      readonly labels?: CaptureLabels;
      /** Of a data set with a manifest; `base` is its folder below the data folder then. */
      readonly manifest?: CapturesManifest;
    }
  | {
      readonly kind: 'synthetic';
      /** The name of the manifest, or of the experiment where the recipe stands in its spec. */
      readonly name: string;
      readonly recipe: Recipe;
    };

/** `labels` of captures in a spec. */
export type CaptureLabels = NonNullable<Extract<ExperimentSpec['dataset'], { captures: unknown }>['labels']>;

const OURS = fileURLToPath(new URL('../../datasets', import.meta.url));

/**
 * Finds the manifest with this name: in the folder `datasets` of the spec's folder or the nearest one above it, else
 * among those that come with sessionlab.
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
  if (path !== undefined) return readManifest(path, name);
  const names = [...known.keys()].sort();
  return messages.unknownDataset(name, names, suggest(name, names));
}

/** The files of all manifests by name, as findManifest finds them: the nearest of each name. */
export async function manifestPaths(folder: string): Promise<ReadonlyMap<string, string>> {
  const known = new Map<string, string>();
  for (const datasets of [...foldersAbove(resolve(folder)), OURS])
    for (const file of await listFolder(datasets)) {
      const name = file.slice(0, -'.json'.length);
      if (file.endsWith('.json') && !known.has(name)) known.set(name, join(datasets, file));
    }
  return known;
}

/**
 * The folder below which each data set has a folder of its own: `given`, else the environment variable
 * SESSIONLAB_DATA, else where the system keeps the data of programs ($XDG_DATA_HOME/sessionlab and its like).
 */
export function dataFolder(
  given?: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
  platform: string = process.platform,
): string {
  const { SESSIONLAB_DATA: chosen, XDG_DATA_HOME: xdg, LOCALAPPDATA: local } = env;
  if (given !== undefined) return resolve(given);
  if (chosen !== undefined && chosen !== '') return resolve(chosen);
  // A relative path there is to be ignored, says the XDG Base Directory Specification.
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'sessionlab');
  if (platform === 'win32' && local !== undefined && local !== '') return join(local, 'sessionlab');
  return platform === 'darwin'
    ? join(homedir(), 'Library', 'Application Support', 'sessionlab')
    : join(homedir(), '.local', 'share', 'sessionlab');
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
  if (manifest !== undefined) faults.push(...checkManifest(manifest));
  if (manifest === undefined || faults.length > 0) {
    throw new FaultError(
      faults.map(({ pointer, ...rest }) => ({ place: messages.pointerPlace(path, pointer), ...rest })),
    );
  }
  return manifest;
}

/** A recipe that stands alone in a file, filled in; undefined where the file is a manifest. */
export async function readRecipe(path: string): Promise<Recipe | undefined> {
  const value = await readJson(path, 'a recipe or a data set');
  if (isObject(value) && ('kind' in value || 'recipe' in value)) return undefined;
  // The part of the schema of manifests that is about recipes.
  const schema = loadSchema('dataset').anyOf!.find(({ properties }) => properties?.recipe !== undefined)!
    .properties!.recipe!;
  const faults = [...findFaults(schema, value)];
  const recipe = faults.length === 0 ? (fill(schema, value) as Recipe) : undefined;
  if (recipe !== undefined) faults.push(...checkRecipe(recipe, ''));
  if (recipe !== undefined && faults.length === 0) return recipe;
  throw new FaultError(
    faults.map(({ pointer, ...rest }) => ({ place: messages.pointerPlace(path, pointer), ...rest })),
  );
}

/** What a schema cannot express. */
function checkManifest(manifest: Manifest): readonly Located[] {
  if (manifest.kind === 'synthetic') return checkRecipe(manifest.recipe, '/recipe');
  const faults: Located[] = [];
  const known = new Set<string>();
  manifest.files.forEach(({ path }, i) => {
    if (known.has(path)) faults.push({ pointer: `/files/${i}/path`, ...messages.repeatedItem(path) });
    known.add(path);
  });
  const check = (path: string, pointer: string): void => {
    if (known.has(path)) return;
    const near = suggest(path, [...known]);
    faults.push({ pointer, ...messages.mustBeOneOf(path, [...known], near) });
  };
  manifest.files.forEach(({ unpack }, i) => {
    if (unpack !== null) check(unpack.from, `/files/${i}/unpack/from`);
  });
  const names = new Set<string>();
  manifest.days.forEach((day, d) => {
    if (names.has(day.name)) faults.push({ pointer: `/days/${d}/name`, ...messages.repeatedItem(day.name) });
    names.add(day.name);
    for (const key of ['captures', 'labels'] as const)
      day[key].forEach((path, i) => {
        check(path, below(`/days/${d}/${key}`, i));
      });
    if (manifest.labels === null && day.labels.length > 0)
      faults.push({
        pointer: '/labels',
        problem: 'got null, must say the format where days have label files',
      });
  });
  return faults;
}

/** What to do where captures of a manifest are missing: fetch them where that is possible, else what its makers ask for. */
function howToGet({ name, source, files, days }: CapturesManifest, base: string): string {
  const needed = new Set(days.flatMap((day) => day.captures));
  for (const { path, unpack } of files) if (needed.has(path) && unpack !== null) needed.add(unpack.from);
  const fetched = files.some(({ path, url }) => needed.has(path) && url !== null);
  const byHand = source.byHand ?? (source.page === null ? 'put it there' : `get it from ${source.page}`);
  return fetched
    ? `get it with \`sessionlab data fetch ${name}\``
    : `this folder is ${base}: ${byHand.replace(/\.$/, '')} (\`sessionlab data fetch ${name}\` checks what is there)`;
}

/** The captures of a manifest, where `sessionlab data fetch` puts them. */
function resolveCaptures(manifest: CapturesManifest, data: string | undefined): ResolvedDataset {
  const captures = [...new Set(manifest.days.flatMap((day) => day.captures))];
  const base = join(dataFolder(data), manifest.name);
  const source = howToGet(manifest, base);
  return { kind: 'captures', captures, base, source, manifest };
}

/**
 * What a spec's data set is.
 *
 * @param base the folder that captures are relative to
 * @param data the folder of all data sets, where the command line names one
 * @returns the data set, or what is wrong with its name
 * @throws FaultError with the faults of its manifest
 */
export async function resolveDataset(
  { dataset, name }: Pick<ExperimentSpec, 'dataset' | 'name'>,
  base: string,
  data?: string,
): Promise<ResolvedDataset | Omit<Located, 'pointer'>> {
  if (typeof dataset === 'string') {
    const manifest = await findManifest(dataset, base);
    if ('problem' in manifest) return manifest;
    return manifest.kind === 'captures'
      ? resolveCaptures(manifest, data)
      : { kind: 'synthetic', name: manifest.name, recipe: manifest.recipe };
  }
  if ('synthetic' in dataset) return { kind: 'synthetic', name, recipe: dataset.synthetic };
  const { captures, source, labels } = dataset;
  const rest = { ...(source === undefined ? {} : { source }), ...(labels === undefined ? {} : { labels }) };
  return { kind: 'captures', captures, base, ...rest };
}
