/** The clock of a file system, the same for all machines that share it. */
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { unique } from './whole-file.ts';

/**
 * Now, by the clock of the file system that a folder is on: milliseconds since 1970, to be compared with the times of
 * files.
 *
 * @throws the system's error when nothing can be written there
 */
export function fileClock(folder: string): number {
  const probe = join(folder, `.${unique()}.partial`);
  try {
    writeFileSync(probe, '');
    return statSync(probe).mtimeMs;
  } finally {
    rmSync(probe, { force: true });
  }
}
