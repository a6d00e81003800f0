/** Runs: from a spec to evidence on the disk. What trains is loaded when it is called: who only looks need not wait for it. */
import type { ThresholdRule } from '../evaluation/index.ts';
import type { TableEvaluation } from './evaluate-table.ts';
import type { ExperimentOptions, ExperimentResult } from './experiment.ts';
import type { Launched, LaunchOptions } from './launch.ts';
import type { SweepOptions, SweepResult } from './sweep.ts';

export { isWorkedOn } from './claim.ts';
export { type Compared, compareGroups, readGroups, type Spread } from './compare.ts';
export { comparisonCsv, formatComparison } from './compare-text.ts';
export { formatEstimate } from './estimate-text.ts';
export type { ExperimentOptions, ExperimentResult } from './experiment.ts';
export { PREDICTIONS_FILE, VALIDATION_FILE } from './files.ts';
export { listenForSignals, uninterrupted } from './interrupt.ts';
export { formatLadder, ladderCsv } from './ladder-text.ts';
export type { Launched } from './launch.ts';
export { createReporter, createTransfer, type Reporter, type Terminal } from './progress.ts';
export { cancelSweep, formatStatus, sweepStatus } from './status.ts';
export type { SweepOptions, SweepResult } from './sweep.ts';
export type { WorkerMessage } from './workers.ts';

/**
 * Runs a spec: data, then for every seed training, test and evidence. What a seed has finished stays, whatever becomes
 * of the others.
 *
 * @throws FaultError when nothing can be trained at all
 */
export async function runExperiment(options: ExperimentOptions): Promise<ExperimentResult> {
  return (await import('./experiment.ts')).runExperiment(options);
}

/**
 * Runs all cells of a sweep that are not done.
 *
 * @throws FaultError when the sweep is wrong: then nothing was begun
 */
export async function runSweep(options: SweepOptions): Promise<SweepResult> {
  return (await import('./sweep.ts')).runSweep(options);
}

/**
 * The captures of a data set as files: where `sessionlab data fetch` puts them, or made from the recipe.
 *
 * @param results the results folder, where those of synthetic data sets are kept
 * @throws FaultError when there is no such data set, or a capture is missing
 */
export async function datasetCaptures(
  name: string,
  results: string,
  data?: string,
): Promise<readonly string[]> {
  return (await import('./dataset-captures.ts')).datasetCaptures(name, results, data);
}

/**
 * Submits a sweep to a Slurm cluster, as far as it is not done and not submitted already.
 *
 * @throws FaultError when the sweep is wrong, there is no Slurm, or it refuses
 */
export async function launchSweep(options: LaunchOptions): Promise<Launched> {
  return (await import('./launch.ts')).launchSlurm(options);
}

/**
 * Evaluates a table of predictions of test sessions.
 *
 * @param validation the same of validation sessions, by which a threshold is chosen; null for none
 * @throws FaultError (data) when a table is wrong
 */
export async function evaluateTable(
  path: string,
  validation: string | null,
  rule: ThresholdRule,
): Promise<TableEvaluation> {
  return (await import('./evaluate-table.ts')).evaluateTable(path, validation, rule);
}
