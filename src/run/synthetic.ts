/** Captures of synthetic data sets: made once, and used again where they are still what was made. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { LabelSource } from '../dataset/index.ts';
import { canonicalJson, type ResolvedDataset } from '../spec/index.ts';
import { writeSyntheticCapture } from '../synth/index.ts';
import { asFault, makeFolder, removeEmpty, unique, writeWhole } from './folder.ts';
import type { Interruption } from './interrupt.ts';
import { sourceHash } from './provenance.ts';

type SyntheticDataset = Extract<ResolvedDataset, { kind: 'synthetic' }>;

export interface SyntheticFile {
  readonly path: string;
  /** `made` now, `kept` because it is what was made, `replaced` because it was not or the generator has changed. */
  readonly state: 'made' | 'kept' | 'replaced';
}

/** What was made of a recipe, or found. */
export interface SyntheticFiles extends SyntheticFile {
  /** In the order in which they are read. */
  readonly paths: readonly string[];
  readonly folder: string;
  readonly days: readonly { readonly name: string; readonly path: string }[];
  /** null without days. */
  readonly source: LabelSource | null;
}

/** All files of a recipe; see syntheticCapture. */
export async function syntheticFiles(
  dataset: SyntheticDataset,
  results: string,
  interruption: Interruption,
): Promise<SyntheticFiles> {
  const made = await syntheticCapture(dataset, results, interruption);
  return { ...made, paths: [made.path], folder: join(results, 'datasets'), days: [], source: null };
}

/** Beside each capture: what it was made of, and what it must be. */
interface Note {
  readonly sha256: string;
  /** Of the source of the generator: another version may make other bytes. */
  readonly generator: string;
}

/**
 * The capture of a recipe, below the results folder: `datasets/<name>-<hash of the recipe>.pcap`, with a note beside it.
 *
 * @throws FaultError (machine) when it cannot be written; Interrupted after it was made
 */
export async function syntheticCapture(
  dataset: SyntheticDataset,
  results: string,
  interruption: Interruption,
): Promise<SyntheticFile> {
  const { name, recipe } = dataset;
  const folder = join(results, 'datasets');
  const recipeHash = createHash('sha256').update(canonicalJson(recipe)).digest('hex').slice(0, 12);
  const path = join(folder, `${name}-${recipeHash}.pcap`);
  const notePath = `${path}.json`;
  const generator = sourceHash(['random', 'synth']);
  const note = readNote(notePath);
  const there = existsSync(path);
  if (there && note?.generator === generator && (await sha256(path)) === note.sha256)
    return { path, state: 'kept' };
  await makeFolder(folder);
  // Without its note the capture is made anew: a stop between the two costs time, never a wrong capture.
  await rm(notePath, { force: true }).catch((error: unknown) => {
    throw asFault(notePath, error);
  });
  const partial = join(folder, `.${unique()}.partial`);
  const release = interruption.guard(partial);
  try {
    await makeFolder(partial);
    const making = join(partial, basename(path));
    const written = await writeSyntheticCapture(recipe, making);
    interruption.check();
    const noted = { sha256: await sha256(making), ...written, generator, recipe };
    await rename(making, path);
    await writeWhole(notePath, `${JSON.stringify(noted, null, 2)}\n`);
    return { path, state: there ? 'replaced' : 'made' };
  } finally {
    await rm(partial, { recursive: true, force: true });
    await removeEmpty(folder, results);
    release();
  }
}

function readNote(path: string): Note | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    const { sha256, generator } = value as Record<string, unknown>;
    return typeof sha256 === 'string' && typeof generator === 'string' ? { sha256, generator } : undefined;
  } catch {
    return undefined;
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
