/**
 * What was found out before, so that it need not be found out again: the contents of captures, and which runs are done.
 * Both are notes about files: they count only while these are what they were, by size, times and inode. A note that is
 * lost costs time, nothing else.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { makeFolder, sha256, writeWhole } from '../disk/index.ts';
import { type FinishedRun, RUN_FILE, readFinished } from '../results/index.ts';
import { canonicalJson, type ResolvedDataset, type ResolvedSpec, type SpecContents } from '../spec/index.ts';
import { captureInputs, labelPaths, wantedOf } from './inputs.ts';

/** What of a file changes with its content: the inode's own time of change can be set by nobody. */
export function stampOf(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  if (stat === undefined) return null;
  return [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ');
}

/** Milliseconds: a file that changed as short ago may change again without its times showing it. */
const UNSETTLED = 2000;

export const isSettled = (path: string): boolean => Math.abs(Date.now() - statSync(path).ctimeMs) > UNSETTLED;

type Notes<T> = Record<string, { readonly stamp: string; readonly value: T }>;

function readNotes<T>(path: string): Notes<T> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? (value as Notes<T>) : {};
  } catch {
    return {};
  }
}

/** Nothing that is only a note is worth a failure. */
async function writeNotes(folder: string, name: string, notes: object): Promise<void> {
  try {
    // Who only looks makes no results folder.
    if (!existsSync(dirname(folder))) return;
    await makeFolder(folder);
    await writeWhole(join(folder, name), JSON.stringify(notes));
  } catch {
    // the next one finds it out again
  }
}

/** Notes of the contents of what specs read: captures, and label files where they are used. */
export interface KnownData {
  /** null where the files must be read. */
  contents(spec: ResolvedSpec): Promise<SpecContents | null>;
  /** A stamp of the files as they are now, to be taken before they are read. */
  stamp(spec: ResolvedSpec): Promise<string | null>;
  /** They were read: `before` is the stamp that they had. */
  note(spec: ResolvedSpec, before: string | null, contents: SpecContents): Promise<void>;
}

/** Whether all that a spec reads is made of recipes: then it says itself what is in it. */
export const isSynthetic = ({ dataset, testDataset }: ResolvedSpec): boolean =>
  dataset.kind === 'synthetic' && (testDataset ?? dataset).kind === 'synthetic';

/** @param results the results folder, where the notes are kept */
export function knownData(results: string): KnownData {
  const folder = join(results, '.known');
  const name = 'data.json';
  const keyOf = (spec: ResolvedSpec) =>
    canonicalJson(
      wantedOf(spec).map(({ dataset, days, labels }) =>
        dataset.kind === 'synthetic'
          ? null
          : [dataset.captures, resolve(dataset.base), days, labels ? labelsIn(dataset) : null],
      ),
    );
  const found = new Map<string, Promise<{ paths: readonly string[]; stamp: string } | null>>();
  const look = (spec: ResolvedSpec) => {
    const key = keyOf(spec);
    let looked = found.get(key);
    if (looked === undefined) {
      looked = pathsOf(spec).then(
        (paths) => {
          const stamps = paths.map((path) => stampOf(path));
          return stamps.includes(null) ? null : { paths, stamp: canonicalJson([paths, stamps]) };
        },
        () => null,
      );
      found.set(key, looked);
    }
    return looked;
  };
  return {
    async contents(spec) {
      if (isSynthetic(spec)) return {};
      const now = await look(spec);
      const note = readNotes<SpecContents>(join(folder, name))[keyOf(spec)];
      return now !== null && note?.stamp === now.stamp ? note.value : null;
    },
    stamp: async (spec) => (isSynthetic(spec) ? null : ((await look(spec))?.stamp ?? null)),
    async note(spec, before, contents) {
      if (isSynthetic(spec)) return;
      const key = keyOf(spec);
      found.delete(key);
      const now = await look(spec);
      if (now === null || now.stamp !== before || !now.paths.every(isSettled)) return;
      const notes = readNotes<SpecContents>(join(folder, name));
      await writeNotes(folder, name, { ...notes, [key]: { stamp: now.stamp, value: contents } });
    },
  };
}

const labelsIn = ({ labels, manifest }: Extract<ResolvedDataset, { kind: 'captures' }>) =>
  labels ?? [manifest?.labels ?? null, manifest?.days ?? null];

/** All files that a spec reads, by their paths. */
async function pathsOf(spec: ResolvedSpec): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const { dataset, days, labels } of wantedOf(spec)) {
    if (dataset.kind === 'synthetic') continue;
    const inputs = await captureInputs(dataset, days, labels);
    paths.push(...inputs.flatMap(({ captures }) => captures), ...labelPaths(inputs));
  }
  return paths;
}

/** What a file stands for, as it was found out once. */
export function knownPlan<T>(results: string, file: string) {
  const folder = join(results, '.known');
  const name = `plan-${sha256(file).slice(0, 12)}.json`;
  return {
    find: (stamp: string): T | null => {
      const note = readNotes<T>(join(folder, name)).plan;
      return note?.stamp === stamp ? note.value : null;
    },
    note: (stamp: string, value: T) => writeNotes(folder, name, { plan: { stamp, value } }),
  };
}

/** Finished runs, looked up without reading each again. */
export interface KnownRuns {
  /** The run in a folder; undefined where there is none. @throws FaultError as readFinished */
  find(folder: string): FinishedRun | undefined;
  /** Keeps what was found out. */
  save(): Promise<void>;
}

/** @param experiment results/<name>, where the notes are kept */
export function knownRuns(experiment: string): KnownRuns {
  const name = 'runs.json';
  const folder = join(experiment, '.known');
  const before = readNotes<FinishedRun>(join(folder, name));
  const notes: Notes<FinishedRun> = {};
  let news = false;
  return {
    find(run) {
      const path = join(run, RUN_FILE);
      const key = run.slice(experiment.length + 1);
      const stamp = stampOf(path);
      const note = before[key];
      if (stamp !== null && note?.stamp === stamp) {
        notes[key] = note;
        return note.value;
      }
      const value = readFinished(run);
      if (value !== undefined && stamp !== null && isSettled(path)) {
        notes[key] = { stamp, value };
        news = true;
      }
      return value;
    },
    async save() {
      if (news) await writeNotes(folder, name, { ...before, ...notes });
    },
  };
}
