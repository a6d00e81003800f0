/**
 * The API for programs: load a spec, run it, read captures, open a run.
 *
 * ```ts
 * import { loadSpec, openRun, runExperiment } from 'sessionlab';
 *
 * const { spec } = await loadSpec('quickstart', { set: ['training.epochs=2'] });
 * const { runs } = await runExperiment('quickstart', { out: 'results', set: ['training.epochs=2'] });
 * const { evaluation } = openRun(runs[0].folder);
 * console.log(spec.name, evaluation.accuracy);
 * ```
 *
 * What goes wrong is thrown as FaultError, whose `faults` say the place, the problem and the cure.
 */
import { availableParallelism } from 'node:os';
import { findCaptures } from './capture/index.ts';
import { type Interruption, listenForSignals } from './fault/index.ts';
import {
  findRun,
  readEvaluation,
  readRecord,
  readSpec,
  type StoredEvaluation,
  type StoredRecord,
  type StoredSpec,
} from './results/index.ts';
import { type Assembled, assembleSessions, type SessionOptions } from './session/index.ts';
import type { LoadOptions } from './spec/index.ts';
import {
  MISSING_RUNS,
  runSpec,
  runSweep,
  type SpecOptions,
  type SpecResult,
  type SweepOptions,
  type SweepResult,
} from './sweep/index.ts';

export { type Fault, FaultError } from './fault/index.ts';
export { openScorer, type Scorer, type Scores, scoreSessions } from './score/index.ts';
export { type ExperimentSpec, type LoadOptions, loadSpec, loadSweep } from './spec/index.ts';
export type { Assembled, SessionOptions, SpecResult, SweepResult };

/** How an experiment runs: what changes its spec, and what no result depends on. */
export interface ExperimentOptions extends LoadOptions {
  /** The results folder. */
  readonly out?: string;
  /** As many as there are cores where it is not given. */
  readonly threads?: number;
  /** Told what happens. */
  readonly observe?: SpecOptions['observe'];
  /** Steps between two checkpoints; as often as costs less than a hundredth of the time where it is not given. */
  readonly checkpointEvery?: number;
}

/**
 * Runs a spec without a sweep, all its seeds; `sessionlab run` does the same. A first signal stops it after a checkpoint.
 *
 * @param spec a file, or the name of a spec that comes with sessionlab
 * @throws FaultError when nothing can be trained; what kept single seeds from finishing is `failure` in the result
 */
export function runExperiment(
  spec: string,
  { observe = () => undefined, ...options }: ExperimentOptions = {},
): Promise<SpecResult> {
  return interruptibly((interruption) => runSpec({ ...given(spec, options), interruption, observe }));
}

/** How a sweep runs. */
export interface SweepExperimentOptions extends Omit<ExperimentOptions, 'observe'> {
  readonly observe?: SweepOptions['observe'];
  /** Processes that work at the same time, one where it is not given. */
  readonly workers?: number;
}

/** Runs every cell and seed of a spec with a sweep, leaving what is there; `sessionlab sweep` does the same. @throws FaultError */
export function sweepExperiment(
  spec: string,
  { observe = () => undefined, workers = 1, ...options }: SweepExperimentOptions = {},
): Promise<SweepResult> {
  return interruptibly((interruption) =>
    runSweep({ ...MISSING_RUNS, ...given(spec, options), interruption, observe, workers }),
  );
}

/** What is asked for, with defaults for what is not. */
function given(
  spec: string,
  {
    out = 'results',
    threads = availableParallelism(),
    checkpointEvery,
    ...load
  }: Omit<ExperimentOptions, 'observe'>,
) {
  return { spec, load, out, threads, checkpointEvery: checkpointEvery ?? null };
}

async function interruptibly<T>(work: (interruption: Interruption) => Promise<T>): Promise<T> {
  const interruption = listenForSignals(() => undefined);
  try {
    return await work(interruption);
  } finally {
    interruption.dispose();
  }
}

/** What `readCaptures` makes sessions of, where it is not told: TCP and UDP, the first eight packets of each. */
const SESSIONS: SessionOptions = {
  protocols: ['tcp', 'udp'],
  idleTimeout: null,
  minPackets: 1,
  maxPackets: 8,
};

/**
 * Reads captures (files, folders, globs) as one data set and makes sessions of them, with an account of what was left out.
 *
 * @throws FaultError when one is missing or none
 */
export async function readCaptures(
  paths: readonly string[],
  options: Partial<SessionOptions> = {},
): Promise<Assembled> {
  const found = await findCaptures(paths, process.cwd());
  return assembleSessions(found.paths, { ...SESSIONS, ...options });
}

/** What a finished run says about itself. */
export interface OpenedRun {
  readonly folder: string;
  readonly record: StoredRecord;
  readonly spec: StoredSpec;
  readonly evaluation: StoredEvaluation;
}

/**
 * Opens a finished run, its files held against their hashes.
 *
 * @param name its folder, an experiment, or "latest"
 * @throws FaultError when there is none, or it was changed
 */
export function openRun(name: string, results = 'results'): OpenedRun {
  const folder = findRun(name, results);
  return { folder, record: readRecord(folder), spec: readSpec(folder), evaluation: readEvaluation(folder) };
}
