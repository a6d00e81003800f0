/** Testing a model: every test session once, and everything that is said about the outcome. */
import type { MorphCounts } from '../anomaly/index.ts';
import {
  type Detection,
  detectionByKind,
  type Evaluation,
  evaluate,
  metricsOf,
  mostProbable,
} from '../evaluation/index.ts';
import { formatCount } from '../text/index.ts';
import { createPresenter, type EpochEvent, type Predicted, predict } from '../training/index.ts';
import { type SeedContext, seedPrefix } from './context.ts';

export interface Tested {
  readonly predicted: Predicted;
  /** [N]: predicted classes. */
  readonly predictions: Uint8Array;
  readonly evaluation: Evaluation;
  /** How many sessions of each kind were called anomalous; `normal` first. */
  readonly detection: readonly Detection[];
  /** What `predicted.kinds` numbers. */
  readonly kinds: readonly string[];
  readonly morphs: MorphCounts;
}

/**
 * Tests the model as it is after an epoch.
 *
 * @param noted it was done before and is in the journal
 * @throws FaultError when a probability is no number; Interrupted between two batches
 */
export async function testModel(
  context: SeedContext,
  { epoch, step }: EpochEvent,
  noted = false,
): Promise<Tested> {
  const { prepared, plan, reporter, interruption, model, seed, journal, watch } = context;
  const { test } = prepared.split;
  // A new one: its counts are those of this test alone.
  const presenter = createPresenter(plan.presentTest);
  const progress = (done: number) => {
    interruption.check();
    const all = formatCount(test.length);
    reporter.status(() => `${seedPrefix(context)}testing: ${formatCount(done)} of ${all} sessions`);
  };
  const predicted = await watch.time('test', () =>
    predict({ model, presenter, sessions: test, seed, progress }),
  );
  reporter.clear();
  const { classes, kinds } = presenter;
  const predictions = mostProbable(predicted.probabilities, classes.length);
  const evaluation = evaluate({ ...predicted, classes });
  if (!noted) journal.append({ type: 'test', epoch, step, metrics: metricsOf(evaluation) });
  const detection = detectionByKind(predicted.kinds, predictions, kinds);
  return { predicted, predictions, evaluation, detection, kinds, morphs: presenter.counts };
}
