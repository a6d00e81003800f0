/** A data set on the disk: what is there, whether it is what it must be, and how to get the rest. */
import { join } from 'node:path';
import { makeFolder, sha256OfFile, sizeOfFile } from '../disk/index.ts';
import { ExitCode, FaultError, suggest } from '../fault/index.ts';
import type { CapturesManifest, DataFile } from '../spec/index.ts';
import { type DownloadOptions, download } from './download.ts';
import { type Pins, readPins, writePin } from './pins.ts';

/** What is known of a file on the disk. */
export type FileState =
  | { readonly state: 'missing' }
  /** Its size is right, or nobody knows what it must be. */
  | { readonly state: 'there'; readonly bytes: number }
  /** Its hash is that of the manifest or its pin. */
  | {
      readonly state: 'verified';
      readonly bytes: number;
      readonly sha256: string;
      readonly by: 'manifest' | 'pin';
    }
  /** There was nothing to hold its hash against; it is pinned now. */
  | { readonly state: 'pinned'; readonly bytes: number; readonly sha256: string }
  | { readonly state: 'wrong'; readonly problem: string };

/** A file and what is known of it. */
export interface StoredFile {
  readonly file: DataFile;
  readonly path: string;
  readonly found: FileState;
}

/** The folder of a data set. */
export function datasetFolder(manifest: CapturesManifest, dataFolder: string): string {
  return join(dataFolder, manifest.name);
}

/**
 * The files of a data set, or of some of its days; with each file what it is unpacked from.
 *
 * @throws FaultError (usage) when there is no such day
 */
export function filesOf(manifest: CapturesManifest, days: readonly string[] = []): readonly DataFile[] {
  if (days.length === 0) return manifest.files;
  const names = manifest.days.map((day) => day.name);
  const wanted = new Set<string>();
  for (const name of days) {
    const day = manifest.days.find((candidate) => candidate.name === name);
    if (day === undefined) {
      const near = suggest(name, names);
      throw new FaultError({
        place: '--day',
        problem: `got "${name}", must be one of ${names.join(', ')}`,
        ...(near === undefined ? {} : { cure: `did you mean "${near}"?` }),
      });
    }
    for (const path of [...day.captures, ...day.labels]) wanted.add(path);
  }
  for (const { path, unpack } of manifest.files)
    if (wanted.has(path) && unpack !== null) wanted.add(unpack.from);
  return manifest.files.filter(({ path }) => wanted.has(path));
}

/** What is there, by the sizes alone. */
export async function lookAt(files: readonly DataFile[], folder: string): Promise<readonly StoredFile[]> {
  const pins = await readPins(folder);
  return Promise.all(
    files.map(async (file) => {
      const path = join(folder, file.path);
      const bytes = await sizeOfFile(path);
      const expected = file.bytes ?? pins[file.path]?.bytes ?? null;
      const found: FileState =
        bytes === undefined
          ? { state: 'missing' }
          : expected !== null && bytes !== expected
            ? { state: 'wrong', problem: `has ${bytes} bytes, must have ${expected}` }
            : { state: 'there', bytes };
      return { file, path, found };
    }),
  );
}

/** Reads a file that is there and holds it against manifest and pin; pins it where there is neither hash. */
export async function verifyFile(
  file: DataFile,
  folder: string,
  progress?: (bytes: number) => void,
  url: string | null = null,
): Promise<FileState> {
  const [looked] = await lookAt([file], folder);
  const found = looked!.found;
  if (found.state !== 'there') return found;
  const path = join(folder, file.path);
  const sha256 = await sha256OfFile(path, progress);
  const { bytes } = found;
  const expected = expectedHash(file, await readPins(folder));
  if (expected === undefined) {
    await writePin(folder, file.path, { sha256, bytes, url });
    return { state: 'pinned', bytes, sha256 };
  }
  return sha256 === expected.sha256
    ? { state: 'verified', bytes, sha256, by: expected.by }
    : { state: 'wrong', problem: `has SHA-256 ${sha256}, must have ${expected.sha256} (${expected.by})` };
}

function expectedHash(file: DataFile, pins: Pins): { sha256: string; by: 'manifest' | 'pin' } | undefined {
  if (file.sha256 !== null) return { sha256: file.sha256, by: 'manifest' };
  const pin = pins[file.path];
  return pin === undefined ? undefined : { sha256: pin.sha256, by: 'pin' };
}

/** How a fetch of one file went. */
export type Fetched = StoredFile & {
  /** `kept`: it was there; `fetched` now; `byHand`: it cannot be downloaded; `unpack`: its archive has to be unpacked. */
  readonly action: 'kept' | 'fetched' | 'byHand' | 'unpack';
};

export interface FetchOptions extends Omit<DownloadOptions, 'progress'> {
  readonly progress?: (file: DataFile, bytes: number, total: number | null) => void;
  /** Called when a file is done. */
  readonly done?: (fetched: Fetched) => void;
}

/**
 * Downloads what is missing and verifies what is there. An archive is not fetched again when what comes out of it is there.
 *
 * @throws FaultError when a download fails, or a file that is there is not what it must be
 */
export async function fetchFiles(
  files: readonly DataFile[],
  folder: string,
  options: FetchOptions = {},
): Promise<readonly Fetched[]> {
  await makeFolder(folder, '--data');
  const list: Fetched[] = [];
  const before = await lookAt(files, folder);
  for (const file of files) {
    if (isSpent(file, before)) continue;
    const fetched = await fetchFile(file, folder, options);
    options.done?.(fetched);
    list.push(fetched);
  }
  return list;
}

/** Whether a file is an archive that is gone, with everything that was to come out of it there. */
export function isSpent(file: DataFile, files: readonly StoredFile[]): boolean {
  if (files.find((other) => other.file === file)?.found.state !== 'missing') return false;
  const out = files.filter((other) => other.file.unpack?.from === file.path);
  return out.length > 0 && out.every(({ found }) => found.state !== 'missing');
}

async function fetchFile(file: DataFile, folder: string, options: FetchOptions): Promise<Fetched> {
  const path = join(folder, file.path);
  const { progress, done: _done, ...rest } = options;
  const there = await verifyFile(file, folder, (bytes) => progress?.(file, bytes, file.bytes));
  if (there.state === 'wrong')
    throw new FaultError(
      {
        place: path,
        problem: there.problem,
        cure: 'remove it and fetch again, or get the version that is wanted',
      },
      ExitCode.data,
    );
  if (there.state !== 'missing') return { file, path, found: there, action: 'kept' };
  if (file.unpack !== null) return { file, path, found: there, action: 'unpack' };
  if (file.url === null) return { file, path, found: there, action: 'byHand' };
  const pin = (await readPins(folder))[file.path];
  const arrived = await download(
    { url: file.url, path, bytes: file.bytes, about: file.about, sha256: file.sha256 ?? pin?.sha256 ?? null },
    {
      ...rest,
      ...(progress === undefined ? {} : { progress: (bytes, total) => progress(file, bytes, total) }),
    },
  );
  const known = expectedHash(file, await readPins(folder));
  if (known === undefined)
    await writePin(folder, file.path, { sha256: arrived.sha256, bytes: arrived.bytes, url: file.url });
  const found: FileState =
    known === undefined
      ? { state: 'pinned', bytes: arrived.bytes, sha256: arrived.sha256 }
      : { state: 'verified', bytes: arrived.bytes, sha256: arrived.sha256, by: known.by };
  return { file, path, found, action: 'fetched' };
}
