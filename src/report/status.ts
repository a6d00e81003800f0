/** How far a sweep is, as text for the terminal. */
import { hostname } from 'node:os';
import type { RunStatus, SweepStatus } from '../sweep/index.ts';
import { alignColumns, formatCount, formatDuration, formatPercent } from '../text/index.ts';
import { formatSlurm } from './slurm.ts';

/**
 * A line of counts, and a table of the runs that are under way, failed, damaged or unknown.
 *
 * @param all of the others, too
 * @param now milliseconds since 1970
 */
export function formatStatus(
  { counts, runs, eta, slurm }: SweepStatus,
  { all, now }: { readonly all: boolean; readonly now: number },
): string {
  const { done, running, failed, damaged, open, unknown } = counts;
  const parts = [
    `${formatCount(done)} of ${formatCount(runs.length)} runs done`,
    `${formatCount(running)} under way`,
    `${formatCount(failed)} failed`,
    `${formatCount(open)} open`,
  ];
  if (damaged > 0) parts.push(`${formatCount(damaged)} damaged`);
  if (unknown > 0) parts.push(`${formatCount(unknown)} unknown`);
  const shown = runs.filter(({ state }) => all || (state !== 'done' && state !== 'open'));
  if (eta !== null) parts.push(`ETA ${formatDuration(eta)}`);
  const head = `${parts.join(', ')}\n${slurm === null ? '' : formatSlurm(slurm)}`;
  if (shown.length === 0) return head;
  const rows = shown.map((run) => [run.state, run.cell, `seed ${run.seed}`, detail(run, now)]);
  return `${head}\n${alignColumns(rows, 'llll').join('\n')}\n`;
}

function detail(
  { state, metrics, host, pid, since, job, progress, faults, why }: RunStatus,
  now: number,
): string {
  switch (state) {
    case 'done':
      return `accuracy ${formatPercent(metrics?.accuracy ?? null, 3)}`;
    case 'running': {
      const who = job === undefined ? `process ${pid}` : `task ${job}`;
      const where = host === hostname() ? who : `${who} on ${host}`;
      const long = `for ${formatDuration(Math.max(0, now - Date.parse(since ?? '')))}`;
      if (progress === undefined) return `${where} ${long}`;
      const { step, steps, eta } = progress;
      const share = formatPercent(step / Math.max(1, steps), 2);
      return `${share}${eta === null ? '' : `, ETA ${formatDuration(eta)}`}; ${where} ${long}`;
    }
    case 'failed':
    case 'damaged':
      return (faults ?? []).join('; ');
    default:
      return why ?? '';
  }
}
