/** What is said of a model: its validation after an epoch, its test, and what is found beside that once it is trained. */
import { type AttentionCard, hostClusterings, makeCard } from '../attention/index.ts';
import { type BaselineScores, baselineTable, runBaselines } from '../baseline/index.ts';
import { type Origins, originsOf } from '../data/index.ts';
import {
  applyThreshold,
  chooseThreshold,
  type Detection,
  detectionByKind,
  type Evaluation,
  evaluate,
  type Findings,
  fixedRates,
  groupsOf,
  metricsOf,
  mostProbable,
  operatingPoints,
} from '../evaluation/index.ts';
import type { PredictionTable } from '../results/index.ts';
import {
  createPresenter,
  type EpochEvent,
  type Predicted,
  predict,
  type Validated,
} from '../training/index.ts';
import type { RunContext } from './context.ts';
import type { HeldOut, PresentedTest } from './held-out.ts';
import { modelOptions } from './plan.ts';

/** A model that was tested. */
export interface Tested extends PresentedTest {
  readonly predicted: Predicted;
  /** [N]: predicted classes. */
  readonly predictions: Uint8Array;
  readonly evaluation: Evaluation;
  /** How many sessions of each kind were called anomalous; `normal` first. */
  readonly detection: readonly Detection[];
}

/**
 * Classifies the validation sessions as the model is after an epoch; null without any.
 *
 * @throws FaultError when a probability is no number; Interrupted between two batches
 */
export async function validateModel(
  context: RunContext,
  heldOut: HeldOut,
  { epoch, step }: EpochEvent,
): Promise<Validated | null> {
  const { model, journal, stopwatch } = context;
  const progress = working(context, 'validating');
  const validated = await stopwatch.time('validation', async () => {
    const presented = await heldOut.validation();
    if (presented === null) return null;
    const predicted = await predict({ model, presented, progress });
    const { accuracy, ranking } = evaluate({ ...predicted, classes: presented.classes });
    return { loss: ranking!.logLoss.value!, accuracy: accuracy.value! };
  });
  if (validated !== null) journal.append({ type: 'validation', epoch, step, ...validated });
  return validated;
}

/**
 * Tests the model as it is after an epoch.
 *
 * @param noted it was done before and is in the journal
 * @throws FaultError when a probability is no number; Interrupted between two batches
 */
export async function testModel(
  context: RunContext,
  heldOut: HeldOut,
  { epoch, step }: EpochEvent,
  noted = false,
): Promise<Tested> {
  const { prepared, observe, ofSeed, interruption, model, journal, stopwatch } = context;
  const sessions = prepared.split.test.length;
  const progress = (done: number) => {
    interruption.check();
    observe({ kind: 'testing', ofSeed, done, sessions });
  };
  return stopwatch.time('test', async () => {
    const { presented, verdicts } = await heldOut.test();
    const predicted = await predict({ model, presented, progress });
    const { classes, kindNames } = presented;
    const predictions = mostProbable(predicted.probabilities, classes.length);
    const evaluation = evaluate({ ...predicted, classes });
    if (!noted) journal.append({ type: 'test', epoch, step, metrics: metricsOf(evaluation) });
    const detection = detectionByKind(predicted.kinds, predictions, kindNames);
    return { presented, verdicts, predicted, predictions, evaluation, detection };
  });
}

/** The columns of the validation sessions in which they differ from the test sessions. */
type ValidationTable = Pick<
  PredictionTable,
  'test' | 'kinds' | 'predicted' | 'predictions' | 'origins' | 'baselines'
>;

/** Findings with what they come from, session by session. */
export interface Assessed {
  readonly findings: Findings;
  readonly origins: Origins;
  /** What the baselines made of every test session; none where the spec wants none. */
  readonly baselines: readonly BaselineScores[];
  /** What the network made of every validation session; null without any. */
  readonly validation: ValidationTable | null;
  /** What its attention shows. */
  readonly card: AttentionCard;
}

/**
 * Assesses a tested model. Nothing of it enters the result hash.
 *
 * @throws Interrupted
 */
export async function assess(context: RunContext, heldOut: HeldOut, tested: Tested): Promise<Assessed> {
  const { prepared, plan, seed, stopwatch } = context;
  const { sessions, split, resolved } = prepared;
  const { presented, verdicts, predicted, predictions } = tested;
  const contacts = prepared.contacts.trained;
  return stopwatch.time('assessment', async () => {
    const validation = await predictValidation(context, heldOut);
    const judged =
      verdicts === null
        ? null
        : await runBaselines({
            present: plan.present,
            train: split.train,
            test: presented,
            verdicts,
            seed,
            progress: (what) => working(context, what)(),
          });
    const origins = originsOf(sessions, split.test, contacts);
    const table = { ...predicted, classes: plan.classes };
    const rule = resolved.spec.evaluation.threshold ?? 'f1';
    const known = validation === null ? null : operatingPoints({ ...table, ...validation.predicted });
    const threshold = known === null ? null : chooseThreshold(known, rule);
    const { kindNames, kinds } = presented;
    const findings = {
      ...groupsOf(predicted.labels, predictions, origins),
      threshold: threshold === null ? null : applyThreshold(threshold, table, kinds, kindNames),
      atFalsePositiveRate: known === null ? null : fixedRates(operatingPoints(table), known),
      baselines: judged === null ? null : baselineTable(judged, kindNames),
    };
    return {
      findings,
      origins,
      baselines: judged?.baselines ?? [],
      validation,
      card: await cardOf(context, tested),
    };
  });
}

/** What the attention of the model shows in all test sessions. */
async function cardOf(context: RunContext, { presented, predictions }: Tested): Promise<AttentionCard> {
  const { prepared, plan, model, seed, threads, stopwatch } = context;
  const { spec } = prepared.resolved;
  const progress = working(context, 'holding attention against the edits …');
  return stopwatch.time('attention', () =>
    makeCard(
      {
        options: modelOptions(spec, plan, seed, threads),
        parameters: model.parameters,
        presented,
        predictions,
        clusterings: hostClusterings(prepared.sessions, presented.sessions),
        working: (on) => working(context, on)(),
      },
      {
        model,
        presenter: createPresenter(plan.presentTest),
        sessions: presented.sessions,
        seed,
        progress,
      },
    ),
  );
}

/** The validation sessions as the model is now: the weights may be those of an earlier epoch than the last. */
async function predictValidation(context: RunContext, heldOut: HeldOut): Promise<ValidationTable | null> {
  const { prepared, model } = context;
  const presented = await heldOut.validation();
  if (presented === null) return null;
  const progress = working(context, 'choosing a threshold');
  const predicted = await predict({ model, presented, progress });
  return {
    test: presented.sessions,
    kinds: presented.kindNames,
    predicted,
    predictions: mostProbable(predicted.probabilities, presented.classes.length),
    origins: originsOf(prepared.sessions, presented.sessions, prepared.contacts.trained),
    baselines: [],
  };
}

/** Hears a stop that was asked for, and tells what goes on. */
function working({ interruption, observe, ofSeed }: RunContext, on: string): () => void {
  return () => {
    interruption.check();
    observe({ kind: 'working', ofSeed, on });
  };
}
