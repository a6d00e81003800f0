/** What is found beside the evaluation itself, once the model is what it will be. */
import { type Contacts, collectContacts } from '../anomaly/index.ts';
import { type BaselineRun, baselineTable, runBaselines } from '../baseline/index.ts';
import { type Origins, originsOf } from '../data/index.ts';
import {
  applyThreshold,
  chooseThreshold,
  type Findings,
  groupsOf,
  mostProbable,
  operatingPoints,
} from '../evaluation/index.ts';
import type { PredictionTable } from '../results/index.ts';
import { createPresenter, predict, validationStream } from '../training/index.ts';
import { type SeedContext, seedPrefix } from './context.ts';
import type { Tested } from './test.ts';

/** The columns of the validation sessions in which they differ from the test sessions. */
type ValidationTable = Pick<
  PredictionTable,
  'test' | 'kinds' | 'predicted' | 'predictions' | 'origins' | 'baselines'
>;

/** Findings with what they come from, session by session. */
export interface Assessed {
  readonly findings: Findings;
  readonly origins: Origins;
  /** What the baselines made of every test session. */
  readonly judged: BaselineRun | null;
  /** What the network made of every validation session; null without any. */
  readonly validation: ValidationTable | null;
}

/**
 * Assesses a tested model. Nothing of it enters the result hash.
 *
 * @throws Interrupted
 */
export async function assess(context: SeedContext, tested: Tested): Promise<Assessed> {
  const { prepared, plan, watch } = context;
  const { sessions, split, resolved } = prepared;
  // With anomalies.lookAhead the morphs know more than the training sessions.
  const { lookAhead = false } = resolved.spec.anomalies;
  const contacts = lookAhead ? collectContacts(sessions, split.train) : prepared.contacts;
  return watch.time('assessment', async () => {
    const validation = await predictValidation(context, contacts);
    const judged = await judge(context, tested, contacts);
    const origins = originsOf(sessions, split.test, contacts);
    const { labels, kinds } = tested.predicted;
    const predictions = { ...tested.predicted, classes: plan.classes };
    const rule = resolved.spec.evaluation.threshold ?? 'f1';
    const threshold =
      validation === null
        ? null
        : chooseThreshold(operatingPoints({ ...predictions, ...validation.predicted }), rule);
    const findings = {
      ...groupsOf(labels, tested.predictions, origins),
      threshold: threshold === null ? null : applyThreshold(threshold, predictions, kinds, tested.kinds),
      baselines: judged === null ? null : baselineTable(judged, tested.kinds),
    };
    return { findings, origins, judged, validation };
  });
}

/** The validation sessions as the model is now: the weights may be those of an earlier epoch than the last. */
async function predictValidation(context: SeedContext, contacts: Contacts): Promise<ValidationTable | null> {
  const { prepared, plan, model, seed, reporter, interruption } = context;
  const sessions = prepared.split.validation;
  if (sessions.length === 0) return null;
  const progress = () => {
    interruption.check();
    reporter.status(() => `${seedPrefix(context)}choosing a threshold`);
  };
  const presenter = createPresenter(plan.present);
  const predicted = await predict({ model, presenter, sessions, seed, source: validationStream, progress });
  reporter.clear();
  const predictions = mostProbable(predicted.probabilities, presenter.classes.length);
  const origins = originsOf(prepared.sessions, sessions, contacts);
  return { test: sessions, kinds: presenter.kinds, predicted, predictions, origins, baselines: [] };
}

async function judge(context: SeedContext, tested: Tested, contacts: Contacts): Promise<BaselineRun | null> {
  const { prepared, plan, seed, reporter, interruption } = context;
  if (prepared.resolved.spec.evaluation.baselines === false) return null;
  const judged = await runBaselines({
    present: plan.present,
    presentTest: plan.presentTest,
    contacts,
    train: prepared.split.train,
    test: prepared.split.test,
    seed,
    progress(what) {
      interruption.check();
      reporter.status(() => seedPrefix(context) + what);
    },
  });
  reporter.clear();
  const { kinds } = tested.predicted;
  const different = kinds.findIndex((kind, i) => kind !== judged.kinds[i]);
  if (different >= 0)
    throw new Error(`test session ${different} was presented to the baselines as another kind`);
  return judged;
}
