/** What became of runs that were sent, in words. */
import { displayPath, formatCount, plural } from '../../text/index.ts';
import type { SyncResult } from './sync.ts';
import type { RunOutcome } from './sync-run.ts';

const STATES = {
  same: 'is there',
  new: 'sent',
  completed: 'completed',
  replaced: 'sent anew, because the run on the server was another than that of the folder',
  deleted: 'somebody deleted it on the server, and it stays so',
} as const;

/** What is said of a run: a line for what was done, where something was, and one for each note. */
export function describeOutcome(folder: string, { state, points, notes }: RunOutcome): readonly string[] {
  const sent = points > 0 ? `, ${plural(points, 'point')}` : '';
  const lines = state === 'same' ? notes : [`${STATES[state]}${sent}`, ...notes];
  return lines.map((line) => `${displayPath(folder)}: ${line}`);
}

/** `2 runs sent, 5 there already`, and what else became of some. */
export function describeSync({ counts, goingOn, faults }: SyncResult): string {
  const { same, deleted } = counts;
  const sent = counts.new + counts.completed + counts.replaced;
  const parts = [
    `${plural(sent, 'run')} sent`,
    `${formatCount(same)} there already`,
    ...(deleted > 0 ? [`${formatCount(deleted)} deleted there`] : []),
    ...(goingOn > 0 ? [`${formatCount(goingOn)} under way`] : []),
    ...(faults.length > 0 ? [`${formatCount(faults.length)} cannot be read`] : []),
  ];
  return parts.join(', ');
}
