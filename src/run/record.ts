/** Fills the record of a run, run.json, from what the run knows. */
import { resolve } from 'node:path';
import type { MorphCounts } from '../anomaly/index.ts';
import type { Part, Prepared } from '../data/index.ts';
import {
  type Evaluation,
  intervalsOf,
  type Metrics,
  type Novelty,
  noveltyIntervals,
} from '../evaluation/index.ts';
import type { EngineFacts } from '../network/index.ts';
import { type CodeFacts, machineFacts, type RunRecord } from '../results/index.ts';
import type { ExperimentSpec, ResolvedDataset, ResolvedSpec } from '../spec/index.ts';
import type { Stopwatch } from './context.ts';
import type { Learnt } from './learn.ts';
import type { Plan } from './plan.ts';

interface RecordInput {
  readonly prepared: Prepared;
  readonly plan: Plan;
  readonly code: CodeFacts;
  readonly engine: EngineFacts;
  readonly seed: number;
  readonly resultHash: string;
  readonly learnt: Pick<Learnt, 'last' | 'kept' | 'validated'>;
  readonly morphs: { readonly training: MorphCounts; readonly test: MorphCounts };
  /** Sessions written with their attention. */
  readonly attention: number;
  readonly evaluation: Evaluation;
  readonly novelty: Novelty | null;
  /** Of the evaluation and of what presentations tell. */
  readonly metrics: Metrics;
  readonly stopwatch: Stopwatch;
}

/** All but the seal. */
export function runRecord(input: RecordInput): Omit<RunRecord, 'files' | 'seal'> {
  const { prepared, plan, stopwatch } = input;
  const { last, kept, validated } = input.learnt;
  const { resolved, specHash, account, split, sessions, synthetic, overlap, warnings } = prepared;
  const { headerLengths: _, warnings: __, ...data } = account;
  return {
    format: 2,
    experiment: resolved.spec.name,
    ...(resolved.sweep === undefined ? {} : { sweep: resolved.sweep }),
    specHash,
    seed: input.seed,
    resultHash: input.resultHash,
    code: input.code,
    machine: machineFacts(),
    engine: input.engine,
    // A run hashes all that it reads.
    data: { synthetic, ...data, files: data.files as RunRecord['data']['files'], warnings },
    sessions: {
      all: sessions.count,
      training: split.train.length,
      validation: split.validation.length,
      test: split.test.length,
      watched: prepared.watched.test.length,
      overlap,
      leftOut: prepared.leftOut,
      onBothSides: prepared.onBothSides,
      contaminated: prepared.contaminated,
      defects: prepared.defects,
    },
    labels: prepared.parts.flatMap((parts) => parts.flatMap(labelsOf)),
    network: { parameters: plan.parameters, memory: plan.memory },
    training: {
      epochs: last.epoch,
      steps: last.step,
      loss: last.loss,
      accuracy: last.correct / last.sessions,
      keptEpoch: kept.epoch,
      validation: validated,
    },
    morphs: input.morphs,
    attention: input.attention,
    evaluation: input.metrics,
    intervals: { ...intervalsOf(input.evaluation), ...noveltyIntervals(input.novelty) },
    started: stopwatch.started.toISOString(),
    finished: new Date().toISOString(),
    continued: stopwatch.continued,
    durations: durationsOf(prepared, stopwatch),
  };
}

/** How the sessions of a part came by their labels; nothing where labels are not used. */
function labelsOf({ dataset, day, labels }: Part) {
  if (labels === null) return [];
  const { counts, offset, estimate, account, names, meanings, unmatched } = labels;
  const means = Object.fromEntries(names.map((name, i) => [name, meanings[i]!]));
  return [{ dataset, day, ...counts, offset, estimate, account, means, unmatched }];
}

/** Whole milliseconds. Tests happen in the midst of learning. */
function durationsOf({ milliseconds }: Prepared, { durations }: Stopwatch) {
  const {
    learning = 0,
    validation = 0,
    test = 0,
    assessment = 0,
    attention = 0,
    audit = 0,
    writing = 0,
  } = durations;
  const training = learning - validation - test;
  // Attention is judged in the midst of the assessment.
  const judged = assessment - attention;
  const spent = {
    reading: milliseconds,
    training,
    validation,
    test,
    assessment: judged,
    attention,
    audit,
    writing,
  };
  return Object.fromEntries(Object.entries(spent).map(([name, ms]) => [name, Math.round(ms)]));
}

/**
 * The spec with all defaults and its data sets spelt out, so that it can be run from where the results are: captures by
 * their absolute paths, a synthetic one by its recipe. One with days and labels keeps the name of its manifest.
 */
export function selfContained({ spec, dataset, testDataset }: ResolvedSpec): ExperimentSpec {
  const { $schema: _, extends: __, sweep: ___, slurm: ____, tracking: ______, test: tested, ...rest } = spec;
  const test = testDataset === null ? {} : { test: { ...tested, dataset: speltOut(testDataset) } };
  return { ...rest, dataset: speltOut(dataset), ...test };
}

function speltOut(dataset: ResolvedDataset): ExperimentSpec['dataset'] {
  if (dataset.kind === 'synthetic') return { synthetic: dataset.recipe };
  const { captures, base, source, labels, manifest } = dataset;
  if (manifest !== undefined) return manifest.name;
  const absolute = (paths: readonly string[]) => paths.map((path) => resolve(base, path));
  return {
    captures: absolute(captures),
    ...(source === undefined ? {} : { source }),
    ...(labels === undefined ? {} : { labels: { ...labels, files: absolute(labels.files) } }),
  };
}
