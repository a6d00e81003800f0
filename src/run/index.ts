/** Runs: from a spec to evidence on the disk. */
export { type ExperimentOptions, type ExperimentResult, runExperiment } from './experiment.ts';
export { listenForSignals, uninterrupted } from './interrupt.ts';
export { createReporter, type Terminal } from './progress.ts';
