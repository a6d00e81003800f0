/** What Slurm says of a sweep, as text for the terminal. */

import type { SlurmView } from '../sweep/index.ts';
import { displayPath, formatCount } from '../text/index.ts';

/** A line of states, and one for each note. */
export function formatSlurm({ states, notes, folder }: SlurmView): string {
  const counts = Object.entries(states)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([state, count]) => `${formatCount(count)} ${state}`);
  const lines = [
    `Slurm: ${counts.join(', ')}; logs in ${displayPath(folder)}`,
    ...notes.map((n) => `  ${n}`),
  ];
  return `${lines.join('\n')}\n`;
}
