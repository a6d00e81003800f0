/** Runs: from a spec to evidence on the disk. */
export { type Compared, compareGroups, readGroups, type Spread } from './compare.ts';
export { comparisonCsv, formatComparison } from './compare-text.ts';
export { type Estimate, formatEstimate } from './estimate.ts';
export { type ExperimentOptions, type ExperimentResult, runExperiment } from './experiment.ts';
export { listenForSignals, uninterrupted } from './interrupt.ts';
export { createReporter, type Terminal } from './progress.ts';
export { cancelSweep, formatStatus, sweepStatus } from './status.ts';
export { runSweep, type SweepOptions, type SweepResult } from './sweep.ts';
export type { WorkerMessage } from './workers.ts';
