/** How training goes on sessions that do not train. */
import { evaluate } from '../evaluation/index.ts';
import {
  createPresenter,
  type EpochEvent,
  predict,
  type Validated,
  validationStream,
} from '../training/index.ts';
import { type SeedContext, seedPrefix } from './context.ts';

/**
 * Classifies the validation sessions as the model is after an epoch; null without any.
 *
 * @throws FaultError when a probability is no number; Interrupted between two batches
 */
export async function validateModel(
  context: SeedContext,
  { epoch, step }: EpochEvent,
): Promise<Validated | null> {
  const { prepared, plan, interruption, model, seed, journal, watch, reporter } = context;
  const sessions = prepared.split.validation;
  if (sessions.length === 0) return null;
  const presenter = createPresenter(plan.present);
  const progress = () => {
    interruption.check();
    reporter.status(() => `${seedPrefix(context)}validating`);
  };
  const source = validationStream;
  const predicted = await watch.time('validation', () =>
    predict({ model, presenter, sessions, seed, source, progress }),
  );
  const { accuracy, ranking } = evaluate({ ...predicted, classes: presenter.classes });
  const validated = { loss: ranking!.logLoss.value!, accuracy: accuracy.value! };
  journal.append({ type: 'validation', epoch, step, ...validated });
  return validated;
}
