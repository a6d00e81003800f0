/**
 * Sweeps: many runs, their workers, their status, and their cluster; a spec without a sweep is one of one cell. What trains is
 * loaded when it is called: who only looks need not wait for it.
 */
import type { SpecOptions, SpecResult, SweepOptions, SweepResult } from './options.ts';

export { type Convergence, convergenceOf } from './convergence.ts';
export type { SweepEstimate } from './estimate.ts';
export {
  checkExpectation,
  checkMargins,
  type Expectation,
  type ExpectationCheck,
  expectationExitCode,
  expectationOf,
  factsOf,
  type MarginCheck,
  type RunFacts,
  readExpectation,
  writeExpectation,
} from './expectation.ts';
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
export { type Method, methodsOf } from './methods.ts';
export {
  MISSING_RUNS,
  type SpecOptions,
  type SpecResult,
  type SweepEvent,
  type SweepOptions,
  type SweepResult,
  type SweepRun,
} from './options.ts';
export { otherDataNote } from './other-data.ts';
export { type EarlierSpread, earlierSpread, type Power, powerOf } from './power.ts';
export {
  type Presented,
  presentationsOf,
  presentedMetrics,
  type Reliance,
  relianceOf,
} from './reliance.ts';
export { isWorkedOn } from './run-lock.ts';
export type { SlurmView } from './slurm-view.ts';
export { cancelSweep, finishedFolders, type RunStatus, type SweepStatus, sweepStatus } from './status.ts';
export type { WorkerMessage } from './workers.ts';

/** See sweep.ts. */
export async function runSpec(options: SpecOptions): Promise<SpecResult> {
  return (await import('./sweep.ts')).runSpec(options);
}

/** See sweep.ts. */
export async function runSweep(options: SweepOptions): Promise<SweepResult> {
  return (await import('./sweep.ts')).runSweep(options);
}
