/** The training loop: every epoch all training sessions, in a new order, each morphed anew. */
import { setImmediate } from 'node:timers/promises';
import { ExitCode, FaultError } from '../fault/index.ts';
import type { Model, StepResult } from '../network/index.ts';
import { permutation } from '../random/index.ts';
import { type Batch, createBatch, createTokenDropout } from '../token/index.ts';
import type { Presenter } from './present.ts';
import { orderStream, tokenDropoutStream, trainingStream } from './streams.ts';

export interface TrainOptions {
  readonly model: Model;
  readonly presenter: Presenter;
  /** Training sessions: indices in the session table. */
  readonly sessions: Uint32Array;
  readonly epochs: number;
  /** Sessions in a step; at most model.capacity. */
  readonly batch: number;
  /** Of each step, counted from 1. */
  readonly learningRate: (step: number) => number;
  readonly seed: number;
  /** Of the order of the sessions, and of what becomes of them: `seed` where they are not given. */
  readonly orderSeed?: number;
  readonly morphSeed?: number;
  /** Share of the header fields that are hidden at random; none by default. */
  readonly tokenDropout?: number;
  /** Where to go on; at the beginning by default. The model must be as it was there. */
  readonly start?: TrainPosition;
}

/** Between two steps: what has been done, and what of it the rest depends on. */
export interface TrainPosition {
  /** The epoch that goes on, from 1; `epochs + 1` when all is done. */
  readonly epoch: number;
  /** Steps since the beginning of the training. */
  readonly step: number;
  /** Sessions presented in this epoch. */
  readonly presented: number;
  /** Of this epoch so far: Σ of the sessions' cross-entropies in nats, and how many were recognised. */
  readonly lossSum: number;
  readonly correct: number;
}

/** The position before the first step. */
export const BEGINNING: TrainPosition = { epoch: 1, step: 0, presented: 0, lossSum: 0, correct: 0 };

/** One optimiser step was done. */
export interface StepEvent extends StepResult {
  readonly kind: 'step';
  /** From 1 … epochs. */
  readonly epoch: number;
  /** Steps since the beginning of the training, from 1. */
  readonly step: number;
  /** Sessions in its batch. */
  readonly size: number;
  /** Sessions presented in this epoch so far. */
  readonly presented: number;
  readonly learningRate: number;
  /** After this step. */
  readonly position: TrainPosition;
}

/** All training sessions were presented once more. */
export interface EpochEvent {
  readonly kind: 'epoch';
  readonly epoch: number;
  readonly step: number;
  /** Mean of the sessions' cross-entropy, each before the step that it was part of; nats. */
  readonly loss: number;
  /** Sessions that were recognised then. */
  readonly correct: number;
  readonly sessions: number;
}

export type TrainEvent = StepEvent | EpochEvent;

/** Steps in an epoch; the last batch may be smaller. */
export function stepsPerEpoch(sessions: number, batch: number): number {
  return Math.ceil(sessions / batch);
}

/**
 * Trains the model in place and tells of every step and epoch. Between two steps the event loop has its turn, so that
 * signals are seen; whoever stops asking ends the training after a whole step.
 *
 * Deterministic: everything follows from the options, nothing from time or from how often it is asked.
 *
 * @throws FaultError when the training diverges; RangeError when the options make no sense
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainEvent, void, void> {
  const { model, presenter, sessions, epochs, seed, tokenDropout = 0, start = BEGINNING } = options;
  const { orderSeed = seed, morphSeed = seed } = options;
  check(options);
  const capacity = Math.min(options.batch, sessions.length);
  const create = () => createBatch(capacity, presenter.maxPackets, presenter.maxTokens);
  const dropout = tokenDropout > 0 ? createTokenDropout(tokenDropout, presenter.tokens) : null;
  // While one is trained on, the other is made ready.
  let [batch, other] = [create(), create()];
  let { step } = start;
  for (let epoch = start.epoch; epoch <= epochs; epoch++) {
    const order = permutation(sessions.length, orderStream(orderSeed, epoch));
    const before = epoch === start.epoch ? start : BEGINNING;
    let { lossSum, correct } = before;
    const present = (from: number, into: Batch): void => {
      into.size = Math.min(capacity, order.length - from);
      for (let row = 0; row < into.size; row++) {
        const session = sessions[order[from + row]!]!;
        presenter.present(session, trainingStream(morphSeed, epoch, session), into, row);
        dropout?.hide(presenter.bytes, into, row, tokenDropoutStream(morphSeed, epoch, session));
      }
    };
    let ahead = false;
    for (let from = before.presented; from < order.length; from += capacity) {
      if (ahead) {
        [batch, other] = [other, batch];
        presenter.settle();
      } else present(from, batch);
      ahead = false;
      const next = from + capacity;
      const meanwhile = (): void => {
        if (next >= order.length) return;
        presenter.ahead(() => present(next, other));
        ahead = true;
      };
      const learningRate = options.learningRate(++step);
      const result = model.trainStep(batch, learningRate, meanwhile);
      if (!Number.isFinite(result.loss) || !Number.isFinite(result.gradientNorm))
        throw diverged({ seed, epoch, step, learningRate }, result);
      lossSum += result.loss * batch.size;
      correct += result.correct;
      await setImmediate();
      const presented = from + batch.size;
      const position = { epoch, step, presented, lossSum, correct };
      yield { kind: 'step', epoch, step, size: batch.size, presented, learningRate, position, ...result };
    }
    yield { kind: 'epoch', epoch, step, loss: lossSum / order.length, correct, sessions: order.length };
  }
}

function check({ model, sessions, epochs, batch }: TrainOptions): void {
  if (sessions.length === 0) throw new RangeError('train: there are no sessions to train on');
  if (!Number.isInteger(epochs) || epochs < 1)
    throw new RangeError(`train: ${epochs} epochs, expected 1 or more`);
  if (!Number.isInteger(batch) || batch < 1)
    throw new RangeError(`train: batches of ${batch}, expected 1 or more`);
  if (Math.min(batch, sessions.length) > model.capacity)
    throw new RangeError(`train: batches of ${batch} sessions, the model takes ${model.capacity}`);
}

interface Where {
  readonly seed: number;
  readonly epoch: number;
  readonly step: number;
  readonly learningRate: number;
}

function diverged({ seed, epoch, step, learningRate }: Where, result: StepResult): FaultError {
  const [what, value] = Number.isFinite(result.loss)
    ? ['norm of the gradient', result.gradientNorm]
    : ['loss', result.loss];
  return new FaultError(
    {
      place: `training, seed ${seed}, epoch ${epoch}, step ${step}`,
      problem: `the ${what} is ${value} at learning rate ${learningRate}, expected a finite number`,
      cure: 'lower training.optimizer.learningRate, or lower training.clipNorm (set it where it is null)',
    },
    ExitCode.usage,
  );
}
