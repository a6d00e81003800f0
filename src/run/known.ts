/**
 * What was found out before, so that it need not be found out again: the contents of captures, and which runs are done.
 * Both are notes about files: they count only while these are what they were, by size, times and inode. A note that is
 * lost costs time, nothing else.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { findCaptures } from '../capture/index.ts';
import { canonicalJson, type ResolvedDataset } from '../spec/index.ts';
import { type FinishedRun, RUN_FILE, readFinished } from './finished.ts';
import { makeFolder, writeWhole } from './folder.ts';

/** What of a file changes with its content: the inode's own time of change can be set by nobody. */
function stampOf(path: string): string | null {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  if (stat === undefined) return null;
  return [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(' ');
}

/** Milliseconds: a file that changed as short ago may change again without its times showing it. */
const UNSETTLED = 2000;

const isSettled = (path: string): boolean => Math.abs(Date.now() - statSync(path).ctimeMs) > UNSETTLED;

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

type Captures = Extract<ResolvedDataset, { kind: 'captures' }>;

/** Notes of SHA-256 (hex) of captures in the order in which they are read. */
export interface KnownData {
  /** null where they must be read. */
  hashes(dataset: Captures): Promise<readonly string[] | null>;
  /** A stamp of the captures as they are now, to be taken before they are read. */
  stamp(dataset: Captures): Promise<string | null>;
  /** They were read: `before` is the stamp that they had. */
  note(dataset: Captures, before: string | null, hashes: readonly string[]): Promise<void>;
}

/** @param results the results folder, where the notes are kept */
export function knownData(results: string): KnownData {
  const folder = join(results, '.known');
  const name = 'data.json';
  const keyOf = ({ captures, base }: Captures) => canonicalJson([captures, resolve(base)]);
  const found = new Map<string, Promise<{ paths: readonly string[]; stamp: string } | null>>();
  const look = (dataset: Captures) => {
    const key = keyOf(dataset);
    let looked = found.get(key);
    if (looked === undefined) {
      looked = findCaptures(dataset.captures, resolve(dataset.base)).then(
        ({ paths }) => {
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
    async hashes(dataset) {
      const now = await look(dataset);
      const note = readNotes<readonly string[]>(join(folder, name))[keyOf(dataset)];
      return now !== null && note?.stamp === now.stamp ? note.value : null;
    },
    stamp: async (dataset) => (await look(dataset))?.stamp ?? null,
    async note(dataset, before, hashes) {
      found.delete(keyOf(dataset));
      const now = await look(dataset);
      if (now === null || now.stamp !== before || !now.paths.every(isSettled)) return;
      const notes = readNotes<readonly string[]>(join(folder, name));
      await writeNotes(folder, name, { ...notes, [keyOf(dataset)]: { stamp: now.stamp, value: hashes } });
    },
  };
}

/** What a file stands for, as it was found out once. */
export function knownPlan<T>(results: string, file: string) {
  const folder = join(results, '.known');
  const name = `plan-${createHash('sha256').update(file).digest('hex').slice(0, 12)}.json`;
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
