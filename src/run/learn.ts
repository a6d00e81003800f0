/** Training with a journal, and progress for those who watch. */
import { performance } from 'node:perf_hooks';
import type { MorphCounts } from '../anomaly/index.ts';
import { formatCount, formatPercent } from '../report/index.ts';
import { createPresenter, type EpochEvent, type StepEvent, train } from '../training/index.ts';
import { type SeedContext, seedPrefix } from './context.ts';
import { type Tested, testModel } from './test.ts';

/** A trained model. */
export interface Learnt {
  readonly last: EpochEvent;
  /** Of the last epoch. */
  readonly tested: Tested;
  /** Of all epochs. */
  readonly morphs: MorphCounts;
}

/**
 * Trains the model, and tests it after every epoch or after the last.
 *
 * @throws FaultError when it diverges or the journal cannot be written; Interrupted after a whole step
 */
export async function learn(context: SeedContext): Promise<Learnt> {
  const { prepared, plan, interruption, model, seed } = context;
  const { training, evaluation } = prepared.resolved.spec;
  const { epochs, batch, optimizer } = training;
  const presenter = createPresenter(plan.present);
  const sessions = prepared.split.train;
  const { learningRate } = optimizer;
  const events = train({ model, presenter, sessions, epochs, batch, learningRate, seed });
  let began = performance.now();
  for await (const event of events) {
    interruption.check();
    if (event.kind === 'step') {
      noteStep(context, event);
      continue;
    }
    noteEpoch(context, event, performance.now() - began);
    const isLast = event.epoch === epochs;
    if (isLast || evaluation.everyEpoch) {
      const tested = await testModel(context, event);
      if (isLast) return { last: event, tested, morphs: presenter.counts };
    }
    began = performance.now();
  }
  throw new Error('the training ended before its last epoch');
}

function noteStep(context: SeedContext, event: StepEvent): void {
  const { reporter, pace, prepared, journal } = context;
  const { epoch, step, loss, gradientNorm, correct, size, presented } = event;
  const { epochs, optimizer } = prepared.resolved.spec.training;
  const { learningRate } = optimizer;
  journal.append({ type: 'step', epoch, step, loss, accuracy: correct / size, gradientNorm, learningRate });
  pace.advance(context.stepsBefore + step);
  reporter.status(() => {
    const done = `${formatCount(presented)} of ${formatCount(prepared.split.train.length)} sessions`;
    return `${seedPrefix(context)}epoch ${epoch}/${epochs}  ${done}  loss ${loss.toFixed(4)}  ETA ${pace.eta()}`;
  });
}

function noteEpoch(context: SeedContext, event: EpochEvent, milliseconds: number): void {
  const { reporter, pace, journal, prepared } = context;
  const { epoch, step, loss, correct, sessions } = event;
  const { epochs } = prepared.resolved.spec.training;
  const accuracy = correct / sessions;
  journal.append({ type: 'epoch', epoch, step, loss, accuracy });
  journal.sync();
  const number = String(epoch).padStart(String(epochs).length);
  const rate = formatCount(Math.round((1000 * sessions) / Math.max(milliseconds, 1)));
  const parts = [
    `epoch ${number}/${epochs}`,
    `loss ${loss.toFixed(4)}`,
    `training accuracy ${formatPercent(accuracy)}`,
  ];
  parts.push(`${rate} sessions/s`);
  if (pace.eta() !== '') parts.push(`ETA ${pace.eta()}`);
  reporter.line(seedPrefix(context) + parts.join('  '));
}
