/** What is said of a model: its validation after an epoch, its test, and what is found beside that once it is trained. */
import { type AttentionCard, makeCard } from '../attention/index.ts';
import {
  type BaselineRun,
  type BaselineScores,
  baselineTable,
  chooseBest,
  type NetworkCalls,
  runBaselines,
} from '../baseline/index.ts';
import {
  alarmsOf,
  applyThreshold,
  calledBy,
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
import { seedFor } from '../spec/index.ts';
import {
  createPresenter,
  type EpochEvent,
  type Predicted,
  predict,
  type Validated,
} from '../training/index.ts';
import type { RunContext } from './context.ts';
import type { HeldOut, PresentedSide } from './held-out.ts';
import { modelOptions } from './plan.ts';

/** A model that was tested. */
export interface Tested extends PresentedSide {
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
    const held = await heldOut.validation();
    if (held === null) return null;
    const { presented } = held;
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
  const { observe, ofSeed, interruption, model, journal, stopwatch } = context;
  return stopwatch.time('test', async () => {
    const side = await heldOut.test();
    const { presented } = side;
    const { clusterings } = side.origins;
    const sessions = presented.sessions.length;
    const progress = (done: number) => {
      interruption.check();
      observe({ kind: 'testing', ofSeed, done, sessions });
    };
    const predicted = await predict({ model, presented, progress });
    const { classes, kindNames } = presented;
    const predictions = mostProbable(predicted.probabilities, classes.length);
    const evaluation = evaluate({ ...predicted, classes, clusterings });
    if (!noted) journal.append({ type: 'test', epoch, step, metrics: metricsOf(evaluation) });
    const detection = detectionByKind(predicted.kinds, predictions, kindNames, clusterings);
    return { ...side, predicted, predictions, evaluation, detection };
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
  const { split, resolved } = prepared;
  const { presented, verdicts, origins, predicted, predictions } = tested;
  const { clusterings } = origins;
  return stopwatch.time('assessment', async () => {
    const before = await predictValidation(context, heldOut);
    const judged =
      verdicts === null
        ? null
        : await runBaselines({
            present: plan.present,
            train: split.train,
            test: presented,
            verdicts,
            validation: before?.judgeable ?? null,
            seed: seedFor(resolved.spec, 'training-morphs', seed),
            progress: (what) => working(context, what)(),
          });
    const validation =
      before === null ? null : { ...before.table, baselines: judged?.validation?.baselines ?? [] };
    const table = { ...predicted, classes: plan.classes, clusterings };
    const rule = resolved.spec.evaluation.threshold ?? 'f1';
    const known = validation === null ? null : operatingPoints({ ...table, ...validation.predicted });
    const threshold = known === null ? null : chooseThreshold(known, rule);
    const { kindNames, kinds } = presented;
    const alarms = alarmsOf({
      ...origins,
      labels: predicted.labels,
      called: threshold === null ? predictions : calledBy(threshold, table),
      normalProbability: threshold?.normalProbability ?? null,
      sessions: presented.sessions,
      labelled: prepared.truth !== null,
    });
    const findings = {
      ...groupsOf(predicted.labels, predictions, origins),
      threshold: threshold === null ? null : applyThreshold(threshold, table, kinds, kindNames),
      atFalsePositiveRate: known === null ? null : fixedRates(operatingPoints(table), known, table),
      ...baselineFindings(
        judged === null ? null : { test: judged.test, kinds: kindNames },
        judged?.validation == null ? null : { test: judged.validation, kinds: validation!.kinds },
        { called: predictions, clusterings },
      ),
      alarms,
    };
    return {
      findings,
      baselines: judged?.test.baselines ?? [],
      validation,
      card: await cardOf(context, tested),
    };
  });
}

/** What the attention of the model shows in all test sessions. */
async function cardOf(
  context: RunContext,
  { presented, predictions, origins }: Tested,
): Promise<AttentionCard> {
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
        clusterings: origins.clusterings,
        working: (on) => working(context, on)(),
      },
      { model, presenter: createPresenter(plan.presentTest), presented, progress },
    ),
  );
}

/** The tables of baselines on test sessions, and what is chosen among them on validation sessions. */
export function baselineFindings(
  test: { readonly test: BaselineRun; readonly kinds: readonly string[] } | null,
  validation: { readonly test: BaselineRun; readonly kinds: readonly string[] } | null,
  network: NetworkCalls,
): Pick<Findings, 'baselines' | 'best'> {
  if (test === null) return { baselines: null, best: null };
  const baselines = baselineTable(test.test, test.kinds, network);
  // Nobody asks here how the network differs from a baseline.
  const before =
    validation === null
      ? null
      : baselineTable(validation.test, validation.kinds, {
          called: new Uint8Array(validation.test.kinds.length),
        });
  return { baselines, best: chooseBest(baselines, before) };
}

/** The validation sessions as the model is now: the weights may be those of an earlier epoch than the last. */
async function predictValidation(context: RunContext, heldOut: HeldOut) {
  const held = await heldOut.validation();
  if (held === null) return null;
  const { presented, verdicts, origins } = held;
  const progress = working(context, 'choosing a threshold');
  const predicted = await predict({ model: context.model, presented, progress });
  const table = {
    test: presented.sessions,
    kinds: presented.kindNames,
    predicted,
    predictions: mostProbable(predicted.probabilities, presented.classes.length),
    origins,
  };
  return { table, judgeable: verdicts === null ? null : { presented, verdicts } };
}

/** Hears a stop that was asked for, and tells what goes on. */
function working({ interruption, observe, ofSeed }: RunContext, on: string): () => void {
  return () => {
    interruption.check();
    observe({ kind: 'working', ofSeed, on });
  };
}
