/**
 * Where a training is, as a checkpoint says it, and whether that can be: the hash of a checkpoint tells that nobody changed it
 * by accident, not that it is of this training.
 */
import Type from 'typebox';
import type { TallyRecord } from '../anomaly/index.ts';
import { misfit } from '../results/index.ts';
import type { EpochEvent, TrainPosition, Validated } from '../training/index.ts';

/** An epoch and what its validation said. */
export interface EpochState {
  readonly event: EpochEvent;
  readonly validated: Validated | null;
  /** Whether the test after it is in the journal. */
  readonly tested: boolean;
}

/** Where training is. */
export interface LearningState {
  readonly position: TrainPosition;
  readonly last: EpochState | null;
  /** The epoch that early stopping holds for the best. */
  readonly kept: EpochState | null;
  /** Of early stopping. */
  readonly best: { readonly epoch: number; readonly score: number } | null;
  readonly morphs: TallyRecord;
}

const count = Type.Integer({ minimum: 0 });
const from1 = Type.Integer({ minimum: 1 });
const number = Type.Number();
const text = Type.String();
const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) =>
  Type.Union([schema, Type.Null()]);

const epoch = Type.Object({
  event: Type.Object({
    kind: Type.Literal('epoch'),
    epoch: from1,
    step: from1,
    loss: number,
    correct: count,
    sessions: from1,
  }),
  validated: orNull(Type.Object({ loss: number, accuracy: number })),
  tested: Type.Boolean(),
});

/** Of CheckpointState. */
const stateSchema = Type.Object({
  learning: Type.Object({
    position: Type.Object({ epoch: from1, step: count, presented: count, lossSum: number, correct: count }),
    last: orNull(epoch),
    kept: orNull(epoch),
    best: orNull(Type.Object({ epoch: count, score: number })),
    morphs: Type.Object({
      presented: count,
      normal: count,
      drawn: Type.Array(count),
      outcome: Type.Array(count),
      invisible: Type.Array(count),
      notes: Type.Object({
        macUnknown: count,
        macShared: count,
        ttlUnknown: count,
        vlanUnknown: count,
        optionsUnknown: count,
      }),
    }),
  }),
  journal: Type.Object({ bytes: count, lines: count, digest: text }),
  clock: Type.Object({
    started: text,
    durations: Type.Record(text, number),
    continued: Type.Array(Type.Object({ step: count, time: text })),
  }),
});

/** The first thing in the state of a checkpoint that no checkpoint has; null when all is well. */
export const misfitOfState = (state: unknown): string | null => misfit(stateSchema, state);

/** What the state of a training is held against. */
export interface TrainingSize {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  readonly batch: number;
  readonly sessions: number;
  /** A tally of as many kinds. */
  readonly tally: TallyRecord;
}

/** What a training of this size cannot have come to; null when all is well. */
export function misfitOfTraining(
  { position, last, kept, best, morphs }: LearningState,
  { epochs, stepsPerEpoch, batch, sessions, tally }: TrainingSize,
): string | null {
  const { epoch, step, presented, correct } = position;
  if (epoch > epochs + 1) return `epoch ${epoch} of ${epochs}`;
  if (presented > sessions || correct > presented)
    return `${correct} of ${presented} of ${sessions} sessions recognised`;
  // Early stopping ends after any epoch.
  const trained = last?.event.epoch ?? 0;
  const over = epoch === epochs + 1;
  if (over ? trained < 1 || trained > epochs : trained !== epoch - 1)
    return `${trained} epochs done before epoch ${epoch} of ${epochs}`;
  const steps = trained * stepsPerEpoch + Math.ceil(presented / batch);
  if (step !== steps) return `step ${step} in the place of ${steps}`;
  if ((last === null) !== (kept === null) || (kept?.event.epoch ?? 0) > trained)
    return 'no epoch that is kept';
  if ((best?.epoch ?? 0) > trained) return `a best epoch ${best?.epoch} after ${trained}`;
  for (const list of ['drawn', 'outcome', 'invisible'] as const)
    if (morphs[list].length !== tally[list].length)
      return `counts of ${morphs.drawn.length} kinds in the place of ${tally.drawn.length}`;
  return null;
}
