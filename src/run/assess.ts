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
  asProbabilities,
  createPresenter,
  type EpochEvent,
  type Predicted,
  type PresentedSessions,
  predict,
  type Validated,
} from '../training/index.ts';
import type { RunContext } from './context.ts';
import { decoderFindings, decoderRows, type Judged, judgeByDecoder, latentOf } from './decoder.ts';
import type { HeldOut, PresentedSide } from './held-out.ts';
import { modelOptions } from './plan.ts';

/** A model that was tested. */
export interface Tested extends PresentedSide {
  readonly predicted: Predicted;
  /** By the decoder, where it took the place of the classifier. */
  readonly judged: Judged | null;
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
  const { journal, stopwatch } = context;
  const progress = working(context, 'validating');
  const validated = await stopwatch.time('validation', async () => {
    const held = await heldOut.validation();
    if (held === null) return null;
    const { presented } = held;
    const { predicted, judged } = await classify(context, heldOut, presented, progress);
    const { accuracy, ranking } = evaluate({ ...predicted, classes: presented.classes });
    const loss = judged === null ? ranking!.logLoss.value! : judged.usual.nats;
    return { loss, accuracy: accuracy.value! };
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
  const { observe, ofSeed, interruption, journal, stopwatch } = context;
  return stopwatch.time('test', async () => {
    const side = await heldOut.test();
    const { presented } = side;
    const { clusterings } = side.origins;
    const sessions = presented.sessions.length;
    const progress = (done: number) => {
      interruption.check();
      observe({ kind: 'testing', ofSeed, done, sessions });
    };
    const { predicted, judged } = await classify(context, heldOut, presented, progress);
    const { classes, kindNames } = presented;
    const predictions = mostProbable(predicted.probabilities, classes.length);
    const evaluation = evaluate({ ...predicted, classes, clusterings });
    if (!noted) journal.append({ type: 'test', epoch, step, metrics: metricsOf(evaluation) });
    const detection = detectionByKind(predicted.kinds, predictions, kindNames, clusterings);
    return { ...side, predicted, judged, predictions, evaluation, detection };
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
  /** What its attention shows; null where no classifier was trained. */
  readonly card: AttentionCard | null;
}

/**
 * Assesses a tested model. Nothing of it enters the result hash.
 *
 * @throws Interrupted
 */
export async function assess(context: RunContext, heldOut: HeldOut, tested: Tested): Promise<Assessed> {
  const { prepared, plan, seed, stopwatch } = context;
  const { split, resolved } = prepared;
  const { presented, verdicts, surprises, origins, predicted, predictions } = tested;
  const { clusterings } = origins;
  return stopwatch.time('assessment', async () => {
    const before = await predictValidation(context, heldOut);
    const judged =
      verdicts === null || surprises === null
        ? null
        : await runBaselines({
            present: plan.present,
            train: split.train,
            test: presented,
            verdicts,
            surprises,
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
    const byDecoder = await decodeTest(context, heldOut, tested);
    const rows = [...(judged?.test.baselines ?? []), ...(byDecoder?.rows ?? [])];
    const findings = {
      ...groupsOf(predicted.labels, predictions, origins),
      threshold: threshold === null ? null : applyThreshold(threshold, table, kinds, kindNames),
      atFalsePositiveRate: known === null ? null : fixedRates(operatingPoints(table), known, table),
      ...baselineFindings(
        rows.length === 0 ? null : { test: { baselines: rows, kinds }, kinds: kindNames },
        judged?.validation == null ? null : { test: judged.validation, kinds: validation!.kinds },
        { called: predictions, clusterings },
      ),
      alarms,
      ...(byDecoder === null ? {} : { decoder: byDecoder.findings }),
    };
    // Where a decoder took the place of the classifier, there is nothing that its attention could have been for.
    const card = tested.judged === null ? await cardOf(context, tested) : null;
    return { findings, baselines: rows, validation, card };
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
  const { presented, verdicts, surprises, origins } = held;
  const progress = working(context, 'choosing a threshold');
  const { predicted } = await classify(context, heldOut, presented, progress);
  const table = {
    test: presented.sessions,
    kinds: presented.kindNames,
    predicted,
    predictions: mostProbable(predicted.probabilities, presented.classes.length),
    origins,
  };
  return {
    table,
    judgeable: verdicts === null || surprises === null ? null : { presented, verdicts, surprises },
  };
}

/** By the classifier; where there is none to be trained, by the decoder. */
async function classify(
  context: RunContext,
  heldOut: HeldOut,
  presented: PresentedSessions,
  progress: (done: number) => void,
): Promise<{ readonly predicted: Predicted; readonly judged: Judged | null }> {
  const { model, prepared } = context;
  if (prepared.resolved.spec.task !== 'generate')
    return { predicted: await predict({ model, presented, progress }), judged: null };
  const judged = await judgeByDecoder(context, heldOut, presented, () => progress(0));
  if (judged === null) throw new Error('the task "generate" without a decoder');
  const { labels, kinds } = presented;
  const probabilities = asProbabilities(judged.decoded, judged.usual);
  return { predicted: { labels, kinds, probabilities }, judged };
}

/** What the decoder says of the test sessions, with rows beside the baselines unless it is the network; null without one. */
async function decodeTest(context: RunContext, heldOut: HeldOut, tested: Tested) {
  const { presented, predictions } = tested;
  const progress = working(context, 'decoding');
  const judged = tested.judged ?? (await judgeByDecoder(context, heldOut, presented, progress));
  if (judged === null) return null;
  const latent = await latentOf(context, heldOut, progress);
  return {
    rows: tested.judged === null ? decoderRows(judged, predictions) : [],
    findings: decoderFindings(judged, presented.kinds, presented.kindNames, latent),
  };
}

/** Hears a stop that was asked for, and tells what goes on. */
function working({ interruption, observe, ofSeed }: RunContext, on: string): () => void {
  return () => {
    interruption.check();
    observe({ kind: 'working', ofSeed, on });
  };
}
