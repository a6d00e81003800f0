/** Training with a journal, and progress for those who watch. */
import { performance } from 'node:perf_hooks';
import type { MorphCounts } from '../anomaly/index.ts';
import { formatCount, formatPercent } from '../report/index.ts';
import {
  createPresenter,
  createStopping,
  type EpochEvent,
  learningRateAt,
  type StepEvent,
  stepsPerEpoch,
  train,
  type Validated,
} from '../training/index.ts';
import { type SeedContext, seedPrefix } from './context.ts';
import { type Tested, testModel } from './test.ts';
import { validateModel } from './validate.ts';

/** A trained model. */
export interface Learnt {
  /** The last epoch that was trained. */
  readonly last: EpochEvent;
  /** The epoch whose weights the model has: an earlier one, where early stopping chose it. */
  readonly kept: EpochEvent;
  /** Of that epoch; null without validation sessions. */
  readonly validated: Validated | null;
  /** Of that epoch. */
  readonly tested: Tested;
  /** Of all epochs. */
  readonly morphs: MorphCounts;
}

/** An epoch with what was made of it. */
interface Seen {
  readonly event: EpochEvent;
  readonly validated: Validated | null;
  readonly tested: Tested | null;
}

/**
 * Trains the model, validates it after every epoch where the spec holds sessions back for it, and tests it after every
 * epoch or at the end.
 *
 * @throws FaultError when it diverges or the journal cannot be written; Interrupted after a whole step
 */
export async function learn(context: SeedContext): Promise<Learnt> {
  const { prepared, plan, interruption, model, seed } = context;
  const { training, evaluation } = prepared.resolved.spec;
  const { epochs, batch, optimizer, schedule, earlyStopping } = training;
  const presenter = createPresenter(plan.present);
  const sessions = prepared.split.train;
  const length = { epochs, stepsPerEpoch: stepsPerEpoch(sessions.length, batch) };
  const learningRate = (step: number) => learningRateAt(schedule, optimizer.learningRate, step, length);
  const stopping = earlyStopping === null ? null : createStopping(earlyStopping, model);
  const events = train({ model, presenter, sessions, epochs, batch, learningRate, seed });
  let began = performance.now();
  let last: Seen | undefined;
  let kept: Seen | undefined;
  for await (const event of events) {
    interruption.check();
    if (event.kind === 'step') {
      noteStep(context, event);
      continue;
    }
    const milliseconds = performance.now() - began;
    const validated = await validateModel(context, event);
    noteEpoch(context, event, validated, milliseconds);
    const tested = evaluation.everyEpoch ? await testModel(context, event) : null;
    last = { event, validated, tested };
    if (stopping === null || validated === null) kept = last;
    else {
      const stop = stopping.note(event.epoch, validated);
      if (stopping.best === event.epoch) kept = last;
      if (stop && event.epoch < epochs) {
        noteStop(context, event, stopping.best);
        break;
      }
    }
    began = performance.now();
  }
  if (last === undefined || kept === undefined) throw new Error('the training ended before its first epoch');
  if (kept !== last) stopping?.restore();
  const { event, validated } = kept;
  const tested = kept.tested ?? (await testModel(context, event));
  return { last: last.event, kept: event, validated, tested, morphs: presenter.counts };
}

function noteStep(context: SeedContext, event: StepEvent): void {
  const { reporter, pace, prepared, journal } = context;
  const { epoch, step, loss, gradientNorm, correct, size, presented, learningRate } = event;
  const { epochs } = prepared.resolved.spec.training;
  journal.append({ type: 'step', epoch, step, loss, accuracy: correct / size, gradientNorm, learningRate });
  pace.advance(context.stepsBefore + step);
  reporter.status(() => {
    const done = `${formatCount(presented)} of ${formatCount(prepared.split.train.length)} sessions`;
    return `${seedPrefix(context)}epoch ${epoch}/${epochs}  ${done}  loss ${loss.toFixed(4)}  ETA ${pace.eta()}`;
  });
}

function noteEpoch(
  context: SeedContext,
  event: EpochEvent,
  validated: Validated | null,
  milliseconds: number,
): void {
  const { reporter, pace, journal, prepared } = context;
  const { epoch, step, loss, correct, sessions } = event;
  const { epochs } = prepared.resolved.spec.training;
  const accuracy = correct / sessions;
  journal.append({ type: 'epoch', epoch, step, loss, accuracy });
  journal.append({ type: 'system', epoch, step, ...context.watch.usage() });
  journal.sync();
  const number = String(epoch).padStart(String(epochs).length);
  const rate = formatCount(Math.round((1000 * sessions) / Math.max(milliseconds, 1)));
  const parts = [
    `epoch ${number}/${epochs}`,
    `loss ${loss.toFixed(4)}`,
    `training accuracy ${formatPercent(accuracy)}`,
  ];
  if (validated !== null)
    parts.push(`validation loss ${validated.loss.toFixed(4)}, accuracy ${formatPercent(validated.accuracy)}`);
  parts.push(`${rate} sessions/s`);
  if (pace.eta() !== '') parts.push(`ETA ${pace.eta()}`);
  reporter.line(seedPrefix(context) + parts.join('  '));
}

function noteStop(context: SeedContext, { epoch }: EpochEvent, best: number): void {
  const { reporter, prepared } = context;
  const { metric } = prepared.resolved.spec.training.earlyStopping!;
  reporter.line(
    `${seedPrefix(context)}stopped after epoch ${epoch}: the validation ${metric} was best after epoch ${best}, whose weights are kept`,
  );
}
