/** Data sets by their names: where their files are, and what of them is there. */
import { findCaptures } from '../capture/index.ts';
import { FaultError } from '../fault/index.ts';
import { type CapturesManifest, dataFolder, loadManifest, type Manifest } from '../spec/index.ts';
import { datasetFolder, lookAt } from './store.ts';

/** A manifest of captures, and the folder that its files are in. */
export interface LocatedDataset {
  readonly manifest: CapturesManifest;
  readonly folder: string;
}

/** Finds a data set by its name. @throws FaultError (usage) when there is none */
export async function locateDataset(
  name: string,
  data: string | undefined,
): Promise<LocatedDataset | Exclude<Manifest, CapturesManifest>> {
  const manifest = await loadManifest(name, process.cwd());
  if (manifest.kind !== 'captures') return manifest;
  return { manifest, folder: datasetFolder(manifest, dataFolder(data)) };
}

/** What a data set is, and what of it is there below a folder. */
export async function summariseDataset(name: string, base: string) {
  const manifest = await loadManifest(name, process.cwd());
  const { kind, description } = manifest;
  if (kind === 'synthetic') return { name, kind, description, complete: true } as const;
  const found = await lookAt(manifest.files, datasetFolder(manifest, base));
  const needed = new Set(manifest.days.flatMap((day) => [...day.captures, ...day.labels]));
  const wanted = found.filter(({ file }) => needed.has(file.path));
  const there = wanted.filter((file) => file.found.state === 'there').length;
  const sizes = manifest.files.map(({ bytes, about }) => bytes ?? about);
  return {
    name,
    kind,
    description,
    files: wanted.length,
    there,
    complete: there === wanted.length && (await globsFind(manifest, base)),
    /** Of those whose size is known at all; null where none is. */
    bytes: sizes.every((size) => size === null) ? null : sizes.reduce<number>((sum, n) => sum + (n ?? 0), 0),
    labels: manifest.labels?.format ?? null,
    days: manifest.days.map((day) => day.name),
  } as const;
}

/** Whether each capture that is a glob, and so in no list of files, finds any. */
async function globsFind(manifest: CapturesManifest, base: string): Promise<boolean> {
  const listed = new Set(manifest.files.map(({ path }) => path));
  const globs = manifest.days.flatMap(({ captures }) => captures.filter((path) => !listed.has(path)));
  if (globs.length === 0) return true;
  try {
    await findCaptures(globs, datasetFolder(manifest, base));
    return true;
  } catch (error) {
    if (error instanceof FaultError) return false;
    throw error;
  }
}

/** A data set of a list. */
export type DatasetSummary = Awaited<ReturnType<typeof summariseDataset>>;
