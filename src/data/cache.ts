/**
 * Values that were found out before, in a file of JSON: each counts only while its stamp is what it was. A file that is lost
 * costs time, nothing else. There are two, each for what was measured (CPU time, warm disk): the contents of captures
 * (without it, `status` must hash them: 2 s for 353 MB) and the plan of a sweep (2,000 cells: 0.11 s instead of 0.61 s).
 * Sessions of captures have a file of their own, see session-cache.ts. Finished runs have none: 10,000 records are read in
 * 0.4 s.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder, systemPath, writeWhole } from '../disk/index.ts';

/** Milliseconds: a file that changed as short ago may change again without its times showing it. */
const UNSETTLED = 2000;

export const isSettled = (path: string): boolean =>
  Math.abs(Date.now() - statSync(systemPath(path)).ctimeMs) > UNSETTLED;

export interface FileCache<T> {
  /** null where there is none of this stamp. */
  load(key: string, stamp: string): T | null;
  /** Keeps a value until `save`. */
  put(key: string, stamp: string, value: T): void;
  /** Writes what was put, beside what others wrote meanwhile. Never throws: a cache is not worth a failure. */
  save(): Promise<void>;
}

type Entries<T> = Record<string, { readonly stamp: string; readonly value: T }>;

/** @param path of the file, in a folder of its own */
export function createCache<T>(path: string): FileCache<T> {
  let found: Entries<T> | null = null;
  let news: Entries<T> = {};
  const read = (): Entries<T> => {
    try {
      const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
      return typeof value === 'object' && value !== null ? (value as Entries<T>) : {};
    } catch {
      return {};
    }
  };
  return {
    load(key, stamp) {
      found ??= read();
      const entry = news[key] ?? found[key];
      return entry?.stamp === stamp ? entry.value : null;
    },
    put(key, stamp, value) {
      news[key] = { stamp, value };
    },
    async save() {
      // Who only looks makes no results folder.
      if (Object.keys(news).length === 0 || !existsSync(dirname(dirname(path)))) return;
      try {
        await makeFolder(dirname(path));
        found = { ...read(), ...news };
        news = {};
        await writeWhole(path, JSON.stringify(found));
      } catch {
        // The next one finds it out again.
      }
    },
  };
}
