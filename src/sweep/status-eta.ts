/** When a whole sweep will be done, from what its runs took and take. */

/** What of a run its duration can be told from. */
export interface Timed {
  readonly state: 'done' | 'running' | 'failed' | 'damaged' | 'open' | 'unknown';
  /** Of a done one: what it took. */
  readonly milliseconds?: number;
  readonly progress?: { readonly step: number; readonly steps: number; readonly eta: number | null };
}

/**
 * Milliseconds until all runs are done, if as many go on at a time as now: the longer of the last one under way and
 * (Σ rest of those under way + open runs · mean duration) / runs under way. The mean is over the done runs and those under
 * way whose pace is known.
 *
 * @returns null where nothing is under way, or nothing is known of how long a run takes
 */
export function overallEta(runs: readonly Timed[]): number | null {
  const running = runs.filter(({ state }) => state === 'running');
  const durations: number[] = [];
  const rests: number[] = [];
  for (const { state, milliseconds, progress } of runs) {
    if (state === 'done' && milliseconds !== undefined) durations.push(milliseconds);
    if (state !== 'running' || progress === undefined || progress.eta === null) continue;
    const { step, steps, eta } = progress;
    rests.push(eta);
    if (step < steps) durations.push((eta * steps) / (steps - step));
  }
  if (running.length === 0 || durations.length === 0) return null;
  const mean = durations.reduce((sum, d) => sum + d, 0) / durations.length;
  const open = runs.filter(({ state }) => state === 'open' || state === 'damaged').length;
  // Those that have just begun have said nothing yet.
  const unknown = running.length - rests.length;
  const work = rests.reduce((sum, d) => sum + d, 0) + (open + unknown) * mean;
  return Math.max(work / running.length, ...rests);
}
