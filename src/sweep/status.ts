/** How far a sweep is, from what its processes leave in the results folder. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Metrics } from '../evaluation/index.ts';
import { formatFault } from '../fault/index.ts';
import type { FinishedRun } from '../results/index.ts';
import { numericHash, RUN_FILE } from '../results/index.ts';
import type { LoadOptions } from '../spec/index.ts';
import { askToStop } from './cancel.ts';
import { slurmSweep, submissions } from './launch.ts';
import { cancelJobs, isActive, queue } from './slurm.ts';
import { type SlurmView, slurmView } from './slurm-view.ts';
import { overallEta } from './status-eta.ts';
import { loadKeys, type PlannedRun, planSweep } from './sweep-plan.ts';

/** One run. */
export interface RunStatus {
  readonly cell: string;
  readonly seed: number;
  readonly state: 'done' | 'running' | 'failed' | 'damaged' | 'open' | 'unknown';
  /** Of a done one: its scores, and what it took. */
  readonly metrics?: Metrics;
  readonly milliseconds?: number;
  /** Of one under way: who, since when, and how far. */
  readonly host?: string;
  readonly pid?: number;
  readonly since?: string;
  /** Its task of a Slurm job. */
  readonly job?: string;
  readonly progress?: { readonly step: number; readonly steps: number; readonly eta: number | null };
  /** Of one that failed or is damaged. */
  readonly faults?: readonly string[];
  /** Of an open one: why it is not done any more. Of an unknown one: why nobody can tell. */
  readonly why?: string;
}

export interface SweepStatus {
  readonly counts: Readonly<Record<RunStatus['state'], number>>;
  readonly runs: readonly RunStatus[];
  /** Milliseconds until all is done, at the pace of now; null where nobody knows. */
  readonly eta: number | null;
  /** Of a sweep that was launched on a cluster. */
  readonly slurm: SlurmView | null;
}

/**
 * Looks at a sweep and disturbs nobody; nothing has to be writable. Captures are read only where nobody has noted what is in
 * them.
 *
 * @throws FaultError when the spec is wrong
 */
export async function sweepStatus(spec: string, load: LoadOptions, out: string): Promise<SweepStatus> {
  const plan = await look(spec, load, out);
  const runs = plan.runs.map(describe);
  const counts = { done: 0, running: 0, failed: 0, damaged: 0, open: 0, unknown: 0 };
  for (const { state } of runs) counts[state]++;
  return {
    counts,
    runs,
    eta: overallEta(runs),
    slurm: await slurmView(slurmSweep(spec, load, out, plan.runs[0]!.cell.experiment)),
  };
}

/**
 * The folders of all runs of a spec, whichever code made them; null for one that is not finished. Nothing is trained.
 *
 * @throws FaultError when the spec is wrong
 */
export async function finishedFolders(
  spec: string,
  load: LoadOptions,
  out: string,
): Promise<readonly (string | null)[]> {
  return (await look(spec, load, out)).runs.map(({ cell: { experiment, specHash }, seed }) => {
    if (specHash === null) return null;
    const folder = join(out, experiment, specHash.slice(0, 12), String(seed));
    return existsSync(join(folder, RUN_FILE)) ? folder : null;
  });
}

async function look(spec: string, load: LoadOptions, out: string) {
  const results = resolve(out);
  const code = { numeric: numericHash() };
  const { keys } = await loadKeys(spec, load, results, code, true);
  return planSweep(keys, results, code);
}

const pick = ({ metrics, milliseconds }: FinishedRun) => ({
  metrics,
  ...(milliseconds === undefined ? {} : { milliseconds }),
});

function describe({ cell: { name: cell }, seed, state }: PlannedRun): RunStatus {
  switch (state.kind) {
    case 'done':
      return { cell, seed, state: 'done', ...pick(state.finished) };
    case 'running': {
      const { host, pid, since, progress, job } = state.owner;
      return {
        cell,
        seed,
        state: 'running',
        host,
        pid,
        since,
        ...(job === undefined ? {} : { job }),
        ...(progress === undefined ? {} : { progress }),
      };
    }
    case 'failed':
      return { cell, seed, state: 'failed', faults: state.failure.faults.map(formatFault) };
    case 'damaged':
      return { cell, seed, state: 'damaged', faults: state.faults.map(formatFault) };
    case 'unknown':
      return { cell, seed, state: 'unknown', why: state.why };
    case 'open':
      return { cell, seed, state: 'open', ...(state.why === null ? {} : { why: state.why }) };
  }
}

/**
 * Asks everybody who works on a sweep to stop after a checkpoint, and takes its tasks out of the queue of a cluster.
 *
 * @returns how many runs are under way, and how many tasks waited or ran
 * @throws FaultError when the spec is wrong, or there are tasks and Slurm does not answer
 */
export async function cancelSweep(
  spec: string,
  load: LoadOptions,
  out: string,
): Promise<{ readonly runs: number; readonly tasks: number }> {
  const { runs } = await look(spec, load, out);
  const busy = runs.filter(({ state }) => state.kind === 'running');
  for (const experiment of new Set(busy.map(({ cell }) => cell.experiment)))
    askToStop(join(resolve(out), experiment));
  const sweep = slurmSweep(spec, load, out, runs[0]!.cell.experiment);
  if (submissions(sweep.folder).length === 0) return { runs: busy.length, tasks: 0 };
  const tasks = (await queue(sweep.name)).filter(isActive).length;
  if (tasks > 0) await cancelJobs(sweep.name);
  return { runs: busy.length, tasks };
}
