/** One run: a spec with a seed, from the first weights to the evidence on the disk. */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MorphCounts } from '../anomaly/index.ts';
import { type AttentionCard, cardMetrics } from '../attention/index.ts';
import { type Audit, auditMetrics } from '../audit/index.ts';
import { checkHeld, type Lock, removeEmpty, writeFault, writeWhole } from '../disk/index.ts';
import {
  type Detection,
  type Evaluation,
  type EvaluationRecord,
  type Findings,
  findingMetrics,
  type Metrics,
  metricsOf,
  morphMetrics,
  noveltyMetrics,
  noveltyOf,
  type PresentationRecord,
  presentationMetrics,
  transferMetrics,
  transfersOf,
} from '../evaluation/index.ts';
import { ExitCode, FaultError, Interrupted } from '../fault/index.ts';
import { createModel, type EngineFacts, type Model } from '../network/index.ts';
import {
  CHECKPOINT_FILE,
  hashFiles,
  JOURNAL_FILE,
  type Journal,
  type Kept,
  keep,
  RUN_FILE,
  type RunRecord,
  readAudit,
  readCard,
  readEvaluation,
  readPresentations,
  readRecord,
  resultHash,
  withSeal,
} from '../results/index.ts';
import { createPace } from '../text/index.ts';
import { stepsPerEpoch } from '../training/index.ts';
import { assess } from './assess.ts';
import { auditOf } from './audit.ts';
import { stepsOf } from './cell.ts';
import { type CellContext, createStopwatch, identityOf, type RunContext } from './context.ts';
import { toJson, writeEvidence } from './evidence.ts';
import { createHeldOut } from './held-out.ts';
import { learn } from './learn.ts';
import { asMemoryFault } from './memory.ts';
import { modelOptions } from './plan.ts';
import { presentAgain } from './presentations.ts';
import { runRecord, selfContained } from './record.ts';
import { openWorkspace } from './workspace.ts';

/** What a run found. */
interface Found {
  readonly seed: number;
  readonly resultHash: string;
  readonly evaluation: Evaluation;
  readonly metrics: Metrics;
  readonly engine: EngineFacts;
  /** Of the test sessions. */
  readonly morphs: MorphCounts;
  readonly detection: readonly Detection[];
  readonly findings: Findings;
  /** Of the same test sessions, where the spec has some. */
  readonly presentations: readonly PresentationRecord[];
  /** What its attention shows; null of a run of older code. */
  readonly card: AttentionCard | null;
  /** What stands against its score; null of a run of older code. */
  readonly audit: Audit | null;
}

/** A run that ended well, and what became of it in its place. */
export interface RunResult extends Found, Kept {}

/**
 * Trains, tests and writes one run, from its last checkpoint on where there is one. Its folder appears when everything is
 * in it. What it was stopped in stays to be gone on with; when it fails otherwise, nothing stays.
 *
 * @param lock of this run
 * @param stepsAfter training steps of the runs that come after it, for the time that is left
 * @throws FaultError when it diverges or the machine refuses; Interrupted
 */
export async function runOnce(
  cell: CellContext,
  seed: number,
  lock: Lock,
  stepsAfter = 0,
): Promise<RunResult> {
  const final = join(cell.folder, String(seed));
  const workspace = await openWorkspace(final, identityOf(cell, seed), cell.observe);
  const { folder: partial } = workspace;
  if (workspace.sealed) return publishSealed(partial, final, seed);
  const { journal, checkpoint } = workspace;
  const begun = {
    ...cell,
    seed,
    ofSeed: cell.prepared.resolved.spec.seeds.length > 1 ? seed : null,
    pace: createPace(stepsOf(cell) + stepsAfter),
    partial,
    journal,
    stopwatch: createStopwatch(checkpoint),
    checkpoint,
    lock,
  };
  return withWorkspace(cell, partial, () =>
    withFollower(cell, { folder: partial, final }, async () => {
      const found = await withJournal(journal, partial, () =>
        withModel(cell, seed, (model, engine) => compute({ ...begun, model, engine })),
      );
      checkHeld(lock, final);
      await rm(join(partial, CHECKPOINT_FILE), { force: true });
      return { ...(await keep(partial, final, found.resultHash)), ...found };
    }),
  );
}

/** Removes what is left of a run, but for what can be gone on with. */
async function withWorkspace<T>(cell: CellContext, partial: string, work: () => Promise<T>): Promise<T> {
  let stays = false;
  try {
    return await work();
  } catch (error) {
    const stopped = error instanceof Interrupted;
    const refused = error instanceof FaultError && error.exitCode === ExitCode.machine;
    stays = (stopped || refused) && existsSync(join(partial, CHECKPOINT_FILE));
    throw error;
  } finally {
    // After the rename it is not there any more.
    if (!stays) await rm(partial, { recursive: true, force: true });
    await removeEmpty(cell.folder, cell.results);
  }
}

/** Has whoever wants to follow the run, and tells them how it ended. */
async function withFollower(
  { prepared: { resolved }, follow }: CellContext,
  folders: { readonly folder: string; readonly final: string },
  work: () => Promise<RunResult>,
): Promise<RunResult> {
  const { spec, sweep = null } = resolved;
  const follower = follow?.({
    ...folders,
    spec: selfContained(resolved),
    sweep,
    tracking: spec.tracking,
  });
  try {
    const run = await work();
    await follower?.end({ kind: 'finished', folder: run.folder });
    return run;
  } catch (error) {
    await follower?.end({ kind: error instanceof Interrupted ? 'killed' : 'failed' });
    throw error;
  }
}

/** Closes the journal. What the system refuses becomes a fault: files know their paths, what does not is about the folder. */
async function withJournal<T>(journal: Journal, partial: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const path =
      error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : null;
    throw writeFault(path ?? join(partial, JOURNAL_FILE), error);
  } finally {
    journal.close();
  }
}

/** Makes the model, and gives its memory back. */
async function withModel<T>(
  { prepared, plan, threads, observe }: CellContext,
  seed: number,
  work: (model: Model, engine: EngineFacts) => Promise<T>,
): Promise<T> {
  const options = modelOptions(prepared.resolved.spec, plan, seed, threads);
  const { model, facts } = await createModel(options).catch((error: unknown) => {
    throw asMemoryFault(error, plan.memory, plan.capacity);
  });
  try {
    observe({ kind: 'engine', facts });
    return await work(model, facts);
  } finally {
    model.dispose();
  }
}

/** A run that is whole already, told from its files. */
async function publishSealed(partial: string, final: string, seed: number): Promise<RunResult> {
  const { resultHash: hash, engine, morphs, evaluation: metrics } = readRecord(partial) as RunRecord;
  const {
    detection,
    applications,
    pairs,
    threshold,
    atFalsePositiveRate = null,
    baselines,
    best = null,
    alarms = null,
    decoder,
    ...evaluation
  } = readEvaluation(partial) as EvaluationRecord;
  const decoded = decoder === undefined ? {} : { decoder };
  const findings = {
    applications,
    pairs,
    threshold,
    atFalsePositiveRate,
    baselines,
    best,
    alarms,
    ...decoded,
  };
  const presentations = readPresentations(partial);
  const card = readCard(partial);
  const audit = readAudit(partial);
  const kept = await keep(partial, final, hash);
  await rm(partial, { recursive: true, force: true });
  return {
    ...kept,
    seed,
    resultHash: hash,
    evaluation,
    metrics,
    engine,
    morphs: morphs.test,
    detection,
    findings,
    presentations,
    card,
    audit,
  };
}

/** Learns, assesses, and writes all files of the run. */
async function compute(context: RunContext): Promise<Found> {
  const { prepared, seed, model, engine, journal, stopwatch } = context;
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
  const heldOut = createHeldOut(context);
  const learnt = await stopwatch.time('learning', () => learn(context, heldOut));
  const { tested } = learnt;
  const { evaluation, predicted, predictions, detection } = tested;
  const morphs = tested.presented.counts;
  const assessed = await assess(context, heldOut, tested);
  const { findings, card } = assessed;
  const novelty = noveltyOf(findings);
  const presented = await stopwatch.time('assessment', () => presentAgain(context, tested, assessed));
  const presentations = presented.records;
  const audit = await auditOf(context, tested, assessed, presentations);
  const presentedMetrics = {
    ...presentationMetrics(detection, presentations),
    ...transferMetrics(transfersOf(evaluation, findings, presentations)),
  };
  const hash = resultHash({
    parameters: model.parameters,
    labels: predicted.labels,
    predicted: predictions,
    probabilities: predicted.probabilities,
    matrix: evaluation.matrix,
    presentations: presented.results,
  });
  const { epoch, step } = learnt.kept;
  journal.append({
    type: 'assessment',
    epoch,
    step,
    metrics: {
      ...findingMetrics(findings),
      ...noveltyMetrics(novelty),
      ...morphMetrics(morphs),
      ...(card === null ? {} : cardMetrics(card)),
      ...auditMetrics(audit),
      ...presentedMetrics,
    },
  });
  context.observe({ kind: 'working', ofSeed: context.ofSeed, on: 'writing …' });
  const attention = await stopwatch.time('writing', () => writeEvidence(context, tested, assessed, audit));
  journal.append({ type: 'end', resultHash: hash });
  journal.close();
  const metrics = { ...metricsOf(evaluation), ...noveltyMetrics(novelty), ...presentedMetrics };
  const record = runRecord({
    ...context,
    resultHash: hash,
    learnt,
    morphs: { training: learnt.morphs, test: morphs },
    attention,
    evaluation,
    novelty,
    metrics,
  });
  const sealed = withSeal(record, await hashFiles(context.partial));
  await writeWhole(join(context.partial, RUN_FILE), toJson(sealed));
  return {
    ...{ seed, resultHash: hash, evaluation, metrics, engine, morphs, detection, findings },
    ...{ presentations, card, audit },
  };
}
