/** Runs: from a spec to evidence on the disk. What trains is loaded when it is called: who only looks need not wait for it. */
import type { ThresholdRule } from '../evaluation/index.ts';
import type { Launched, LaunchOptions, SweepOptions, SweepResult } from '../sweep/index.ts';
import type { TableEvaluation } from './evaluate-table.ts';
import type { ExperimentOptions, ExperimentResult } from './experiment.ts';

export type { ExperimentOptions, ExperimentResult } from './experiment.ts';
export { listenForSignals, uninterrupted } from './interrupt.ts';

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
  return (await import('../sweep/sweep.ts')).runSweep(options);
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
  return (await import('../data/dataset-captures.ts')).datasetCaptures(name, results, data);
}

/**
 * Submits a sweep to a Slurm cluster, as far as it is not done and not submitted already.
 *
 * @throws FaultError when the sweep is wrong, there is no Slurm, or it refuses
 */
export async function launchSweep(options: LaunchOptions): Promise<Launched> {
  return (await import('../sweep/launch.ts')).launchSlurm(options);
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
export type { Metrics } from '../evaluation/index.ts';
export type { ExperimentContext, Watch } from './context.ts';
export { makeContext } from './experiment.ts';
export { askToStop, cancellable, Interrupted, type Interruption } from './interrupt.ts';
export type { Learnt } from './learn.ts';
export { memoryLimits } from './memory.ts';
export { modelOptions, networkMemory, type Plan } from './plan.ts';
export { runSeed, type SeedResult } from './seed.ts';
