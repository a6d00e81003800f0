/**
 * Sweeps: many runs, their workers, their status, and their cluster; a spec without a sweep is one of one cell. What trains is
 * loaded when it is called: who only looks need not wait for it.
 */
import type { SweepOptions, SweepResult } from './options.ts';
import type { SpecOptions, SpecResult } from './run-spec.ts';

export type { SweepEstimate } from './estimate.ts';
export {
  type Compared,
  compareGroups,
  findGroup,
  type Group,
  groupOf,
  readGroups,
  type Spread,
} from './groups.ts';
export { type Hypothesis, LEVEL, type Tested, testHypotheses } from './hypotheses.ts';
export { type Launched, type LaunchOptions, launchSweep } from './launch.ts';
export type { SweepEvent, SweepOptions, SweepResult, SweepRun } from './options.ts';
export { type EarlierSpread, earlierSpread, type Power, powerOf } from './power.ts';
export { isWorkedOn } from './run-lock.ts';
export type { SpecEvent, SpecOptions, SpecResult } from './run-spec.ts';
export type { SlurmView } from './slurm-view.ts';
export { cancelSweep, type RunStatus, type SweepStatus, sweepStatus } from './status.ts';
export type { WorkerMessage } from './workers.ts';

/** See run-spec.ts. */
export async function runSpec(options: SpecOptions): Promise<SpecResult> {
  return (await import('./run-spec.ts')).runSpec(options);
}

/** See sweep.ts. */
export async function runSweep(options: SweepOptions): Promise<SweepResult> {
  return (await import('./sweep.ts')).runSweep(options);
}
