/** Training with a journal and checkpoints, and events for those who listen. */
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { MorphCounts } from '../anomaly/index.ts';
import { ExitCode, FaultError, Interrupted } from '../fault/index.ts';
import { CHECKPOINT_FILE, type JournalPosition } from '../results/index.ts';
import { type ExperimentSpec, seedFor } from '../spec/index.ts';
import { displayPath } from '../text/index.ts';
import {
  BEGINNING,
  createPresenter,
  createStopping,
  type EpochEvent,
  learningRateAt,
  type Presenter,
  type StepEvent,
  type Stopping,
  type StoppingRule,
  stepsPerEpoch,
  type TrainPosition,
  train,
  type Validated,
} from '../training/index.ts';
import { type Tested, testModel, validateModel } from './assess.ts';
import { stepsOf } from './cell.ts';
import { writeTensors } from './checkpoint.ts';
import {
  type EpochState,
  type LearningState,
  misfitOfTraining,
  type TrainingSize,
} from './checkpoint-state.ts';
import type { RunContext } from './context.ts';
import type { HeldOut } from './held-out.ts';
import { createSaver, type Saver } from './save.ts';

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
interface Seen extends EpochState {
  /** What its test found; null without one, or where that was before the checkpoint. */
  readonly found: Tested | null;
}

/** Where the training is, and what it works with. */
interface Training {
  readonly presenter: Presenter;
  readonly stopping: Stopping | null;
  readonly saver: Saver;
  position: TrainPosition;
  /** The journal as it was at that position: what came after it will come again. */
  mark: JournalPosition;
  last: Seen | null;
  kept: Seen | null;
}

/**
 * Trains the model, validates it after every epoch where the spec holds sessions back for it, and tests it after every
 * epoch or at the end; from the checkpoint on where there is one. Stopped, it leaves a checkpoint.
 *
 * @throws FaultError when it diverges, or the journal or a checkpoint cannot be written; Interrupted after a whole step
 */
export async function learn(context: RunContext, heldOut: HeldOut): Promise<Learnt> {
  const training = await setOut(context);
  try {
    if (training.position === BEGINNING) await training.saver.save(stateOf(training), training.mark);
    await trainOn(context, heldOut, training);
    return await conclude(context, heldOut, training);
  } catch (error) {
    if (error instanceof Interrupted) await training.saver.save(stateOf(training), training.mark);
    throw error;
  }
}

/** What is kept of the epochs: the best by validation, or, to measure what that does, by the test itself; null for the last. */
function keepingRule({ training, evaluation }: ExperimentSpec): StoppingRule | null {
  if (!keepsBestOnTest(evaluation)) return training.earlyStopping;
  return { metric: 'accuracy', patience: training.epochs + 1, minDelta: 0 };
}

const keepsBestOnTest = ({ epoch }: ExperimentSpec['evaluation']): boolean => epoch === 'best-on-test';

/** The beginning, or where the checkpoint was written. */
async function setOut(context: RunContext): Promise<Training> {
  const { prepared, plan, model, checkpoint, pace, journal } = context;
  const rule = keepingRule(prepared.resolved.spec);
  const presenter = createPresenter(plan.presentTraining);
  const stopping = rule === null ? null : createStopping(rule, model);
  const tensors = [...model.parameters, ...model.moments, ...(stopping?.kept ?? [])];
  const saver = createSaver(context, tensors);
  const training: Training = {
    presenter,
    stopping,
    saver,
    position: BEGINNING,
    mark: journal.position,
    last: null,
    kept: null,
  };
  if (checkpoint === null) return training;
  const { position, last, kept, best, morphs } = checkpoint.state.learning;
  const problem = misfitOfTraining(checkpoint.state.learning, sizeOf(context, presenter));
  if (problem !== null || !writeTensors(checkpoint.tensors, tensors))
    throw new FaultError(
      {
        place: displayPath(join(context.partial, CHECKPOINT_FILE)),
        problem: `is not of this training: it has ${problem ?? 'other tensors'}`,
        cure: 'the same command begins anew',
      },
      ExitCode.data,
    );
  model.parametersChanged();
  model.continueAfter(position.step);
  presenter.continueWith(morphs);
  if (best !== null) stopping?.continueWith(best.epoch, best.score);
  training.position = position;
  training.last = last === null ? null : { ...last, found: null };
  // One and the same epoch is told by being one and the same object.
  const same = last !== null && kept !== null && last.event.epoch === kept.event.epoch;
  training.kept = kept === null ? null : same ? training.last : { ...kept, found: null };
  pace.startAt(position.step);
  return training;
}

function sizeOf({ prepared: { resolved, split } }: RunContext, { tally }: Presenter): TrainingSize {
  const { epochs, batch } = resolved.spec.training;
  const sessions = split.train.length;
  return { epochs, batch, sessions, stepsPerEpoch: stepsPerEpoch(sessions, batch), tally };
}

function stateOf({ position, last, kept, stopping, presenter }: Training): LearningState {
  const plain = (seen: Seen | null): EpochState | null => {
    if (seen === null) return null;
    const { event, validated, tested } = seen;
    return { event, validated, tested };
  };
  return {
    position,
    last: plain(last),
    kept: plain(kept),
    best: stopping === null ? null : { epoch: stopping.best, score: stopping.score },
    morphs: presenter.tally,
  };
}

async function trainOn(context: RunContext, heldOut: HeldOut, state: Training): Promise<void> {
  const { prepared, interruption, model, seed, journal } = context;
  const { spec } = prepared.resolved;
  const { training, evaluation } = spec;
  const orderSeed = seedFor(spec, 'order', seed);
  const morphSeed = seedFor(spec, 'training-morphs', seed);
  const { epochs, batch, optimizer, schedule, tokenDropout } = training;
  const { presenter, stopping, saver } = state;
  const sessions = prepared.split.train;
  const length = { epochs, stepsPerEpoch: stepsPerEpoch(sessions.length, batch) };
  const learningRate = (step: number) => learningRateAt(schedule, optimizer.learningRate, step, length);
  const start = state.position;
  let began = performance.now();
  const options = { model, presenter, sessions, epochs, batch, learningRate, tokenDropout, start };
  for await (const event of train({ ...options, seed, orderSeed, morphSeed })) {
    if (event.kind === 'step') {
      noteStep(context, event);
      state.position = event.position;
      state.mark = journal.position;
      interruption.check();
      if (saver.isDue(event.step)) await saver.save(stateOf(state), state.mark);
      continue;
    }
    interruption.check();
    const milliseconds = performance.now() - began;
    const validated = await validateModel(context, heldOut, event);
    noteEpoch(context, event, validated, milliseconds);
    const byTest = keepsBestOnTest(evaluation);
    const found = evaluation.everyEpoch || byTest ? await testModel(context, heldOut, event) : null;
    const judged = byTest ? scoresOf(found!) : validated;
    state.last = { event, validated, tested: found !== null, found };
    let stop = false;
    if (stopping === null || judged === null) state.kept = state.last;
    else {
      stop = stopping.note(event.epoch, judged) && event.epoch < epochs;
      if (stopping.best === event.epoch) state.kept = state.last;
      if (stop) {
        const { metric } = training.earlyStopping!;
        const { observe, ofSeed } = context;
        observe({ kind: 'early-stop', ofSeed, epoch: event.epoch, metric, best: stopping.best });
      }
    }
    const over = stop || event.epoch === epochs;
    state.position = { ...BEGINNING, epoch: over ? epochs + 1 : event.epoch + 1, step: event.step };
    state.mark = journal.position;
    if (over || saver.isDue(0)) await saver.save(stateOf(state), state.mark);
    if (stop) break;
    began = performance.now();
  }
}

/** What a test says of an epoch, as validation would. */
const scoresOf = ({ evaluation: { accuracy, ranking } }: Tested): Validated => ({
  loss: ranking!.logLoss.value!,
  accuracy: accuracy.value!,
});

/** Gives the model the weights of the epoch that is kept, and tests it where that was not done. */
async function conclude(context: RunContext, heldOut: HeldOut, training: Training): Promise<Learnt> {
  const { last, kept, stopping, presenter } = training;
  if (last === null || kept === null) throw new Error('the training ended before its first epoch');
  if (kept !== last) stopping?.restore();
  const { event, validated } = kept;
  const tested = kept.found ?? (await testModel(context, heldOut, event, kept.tested));
  return { last: last.event, kept: event, validated, tested, morphs: presenter.counts };
}

function noteStep(context: RunContext, event: StepEvent): void {
  const { observe, ofSeed, pace, prepared, journal, lock } = context;
  const { epoch, step, loss, gradientNorm, correct, size, presented, learningRate } = event;
  const { nats, divergence } = event;
  const { epochs } = prepared.resolved.spec.training;
  const decoder = {
    ...(nats === undefined ? {} : { nats }),
    ...(divergence === undefined ? {} : { divergence }),
  };
  const accuracy = correct / size;
  journal.append({ type: 'step', epoch, step, loss, accuracy, gradientNorm, learningRate, ...decoder });
  pace.advance(step);
  const steps = stepsOf(context);
  lock.report({ step, steps, eta: pace.left(steps) });
  const sessions = prepared.split.train.length;
  observe({ kind: 'step', ofSeed, epoch, epochs, presented, sessions, loss, eta: pace.eta() });
}

function noteEpoch(
  context: RunContext,
  event: EpochEvent,
  validated: Validated | null,
  milliseconds: number,
): void {
  const { observe, ofSeed, pace, journal, prepared, stopwatch } = context;
  const { epoch, step, loss, correct, sessions } = event;
  const { epochs } = prepared.resolved.spec.training;
  const accuracy = correct / sessions;
  journal.append({ type: 'epoch', epoch, step, loss, accuracy });
  journal.append({ type: 'system', epoch, step, ...stopwatch.usage() });
  journal.sync();
  const rate = (1000 * sessions) / Math.max(milliseconds, 1);
  observe({ kind: 'epoch', ofSeed, epoch, epochs, loss, accuracy, validated, rate, eta: pace.eta() });
}
