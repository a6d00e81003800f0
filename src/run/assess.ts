/** What is said of a model: its validation after an epoch, its test, and what is found beside that once it is trained. */
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
  asProbabilities,
  type EpochEvent,
  type Predicted,
  type PresentedSessions,
  predict,
  type Validated,
} from '../training/index.ts';
import type { RunContext } from './context.ts';
import { decoderFindings, decoderRows, type Judged, judgeByDecoder, latentOf } from './decoder.ts';
import type { HeldOut, PresentedTest } from './held-out.ts';

/** A model that was tested. */
export interface Tested extends PresentedTest {
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
    const presented = await heldOut.validation();
    if (presented === null) return null;
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
  const { prepared, observe, ofSeed, interruption, journal, stopwatch } = context;
  const sessions = prepared.split.test.length;
  const progress = (done: number) => {
    interruption.check();
    observe({ kind: 'testing', ofSeed, done, sessions });
  };
  return stopwatch.time('test', async () => {
    const { presented, verdicts, surprises } = await heldOut.test();
    const { predicted, judged } = await classify(context, heldOut, presented, progress);
    const { classes, kindNames } = presented;
    const predictions = mostProbable(predicted.probabilities, classes.length);
    const evaluation = evaluate({ ...predicted, classes });
    if (!noted) journal.append({ type: 'test', epoch, step, metrics: metricsOf(evaluation) });
    const detection = detectionByKind(predicted.kinds, predictions, kindNames);
    return { presented, verdicts, surprises, predicted, judged, predictions, evaluation, detection };
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
}

/**
 * Assesses a tested model. Nothing of it enters the result hash.
 *
 * @throws Interrupted
 */
export async function assess(context: RunContext, heldOut: HeldOut, tested: Tested): Promise<Assessed> {
  const { prepared, plan, seed, stopwatch } = context;
  const { sessions, split, resolved } = prepared;
  const { presented, verdicts, surprises, predicted, predictions } = tested;
  const generates = resolved.spec.task === 'generate';
  const contacts = prepared.contacts.trained;
  return stopwatch.time('assessment', async () => {
    const validation = await predictValidation(context, heldOut);
    const judged =
      verdicts === null || surprises === null
        ? null
        : await runBaselines({
            present: plan.present,
            train: split.train,
            test: presented,
            verdicts,
            surprises,
            seed,
            progress: (what) => working(context, what)(),
          });
    const byDecoder =
      tested.judged ?? (await judgeByDecoder(context, heldOut, presented, working(context, 'decoding')));
    const latent = await latentOf(context, heldOut, working(context, 'decoding'));
    const rows = [
      ...(judged?.baselines ?? []),
      ...(byDecoder === null || generates ? [] : decoderRows(byDecoder, predictions)),
    ];
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
      baselines: rows.length === 0 ? null : baselineTable({ baselines: rows, kinds }, kindNames),
      ...(byDecoder === null ? {} : { decoder: decoderFindings(byDecoder, kinds, kindNames, latent) }),
    };
    return { findings, origins, baselines: rows, validation };
  });
}

/** The validation sessions as the model is now: the weights may be those of an earlier epoch than the last. */
async function predictValidation(context: RunContext, heldOut: HeldOut): Promise<ValidationTable | null> {
  const { prepared } = context;
  const presented = await heldOut.validation();
  if (presented === null) return null;
  const progress = working(context, 'choosing a threshold');
  const { predicted } = await classify(context, heldOut, presented, progress);
  return {
    test: presented.sessions,
    kinds: presented.kindNames,
    predicted,
    predictions: mostProbable(predicted.probabilities, presented.classes.length),
    origins: originsOf(prepared.sessions, presented.sessions, prepared.contacts.trained),
    baselines: [],
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

/** Hears a stop that was asked for, and tells what goes on. */
function working({ interruption, observe, ofSeed }: RunContext, on: string): () => void {
  return () => {
    interruption.check();
    observe({ kind: 'working', ofSeed, on });
  };
}
