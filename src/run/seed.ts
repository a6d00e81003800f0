/** One run: a spec with a seed, from the first weights to the evidence on the disk. */
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MorphCounts } from '../anomaly/index.ts';
import { asFault, checkHeld, type Lock, removeEmpty, writeWhole } from '../disk/index.ts';
import type { Detection, Evaluation } from '../evaluation/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { createModel, type EngineFacts } from '../network/index.ts';
import { type Findings, illustrate } from '../report/index.ts';
import {
  EVALUATION_FILE,
  JOURNAL_FILE,
  type Kept,
  keep,
  RUN_FILE,
  type RunRecord,
  readRecord,
  resultHash,
  runRecord,
  selfContained,
} from '../results/index.ts';
import { followIfConfigured } from '../tracking/index.ts';
import { stepsPerEpoch } from '../training/index.ts';
import { assess } from './assess.ts';
import { CHECKPOINT_FILE } from './checkpoint.ts';
import { createWatch, type ExperimentContext, identityOf, type SeedContext } from './context.ts';
import { toJson, writeEvidence } from './evidence.ts';
import { Interrupted } from './interrupt.ts';
import { learn } from './learn.ts';
import { asMemoryFault } from './memory.ts';
import { modelOptions } from './plan.ts';
import { findingMetrics, type Metrics, metricsOf, morphMetrics } from './summary.ts';
import { openWorkspace, type Workspace } from './workspace.ts';

/** A run that ended well. */
export interface SeedResult extends Kept {
  readonly seed: number;
  readonly resultHash: string;
  readonly evaluation: Evaluation;
  readonly metrics: Metrics;
  readonly engine: EngineFacts;
  /** Of the test sessions. */
  readonly morphs: MorphCounts;
  readonly detection: readonly Detection[];
  readonly findings: Findings;
}

/**
 * Trains, tests and writes one run, from its last checkpoint on where there is one. Its folder appears when everything is
 * in it. What it was stopped in stays to be gone on with; when it fails otherwise, nothing stays.
 *
 * @param stepsBefore training steps of earlier seeds, for the pace
 * @param lock of this run
 * @throws FaultError when it diverges or the machine refuses; Interrupted
 */
export async function runSeed(
  experiment: ExperimentContext,
  seed: number,
  stepsBefore: number,
  lock: Lock,
): Promise<SeedResult> {
  const { reporter, prepared } = experiment;
  const final = join(experiment.folder, String(seed));
  const workspace = await openWorkspace(final, identityOf(experiment, seed), reporter.line);
  const partial = workspace.folder;
  if (workspace.sealed) return publishSealed(partial, final, seed);
  // Live in MLflow where a server is configured; it neither throws nor makes the run wait.
  const { spec, sweep = null } = prepared.resolved;
  const follower = followIfConfigured(
    {
      folder: partial,
      final,
      spec: selfContained(prepared.resolved),
      sweep,
      illustrate,
      say: reporter.line,
    },
    spec.tracking,
  );
  let stays = false;
  try {
    const found = await compute(experiment, seed, stepsBefore, workspace, lock);
    checkHeld(lock, final);
    await rm(join(partial, CHECKPOINT_FILE), { force: true });
    const kept = await keep(partial, final, found.resultHash);
    await follower?.end({ kind: 'finished', folder: kept.folder });
    return { ...kept, ...found };
  } catch (error) {
    const stopped = error instanceof Interrupted;
    const refused = error instanceof FaultError && error.exitCode === ExitCode.machine;
    stays = (stopped || refused) && existsSync(join(partial, CHECKPOINT_FILE));
    await follower?.end({ kind: stopped ? 'killed' : 'failed' });
    throw error;
  } finally {
    // After the rename it is not there any more.
    if (!stays) await rm(partial, { recursive: true, force: true });
    await removeEmpty(experiment.folder, experiment.results);
  }
}

/** A run that is whole already, told from its files. */
async function publishSealed(partial: string, final: string, seed: number): Promise<SeedResult> {
  const { resultHash, engine, morphs, evaluation: metrics } = readRecord(partial) as RunRecord;
  const { detection, applications, pairs, threshold, baselines, ...evaluation } = JSON.parse(
    readFileSync(join(partial, EVALUATION_FILE), 'utf8'),
  ) as Evaluation & Pick<SeedResult, 'detection'> & Findings;
  const findings = { applications, pairs, threshold, baselines };
  const kept = await keep(partial, final, resultHash);
  await rm(partial, { recursive: true, force: true });
  return { ...kept, seed, resultHash, evaluation, metrics, engine, morphs: morphs.test, detection, findings };
}

type Opened = Extract<Workspace, { sealed: false }>;

async function compute(
  experiment: ExperimentContext,
  seed: number,
  stepsBefore: number,
  { folder: partial, checkpoint, journal }: Opened,
  lock: Lock,
) {
  try {
    try {
      const { model, facts: engine } = await makeModel(experiment, seed);
      try {
        experiment.onEngine(engine);
        const watch = createWatch(
          checkpoint === null
            ? undefined
            : { clock: checkpoint.state.clock, step: checkpoint.state.learning.position.step },
        );
        const context = {
          ...experiment,
          seed,
          stepsBefore,
          partial,
          journal,
          model,
          engine,
          watch,
          checkpoint,
          lock,
        };
        return await run(context);
      } finally {
        model.dispose();
      }
    } finally {
      journal.close();
    }
  } catch (error) {
    // The journal and the files beside it know their paths; what does not is about the folder.
    throw asFault(pathOf(error) ?? join(partial, JOURNAL_FILE), error);
  }
}

function pathOf(error: unknown): string | undefined {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}

async function makeModel({ prepared, plan, threads }: ExperimentContext, seed: number) {
  try {
    return await createModel(modelOptions(prepared.resolved.spec, plan, seed, threads));
  } catch (error) {
    throw asMemoryFault(error, plan.memory, plan.capacity);
  }
}

async function run(context: SeedContext) {
  const { prepared, seed, model, engine, journal, watch, reporter } = context;
  const { spec } = prepared.resolved;
  if (context.checkpoint === null)
    journal.append({
      type: 'begin',
      experiment: spec.name,
      specHash: prepared.specHash,
      seed,
      epochs: spec.training.epochs,
      stepsPerEpoch: stepsPerEpoch(prepared.split.train.length, spec.training.batch),
    });
  const learnt = await watch.time('learning', () => learn(context));
  const { tested } = learnt;
  const { evaluation, predicted, predictions } = tested;
  const hash = resultHash({
    parameters: model.parameters,
    labels: predicted.labels,
    predicted: predictions,
    probabilities: predicted.probabilities,
    matrix: evaluation.matrix,
  });
  const assessed = await assess(context, tested);
  const { epoch, step } = learnt.kept;
  journal.append({
    type: 'assessment',
    epoch,
    step,
    metrics: { ...findingMetrics(assessed.findings), ...morphMetrics(tested.morphs) },
  });
  reporter.status(() => 'writing …');
  const attention = await watch.time('writing', () => writeEvidence(context, tested, assessed));
  reporter.clear();
  journal.append({ type: 'end', resultHash: hash });
  journal.close();
  const metrics = metricsOf(evaluation);
  const record = runRecord({
    ...context,
    resultHash: hash,
    learnt,
    morphs: { training: learnt.morphs, test: tested.morphs },
    attention,
    metrics,
  });
  await writeWhole(join(context.partial, RUN_FILE), toJson(record));
  return {
    seed,
    resultHash: hash,
    evaluation,
    metrics,
    engine,
    morphs: tested.morphs,
    detection: tested.detection,
    findings: assessed.findings,
  };
}
