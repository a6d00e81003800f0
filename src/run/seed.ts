/** One run: a spec with a seed, from the first weights to the evidence on the disk. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MorphCounts } from '../anomaly/index.ts';
import type { Detection, Evaluation } from '../evaluation/index.ts';
import { createModel, type EngineFacts } from '../network/index.ts';
import { illustrate } from '../report/index.ts';
import { createJournal, followIfConfigured, JOURNAL_FILE } from '../tracking/index.ts';
import { stepsPerEpoch } from '../training/index.ts';
import { createWatch, type ExperimentContext, type SeedContext } from './context.ts';
import { toJson, writeEvidence } from './evidence.ts';
import { type Kept, keep, RUN_FILE } from './finished.ts';
import { asFault, makeFolder, removeEmpty, writeWhole } from './folder.ts';
import { resultHash } from './hash.ts';
import { Interrupted } from './interrupt.ts';
import { learn } from './learn.ts';
import { asMemoryFault } from './memory.ts';
import { modelOptions } from './plan.ts';
import { runRecord, selfContained } from './record.ts';
import { type Metrics, metricsOf } from './summary.ts';

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
}

/**
 * Trains, tests and writes one run. Its folder appears when everything is in it; when anything fails, nothing does.
 *
 * @param stepsBefore training steps of earlier seeds, for the pace
 * @throws FaultError when it diverges or the machine refuses; Interrupted
 */
export async function runSeed(
  experiment: ExperimentContext,
  seed: number,
  stepsBefore: number,
): Promise<SeedResult> {
  const final = join(experiment.folder, String(seed));
  const partial = `${final}.partial-${process.pid}`;
  const release = experiment.interruption.guard(partial);
  const { reporter, prepared } = experiment;
  // Live in MLflow where a server is configured; it neither throws nor makes the run wait.
  const follower = followIfConfigured({
    folder: partial,
    final,
    spec: selfContained(prepared.resolved),
    illustrate,
    say: reporter.line,
  });
  try {
    await makeFolder(partial);
    const found = await compute(experiment, seed, stepsBefore, partial);
    const kept = await keep(partial, final, found.resultHash);
    await follower?.end({ kind: 'finished', folder: kept.folder });
    return { ...kept, ...found };
  } catch (error) {
    await follower?.end({ kind: error instanceof Interrupted ? 'killed' : 'failed' });
    throw error;
  } finally {
    // After the rename it is not there any more.
    await rm(partial, { recursive: true, force: true });
    await removeEmpty(experiment.folder, experiment.results);
    release();
  }
}

async function compute(experiment: ExperimentContext, seed: number, stepsBefore: number, partial: string) {
  const path = join(partial, JOURNAL_FILE);
  try {
    const journal = createJournal(path);
    try {
      const { model, facts } = await makeModel(experiment, seed);
      try {
        experiment.onEngine(facts);
        const watch = createWatch();
        return await run({ ...experiment, seed, stepsBefore, partial, journal, model, engine: facts, watch });
      } finally {
        model.dispose();
      }
    } finally {
      journal.close();
    }
  } catch (error) {
    // The journal and the files beside it know their paths; what does not is about the folder.
    throw asFault(pathOf(error) ?? path, error);
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
  reporter.status(() => 'writing …');
  const attention = await watch.time('writing', () => writeEvidence(context, tested));
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
  };
}
