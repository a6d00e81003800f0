/** What Slurm and the tasks themselves say of a sweep that was launched on a cluster. */
import { FaultError, formatFault } from '../fault/index.ts';
import { lastWord, type SlurmSweep, submissions, tasksWithoutWord, unshared } from './launch.ts';
import { accounted, isActive, queue, type SlurmTask } from './slurm.ts';

export interface SlurmView {
  /** How many tasks are in each state, by Slurm's words; those that Slurm has forgotten by their own last ones. */
  readonly states: Readonly<Record<string, number>>;
  /** Tasks that wait or run. */
  readonly active: number;
  /** Tasks that came to no good end, and why others wait. */
  readonly notes: readonly string[];
  /** Where the logs are. */
  readonly folder: string;
}

/** Notes of one kind that are shown. */
const MOST_NOTES = 5;

/** Asks Slurm, the accounting where Slurm has forgotten, and the tasks' own notes where both have; null for no launch. */
export async function slurmView(sweep: SlurmSweep): Promise<SlurmView | null> {
  const jobs = submissions(sweep.folder);
  if (jobs.length === 0) return null;
  const notes: string[] = [];
  let seen: readonly SlurmTask[] = [];
  try {
    seen = await queue(sweep.name);
  } catch (error) {
    if (!(error instanceof FaultError)) throw error;
    notes.push(...error.faults.map(formatFault));
  }
  const known = new Map(seen.map((task) => [task.id, task]));
  const all = jobs.flatMap(({ job, tasks }) => Array.from({ length: tasks }, (_, i) => `${job}_${i + 1}`));
  const unknown = all.filter((id) => !known.has(id) && lastWord(sweep.folder, id)?.what !== 'end');
  if (unknown.length > 0 && notes.length === 0) {
    const gone = [...new Set(unknown.map((id) => id.slice(0, id.indexOf('_'))))];
    for (const task of await accounted(gone)) if (!known.has(task.id)) known.set(task.id, task);
  }
  const tasks = all.map((id) => known.get(id) ?? fromNotes(sweep.folder, id));
  const states: Record<string, number> = {};
  for (const { state } of tasks) states[state] = (states[state] ?? 0) + 1;
  notes.push(...tell(sweep, tasks));
  return { states, active: tasks.filter(isActive).length, notes, folder: sweep.folder };
}

/** What a task that Slurm no longer knows said last. */
function fromNotes(folder: string, id: string): SlurmTask {
  const word = lastWord(folder, id);
  const state =
    word === null ? 'UNKNOWN' : word.what !== 'end' ? 'GONE' : word.code === 0 ? 'COMPLETED' : 'FAILED';
  return { id, state, reason: '', node: '' };
}

/** States of tasks that need no word. */
const GOOD = new Set(['COMPLETED', 'CANCELLED', 'UNKNOWN']);

function tell(sweep: SlurmSweep, tasks: readonly SlurmTask[]): readonly string[] {
  const silent = tasksWithoutWord(sweep, tasks);
  if (silent.length > 0) return [unshared(sweep, silent).message];
  const waiting = tasks.filter(({ state, reason }) => state === 'PENDING' && reason !== '');
  const reasons = [...new Set(waiting.map(({ reason }) => reason))].sort();
  const bad = tasks.filter((task) => !isActive(task) && !GOOD.has(task.state));
  const lines = bad.map(({ id, state, node }) => {
    const code = lastWord(sweep.folder, id);
    const how = code?.what === 'end' ? ` with code ${code.code}` : '';
    return `task ${id} ${state}${how}${node === '' ? '' : ` on ${node}`}`;
  });
  const more = lines.length - MOST_NOTES;
  return [
    ...(reasons.length === 0 ? [] : [`waiting for: ${reasons.join(', ')}`]),
    ...lines.slice(-MOST_NOTES),
    ...(more > 0 ? [`… and ${more} tasks before these`] : []),
  ];
}
