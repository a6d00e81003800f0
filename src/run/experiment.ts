/** An experiment: every seed of a spec, in turn. */

import { dirname, join, resolve } from 'node:path';
import { type Prepared, prepare } from '../data/index.ts';
import { claimResults, removeEmpty } from '../disk/index.ts';
import { chooseSessions, comparePublished, type Metrics, meanMetrics } from '../evaluation/index.ts';
import { ExitCode, type Fault, FaultError } from '../fault/index.ts';
import {
  describeEngine,
  describeMorphs,
  describePrepared,
  describeResult,
  describeRuns,
  formatDetection,
  formatEvaluation,
  formatFindings,
  formatPublished,
} from '../report/index.ts';
import { type CodeFacts, codeFacts, confirm, RUN_FILE, readFinished } from '../results/index.ts';
import { type LoadOptions, loadSpec } from '../spec/index.ts';
import { claim, heldFault, unclaim } from '../sweep/index.ts';
import { createPace, displayPath, type Reporter } from '../text/index.ts';
import { createPresenter, stepsPerEpoch } from '../training/index.ts';
import type { ExperimentContext } from './context.ts';
import { Interrupted, type Interruption } from './interrupt.ts';
import { checkMemory, memoryLimits } from './memory.ts';
import { makePlan, presentOptions } from './plan.ts';
import { runSeed, type SeedResult } from './seed.ts';

export interface ExperimentOptions {
  /** The spec's file, and what the command line changes in it. */
  readonly spec: string;
  readonly load: LoadOptions;
  /** The results folder. */
  readonly out: string;
  readonly threads: number;
  readonly reporter: Reporter;
  readonly interruption: Interruption;
  /** Steps between two checkpoints; null: as often as costs less than a hundredth of the time. */
  readonly checkpointEvery: number | null;
  /** Whether sessions of captures are kept for the next run, and what was kept is used; true where it is not given. */
  readonly keepSessions?: boolean;
}

/** What came out. */
export interface ExperimentResult {
  readonly prepared: Prepared;
  /** Finished runs, in the order of their seeds. */
  readonly runs: readonly SeedResult[];
  /** null without a finished run. */
  readonly mean: Metrics | null;
  /** What kept the other seeds from finishing, or from being the same as before; null when all is well. */
  readonly failure: FaultError | null;
}

/**
 * Runs a spec: data, then for every seed training, test and evidence. What a seed has finished stays, whatever becomes
 * of the others.
 *
 * @throws FaultError when nothing can be trained at all
 */
export async function runExperiment(options: ExperimentOptions): Promise<ExperimentResult> {
  const { reporter, interruption } = options;
  const resolved = await loadSpec(options.spec, options.load);
  const results = await claimResults(resolve(options.out));
  try {
    const prepared = await prepare(
      resolved,
      results.path,
      reporter,
      interruption,
      undefined,
      options.keepSessions,
    );
    const context = await makeContext(options, prepared, results.path, await codeFacts());
    return await runSeeds(context);
  } catch (error) {
    throw error instanceof Interrupted ? interruptedFault('before training') : error;
  } finally {
    reporter.clear();
    await results.removeIfUnused();
  }
}

/** Warnings about the data that are shown. */
const MOST_WARNINGS = 10;

/** Everything that can be refused before the first step is refused here. */
export async function makeContext(
  options: Pick<ExperimentOptions, 'reporter' | 'interruption' | 'threads' | 'checkpointEvery'>,
  prepared: Prepared,
  results: string,
  code: CodeFacts,
): Promise<ExperimentContext> {
  const { reporter, interruption, threads, checkpointEvery } = options;
  const { spec } = prepared.resolved;
  const { test, train } = prepared.split;
  const plan = makePlan(prepared, createPresenter(presentOptions(prepared)).classes);
  const folder = join(results, spec.name, prepared.specHash.slice(0, 12));
  reporter.fact(`${describePrepared(prepared, plan)}\n`);
  for (const warning of prepared.warnings.slice(0, MOST_WARNINGS)) reporter.line(`warning: ${warning}`);
  const more = prepared.warnings.length - MOST_WARNINGS;
  if (more > 0) reporter.line(`warning: … and ${more} more: all are in ${RUN_FILE}`);
  for (const seed of spec.seeds) {
    const final = join(folder, String(seed));
    readFinished(final);
  }
  // Named sessions that are not in the test set.
  chooseSessions(spec.attention, new Uint8Array(test.length), new Uint8Array(test.length), test);
  checkMemory(plan.memory, memoryLimits(), plan.capacity);

  const steps = stepsPerEpoch(train.length, spec.training.batch) * spec.training.epochs;
  let told = false;
  return {
    prepared,
    plan,
    code,
    threads,
    folder,
    results,
    reporter,
    interruption,
    pace: createPace(steps * spec.seeds.length),
    checkpointEvery,
    onEngine(facts) {
      if (told) return;
      told = true;
      reporter.fact(`${describeEngine(facts)}\n`);
      for (const note of facts.notes) reporter.line(`note: ${note}`);
    },
  };
}

async function runSeeds(context: ExperimentContext): Promise<ExperimentResult> {
  const { prepared, reporter } = context;
  const { spec } = prepared.resolved;
  const steps = stepsPerEpoch(prepared.split.train.length, spec.training.batch) * spec.training.epochs;
  const runs: SeedResult[] = [];
  const faults: Fault[] = [];
  let exitCode: ExitCode = ExitCode.ok;
  const fail = (error: FaultError) => {
    faults.push(...error.faults);
    if (exitCode === ExitCode.ok || error.exitCode > exitCode) exitCode = error.exitCode;
  };
  for (const [index, seed] of spec.seeds.entries()) {
    try {
      const run = await runAlone(context, seed, index * steps);
      runs.push(run);
      // "latest" means the one that the user saw last.
      if (run.state === 'same') await confirm(run.folder);
      reporter.fact(
        `\n${spec.seeds.length > 1 ? `Seed ${seed}\n\n` : ''}${formatEvaluation(run.evaluation)}\n${spec.task === 'anomalous' ? `${formatDetection(run.detection)}\n` : ''}`,
      );
      const network = { anomalous: run.evaluation.anomalous, detection: run.detection };
      reporter.fact(`${formatFindings(network, run.findings)}\n`);
      const { published } = spec;
      if (published !== undefined)
        reporter.fact(`${formatPublished(comparePublished(run.evaluation, published))}\n`);
      reporter.fact(`${describeMorphs(run.morphs)}${describeResult(run)}\n`);
      const difference = differenceOf(context, run);
      if (difference?.broken === true) fail(difference.fault);
      else if (difference !== undefined) reporter.line(`note: ${difference.fault.message}`);
    } catch (error) {
      reporter.clear();
      const fault = error instanceof Interrupted ? interruptedFault(`in seed ${seed}`) : error;
      if (!(fault instanceof FaultError)) throw error;
      fail(fault);
      // Another seed may well not diverge; but where the machine refuses or the user stops, the next would fare no better.
      if (fault.exitCode !== ExitCode.usage) break;
    }
  }
  if (runs.length > 1) reporter.fact(`${describeRuns(runs)}\n`);
  const mean = runs.length === 0 ? null : meanMetrics(runs.map((run) => run.metrics));
  return { prepared, runs, mean, failure: faults.length === 0 ? null : new FaultError(faults, exitCode) };
}

/** @throws FaultError (machine) also when another process works on this run */
async function runAlone(context: ExperimentContext, seed: number, stepsBefore: number): Promise<SeedResult> {
  const folder = dirname(context.folder);
  const lock = await claim(folder, { specHash: context.prepared.specHash, seed });
  if ('heldBy' in lock) throw heldFault(displayPath(join(context.folder, String(seed))), lock.heldBy);
  let done = false;
  try {
    const run = await runSeed(context, seed, stepsBefore, lock);
    done = true;
    return run;
  } finally {
    unclaim(folder, lock, done);
    await removeEmpty(context.folder, context.results);
  }
}

function differenceOf({ code, folder }: ExperimentContext, run: SeedResult) {
  const { state, before, seed, resultHash, engine } = run;
  if (state !== 'differs' || before === undefined) return undefined;
  const old = displayPath(join(folder, String(seed)));
  const place = `seed ${seed}`;
  const problem = `the result hash is ${resultHash.slice(0, 12)}, but that of ${old} is ${before.resultHash.slice(0, 12)}; both are kept`;
  if (!engine.exact) {
    const cure = `the engine ${engine.engine} does not promise the same bits`;
    return { broken: false, fault: new FaultError({ place, problem, cure }) };
  }
  if (before.source !== code.source) {
    const cure = 'the code of sessionlab has changed between the two';
    return { broken: false, fault: new FaultError({ place, problem, cure }) };
  }
  const cure =
    'the same code and spec must give the same result: please report this, with the run.json of both';
  return {
    broken: true,
    fault: new FaultError({ place, problem: `determinism is broken: ${problem}`, cure }, ExitCode.defect),
  };
}

function interruptedFault(where: string): FaultError {
  const problem = `stopped ${where}; the same command goes on from there`;
  return new FaultError({ place: 'interrupted', problem }, ExitCode.interrupted);
}
