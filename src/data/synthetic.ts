/** Captures of synthetic data sets: made once, and used again where they are still what was made. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { LabelSource } from '../dataset/index.ts';
import { asFault, makeFolder, publish, removeEmpty, sha256Of, unique, writeWhole } from '../disk/index.ts';
import type { Interruption } from '../fault/index.ts';
import { sourceHash } from '../results/index.ts';
import { canonicalJson, type ResolvedDataset } from '../spec/index.ts';
import {
  type SyntheticDay,
  syntheticDays,
  type WriteOptions,
  writeSyntheticCapture,
  writeSyntheticDays,
} from '../synth/index.ts';

type SyntheticDataset = Extract<ResolvedDataset, { kind: 'synthetic' }>;

export interface SyntheticFile {
  readonly path: string;
  /** `made` now, `kept` because it is what was made, `replaced` because it was not or the generator has changed. */
  readonly state: 'made' | 'kept' | 'replaced';
}

/** The files of a recipe with days. */
export interface SyntheticDays {
  readonly folder: string;
  readonly state: SyntheticFile['state'];
  /** In order; `capture` and `labels` are paths. */
  readonly days: readonly SyntheticDay[];
}

/** What was made of a recipe, or found. */
export interface SyntheticFiles extends SyntheticFile {
  /** In the order in which they are read. */
  readonly paths: readonly string[];
  /** What the label files of `source` are relative to. */
  readonly folder: string;
  readonly days: readonly { readonly name: string; readonly path: string }[];
  /** null without days. */
  readonly source: LabelSource | null;
}

/**
 * All files of a recipe; see syntheticCapture and syntheticDayFiles. `path` is that of the capture, or the folder of the
 * days.
 *
 * The clock offset of the labels is estimated, as that of ISCX 2012 is, unless the recipe gives one.
 */
export async function syntheticFiles(
  dataset: SyntheticDataset,
  results: string,
  interruption: Interruption,
): Promise<SyntheticFiles> {
  const { name, recipe } = dataset;
  if (recipe.days === undefined) {
    const made = await syntheticCapture(dataset, results, interruption);
    return { ...made, paths: [made.path], folder: join(results, 'datasets'), days: [], source: null };
  }
  const { folder, state, days } = await syntheticDayFiles(dataset, results, interruption);
  return {
    path: folder,
    state,
    paths: days.map(({ capture }) => capture),
    folder,
    days: days.map((day) => ({ name: day.name, path: day.capture })),
    source: {
      name,
      labels: { format: 'iscx2012', clockOffset: recipe.clockOffset ?? null },
      days: days.map((day) => ({
        name: day.name,
        date: day.date,
        labels: day.labels === null ? [] : [basename(day.labels)],
        otherwise: day.otherwise,
      })),
    },
  };
}

/** Beside each capture or folder of days: what it was made of, and what it must be. */
interface Note {
  /** Of the capture, or of each file of the folder by its name. */
  readonly sha256: string | Readonly<Record<string, string>>;
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
  const { recipe } = dataset;
  const folder = join(results, 'datasets');
  const path = join(folder, `${stemOf(dataset)}.pcap`);
  const notePath = `${path}.json`;
  const generator = sourceHash(['random', 'synth']);
  const note = readNote(notePath);
  const there = existsSync(path);
  if (there && note?.generator === generator && (await sha256Of(path)) === note.sha256)
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
    const noted = { sha256: await sha256Of(making), ...written, generator, recipe };
    await rename(making, path);
    await writeWhole(notePath, `${JSON.stringify(noted, null, 2)}\n`);
    return { path, state: there ? 'replaced' : 'made' };
  } finally {
    await rm(partial, { recursive: true, force: true });
    await removeEmpty(folder, results);
    release();
  }
}

/**
 * The captures and labels of a recipe with days, below the results folder: `datasets/<name>-<hash of the recipe>/`, with a
 * note beside it. All files are there or none.
 *
 * @param progress called about every megabyte
 * @throws FaultError (machine) when they cannot be written; Interrupted, between two megabytes
 */
export async function syntheticDayFiles(
  dataset: SyntheticDataset,
  results: string,
  interruption: Interruption,
  progress?: WriteOptions['progress'],
): Promise<SyntheticDays> {
  const { recipe } = dataset;
  const parent = join(results, 'datasets');
  const folder = join(parent, stemOf(dataset));
  const notePath = `${folder}.json`;
  const generator = sourceHash(['random', 'synth']);
  const days = syntheticDays(recipe);
  const names = days.flatMap(({ capture, labels }) => (labels === null ? [capture] : [capture, labels]));
  const placed = days.map((day) => ({
    ...day,
    capture: join(folder, day.capture),
    labels: day.labels === null ? null : join(folder, day.labels),
  }));
  const note = readNote(notePath);
  const there = existsSync(folder);
  if (there && note?.generator === generator && (await areWhole(folder, names, note.sha256)))
    return { folder, state: 'kept', days: placed };
  await makeFolder(parent);
  // As with a capture: what stops between here and the new note costs time only.
  for (const old of [notePath, folder]) {
    await rm(old, { recursive: true, force: true }).catch((error: unknown) => {
      throw asFault(old, error);
    });
  }
  const partial = join(parent, `.${unique()}.partial`);
  const release = interruption.guard(partial);
  try {
    await makeFolder(partial);
    const written = await writeSyntheticDays(recipe, partial, {
      progress: (day, bytes) => {
        interruption.check();
        progress?.(day, bytes);
      },
    });
    interruption.check();
    const sums: Record<string, string> = {};
    for (const name of names) sums[name] = await sha256Of(join(partial, name));
    // Where another process was faster, its files are the same.
    await publish(partial, folder);
    const noted = { sha256: sums, generator, days: written, recipe };
    await writeWhole(notePath, `${JSON.stringify(noted, null, 2)}\n`);
    return { folder, state: there ? 'replaced' : 'made', days: placed };
  } finally {
    await rm(partial, { recursive: true, force: true });
    await removeEmpty(parent, results);
    release();
  }
}

function stemOf({ name, recipe }: SyntheticDataset): string {
  const recipeHash = createHash('sha256').update(canonicalJson(recipe)).digest('hex').slice(0, 12);
  return `${name}-${recipeHash}`;
}

async function areWhole(folder: string, names: readonly string[], sums: Note['sha256']): Promise<boolean> {
  if (typeof sums === 'string') return false;
  for (const name of names) {
    const path = join(folder, name);
    if (!existsSync(path) || (await sha256Of(path)) !== sums[name]) return false;
  }
  return true;
}

function readNote(path: string): Note | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null) return undefined;
    const { sha256, generator } = value as Record<string, unknown>;
    const summed = typeof sha256 === 'string' || (typeof sha256 === 'object' && sha256 !== null);
    return summed && typeof generator === 'string'
      ? { sha256: sha256 as Note['sha256'], generator }
      : undefined;
  } catch {
    return undefined;
  }
}
