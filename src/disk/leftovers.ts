/** What killed processes leave: files and folders in the making, which nobody will ever finish. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isThere } from './process-identity.ts';

/** Milliseconds without a change after which nobody works on it any more, be it on another machine. */
const ABANDONED = 24 * 3600 * 1000;

/** What `unique` is part of: the number of the process, and something that no other has. */
const MADE = /^\..*?(\d+)-[0-9a-f]{8}\.partial$/;

/** Folders of a results folder or an experiment in which whole files are written. */
const NOTES = ['.known', '.locks', '.failed', '.cache'];

/**
 * Removes what is in the making in a results folder and its experiments and belongs to processes that are gone: no process
 * has their number, and nothing changed for a day. Folders of runs are left to whoever takes them up again.
 */
export function removeLeftovers(results: string, now = Date.now()): void {
  const experiments = namesIn(results).filter((name) => !name.startsWith('.'));
  for (const folder of [results, ...experiments.map((name) => join(results, name))])
    for (const part of [folder, ...NOTES.map((name) => join(folder, name))])
      for (const name of namesIn(part)) {
        const pid = MADE.exec(name)?.[1];
        if (pid !== undefined) removeAbandoned(join(part, name), Number(pid), now);
      }
}

/** As removeLeftovers, of folders in the folder of temporary files: `<prefix><number of the process>-…`. */
export function removeTemporary(folder: string, prefix: string, now = Date.now()): void {
  for (const name of namesIn(folder)) {
    const pid = name.startsWith(prefix) ? /^(\d+)-/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (pid !== undefined) removeAbandoned(join(folder, name), Number(pid), now);
  }
}

function removeAbandoned(path: string, pid: number, now: number): void {
  try {
    if (!isThere(pid) && now - statSync(path).mtimeMs > ABANDONED)
      rmSync(path, { recursive: true, force: true });
  } catch {
    // It is gone, or somebody else's to remove.
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
