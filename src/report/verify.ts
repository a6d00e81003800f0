/** What is found of the seals of runs, as text. */
import { readRecord, type Verified } from '../results/index.ts';
import { displayPath, formatBytes, plural } from '../text/index.ts';

/** One run, a line. */
export function formatVerified({
  folder,
  state,
  files,
  bytes,
  resultHash,
  recomputed,
  damaged,
}: Verified): string {
  const what = {
    verified: `${plural(files, 'file')}, ${formatBytes(bytes)}`,
    unverified: 'an older version wrote no hashes of its files',
    damaged: damaged.length === 0 ? 'its parts do not fit together' : damaged.join(', '),
  }[state];
  const hash = resultHash?.slice(0, 12);
  const anew =
    recomputed === null
      ? 'result hash not computed anew: that takes weights and predictions as they were'
      : `result hash ${hash} ${recomputed ? 'computed anew' : 'is not that of its weights and predictions'}`;
  return `${displayPath(folder)}: ${state}: ${what}; ${anew}\n`;
}

/** Who reads a damaged record says so. */
function isUnsealed(folder: string): boolean {
  try {
    return readRecord(folder).files === undefined;
  } catch {
    return false;
  }
}

/** That nothing tells whether some of the runs were changed; null where all are sealed. */
export function unverifiedNote(folders: readonly string[]): string | null {
  const runs = folders.filter(isUnsealed).length;
  if (runs === 0) return null;
  const [has, made] = runs === 1 ? ['has', 'it'] : ['have', 'them'];
  return `note: ${plural(runs, 'run')} ${has} no hashes of ${runs === 1 ? 'its' : 'their'} files (an older version made ${made}): unverified`;
}
