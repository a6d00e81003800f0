/** Resolves data sets: what a spec says of its data becomes what a run reads. */
import { isAbsolute, join, resolve } from 'node:path';
import { homeFolder } from '../disk/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { findManifest } from './manifest.ts';
import type { Located } from './pointer.ts';
import type { ExperimentSpec } from './schema.ts';
import type { CapturesManifest, Recipe } from './schema-data.ts';

/** What a run reads. */
export type ResolvedDataset =
  | {
      readonly kind: 'captures';
      /** Files, folders and globs. */
      readonly captures: readonly string[];
      /** The folder that they are relative to. */
      readonly base: string;
      /** The cure of the fault that captures are missing: where to get them. */
      readonly source?: string;
      /** The label files that the spec names, relative to `base`; a manifest has its own. */
      readonly labels?: CaptureLabels;
      /** The manifest, where there is one; `base` is its folder below the data folder then. */
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

/**
 * The folder below which each data set has a folder of its own: `given`, else the environment variable
 * SESSIONLAB_DATA, else where the system keeps the data of programs ($XDG_DATA_HOME/sessionlab and its like); for whoever has
 * no home, `sessionlab-data` in the working folder.
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
  const home = homeFolder();
  if (home === null) return resolve('sessionlab-data');
  return platform === 'darwin'
    ? join(home, 'Library', 'Application Support', 'sessionlab')
    : join(home, '.local', 'share', 'sessionlab');
}

/**
 * What a spec's data set is.
 *
 * @param asked what the spec says
 * @param name of a recipe that the spec holds itself: that of the experiment
 * @param base the folder that captures are relative to
 * @param data the folder of all data sets, where the command line names one
 * @returns the data set, or what is wrong with its name
 * @throws FaultError with the faults of its manifest
 */
export async function resolveDataset(
  asked: ExperimentSpec['dataset'],
  name: string,
  base: string,
  data?: string,
): Promise<ResolvedDataset | Omit<Located, 'pointer'>> {
  if (typeof asked === 'string') {
    const manifest = await findManifest(asked, base);
    if ('problem' in manifest) return manifest;
    return manifest.kind === 'captures'
      ? resolveCaptures(manifest, data)
      : { kind: 'synthetic', name: manifest.name, recipe: manifest.recipe };
  }
  if ('synthetic' in asked) return { kind: 'synthetic', name, recipe: asked.synthetic };
  const { captures, source, labels } = asked;
  const rest = { ...(source === undefined ? {} : { source }), ...(labels === undefined ? {} : { labels }) };
  return { kind: 'captures', captures, base, ...rest };
}

/**
 * What a run would read of a data set that is named, seen from a folder.
 *
 * @param data the folder of all data sets, where the command line names one
 * @throws FaultError when there is none
 */
export async function findDataset(name: string, folder: string, data?: string): Promise<ResolvedDataset> {
  const dataset = await resolveDataset(name, name, folder, data);
  if ('problem' in dataset) throw new FaultError({ place: '--dataset', ...dataset });
  return dataset;
}

/** The captures of a manifest, where `sessionlab data fetch` puts them. */
function resolveCaptures(manifest: CapturesManifest, data: string | undefined): ResolvedDataset {
  const captures = [...new Set(manifest.days.flatMap((day) => day.captures))];
  const base = join(dataFolder(data), manifest.name);
  return { kind: 'captures', captures, base, source: howToGet(manifest, base), manifest };
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

/** The faults of captures that were not found, with the data set's own word on where they come from as the cure. */
export function withSource(error: FaultError, dataset: ResolvedDataset): FaultError {
  if (dataset.kind !== 'captures' || dataset.source === undefined || error.exitCode !== ExitCode.data)
    return error;
  const { source } = dataset;
  return new FaultError(
    error.faults.map((fault) => ({ ...fault, cure: source })),
    error.exitCode,
  );
}
