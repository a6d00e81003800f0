/** Sweeps: many runs, their workers, their status, and their cluster. */
export { claim, heldFault, isWorkedOn, unclaim } from './claim.ts';
export {
  type Compared,
  compareGroups,
  differences,
  type Group,
  readGroups,
  type Spread,
  spreadOf,
} from './compare.ts';
export type { Estimate } from './estimate.ts';
export type { Launched, LaunchOptions } from './launch.ts';
export type { SlurmView } from './slurm-view.ts';
export { cancelSweep, type RunStatus, type SweepStatus, sweepStatus } from './status.ts';
export type { SweepOptions, SweepResult } from './sweep.ts';
export type { WorkerMessage } from './workers.ts';
