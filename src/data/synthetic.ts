/** Captures of synthetic data sets: made once, and used again where they are still what was made. */
import { existsSync, readFileSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { LabelSource } from '../dataset/index.ts';
import {
  makeFolder,
  publish,
  removeEmpty,
  sha256,
  sha256OfFile,
  unique,
  writeFault,
  writeWhole,
} from '../disk/index.ts';
import type { Interruption } from '../fault/index.ts';
import { sourceHash } from '../results/index.ts';
import { canonicalJson, type ResolvedDataset } from '../spec/index.ts';
import {
  type SyntheticDay,
  syntheticDays,
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
  const path = join(results, 'datasets', `${stemOf(dataset)}.pcap`);
  const state = await makeOnce(path, results, interruption, {
    isWhole: async ({ sha256 }) => existsSync(path) && (await sha256OfFile(path)) === sha256,
    async make(partial) {
      const made = join(partial, basename(path));
      const written = await writeSyntheticCapture(recipe, made);
      interruption.check();
      const sha256 = await sha256OfFile(made);
      return { note: { sha256, ...written, recipe }, place: () => rename(made, path) };
    },
  });
  return { path, state };
}

/**
 * The captures and labels of a recipe with days, below the results folder: `datasets/<name>-<hash of the recipe>/`, with a
 * note beside it. All files are there or none.
 *
 * @throws FaultError (machine) when they cannot be written; Interrupted, between two megabytes
 */
export async function syntheticDayFiles(
  dataset: SyntheticDataset,
  results: string,
  interruption: Interruption,
): Promise<SyntheticDays> {
  const { recipe } = dataset;
  const folder = join(results, 'datasets', stemOf(dataset));
  const days = syntheticDays(recipe);
  const names = days.flatMap(({ capture, labels }) => (labels === null ? [capture] : [capture, labels]));
  const state = await makeOnce(folder, results, interruption, {
    isWhole: ({ sha256 }) => areWhole(folder, names, sha256),
    async make(partial) {
      const written = await writeSyntheticDays(recipe, partial, { progress: () => interruption.check() });
      interruption.check();
      const sha256: Record<string, string> = {};
      for (const name of names) sha256[name] = await sha256OfFile(join(partial, name));
      const place = async () => {
        await rm(folder, { recursive: true, force: true });
        await publish(partial, folder);
      };
      return { note: { sha256, days: written, recipe }, place };
    },
  });
  const placed = days.map((day) => ({
    ...day,
    capture: join(folder, day.capture),
    labels: day.labels === null ? null : join(folder, day.labels),
  }));
  return { folder, state, days: placed };
}

interface Making {
  /** Whether what is in its place is there and what a note says. */
  isWhole(note: Pick<Note, 'sha256'>): Promise<boolean>;
  /** Makes it in a folder. @returns what is noted of it, and what puts it in its place, instead of what is there */
  make(partial: string): Promise<{ readonly note: Pick<Note, 'sha256'>; place(): Promise<void> }>;
}

/** Makes a file or folder, unless it is there and what its note says. */
async function makeOnce(
  path: string,
  results: string,
  interruption: Interruption,
  { isWhole, make }: Making,
): Promise<SyntheticFile['state']> {
  // Not .json: with `--out .` it would stand among the manifests.
  const notePath = `${path}.note`;
  const generator = sourceHash(['numeric', 'random', 'synth']);
  const note = readNote(notePath);
  if (note?.generator === generator && (await isWhole(note))) return 'kept';
  const there = existsSync(path);
  const parent = dirname(path);
  await makeFolder(parent);
  // Without its note it is made anew: a stop between here and the new note costs time, never a wrong file.
  await rm(notePath, { force: true }).catch((error: unknown) => {
    throw writeFault(notePath, error);
  });
  const partial = join(parent, `.${unique()}.partial`);
  const release = interruption.guard(partial);
  try {
    await makeFolder(partial);
    const made = await make(partial);
    // Another process may have been faster, and somebody may read its files already: they are the same.
    if (!(await isWhole(made.note)))
      await made.place().catch((error: unknown) => {
        throw writeFault(path, error);
      });
    await writeWhole(notePath, `${JSON.stringify({ generator, ...made.note }, null, 2)}\n`);
    return there ? 'replaced' : 'made';
  } finally {
    await rm(partial, { recursive: true, force: true });
    await removeEmpty(parent, results);
    release();
  }
}

function stemOf({ name, recipe }: SyntheticDataset): string {
  const recipeHash = sha256(canonicalJson(recipe)).slice(0, 12);
  return `${name}-${recipeHash}`;
}

async function areWhole(folder: string, names: readonly string[], sums: Note['sha256']): Promise<boolean> {
  if (typeof sums === 'string') return false;
  for (const name of names) {
    const path = join(folder, name);
    if (!existsSync(path) || (await sha256OfFile(path)) !== sums[name]) return false;
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
