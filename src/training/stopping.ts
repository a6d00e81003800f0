/** Early stopping: the weights of the best epoch, and when to give up looking for a better one. */
import type { Model, Parameter } from '../network/index.ts';
import type { ExperimentSpec } from '../spec/index.ts';

/** `training.earlyStopping` of a spec. */
export type StoppingRule = NonNullable<ExperimentSpec['training']['earlyStopping']>;

/** What an epoch did on the validation sessions. */
export interface Validated {
  /** Mean cross-entropy in nats. */
  readonly loss: number;
  /** Share of the sessions whose class was recognised. */
  readonly accuracy: number;
}

export interface Stopping {
  /** Takes note of the next epoch, and keeps its weights where it is the best so far. True when training should stop. */
  note(epoch: number, validated: Validated): boolean;
  /** The epoch whose weights are kept; 0 before the first. */
  readonly best: number;
  /** Gives the model the weights of the best epoch. */
  restore(): void;
  /** The weights that are kept, live, by the names of their parameters; with best and score all that is remembered. */
  readonly kept: readonly Parameter[];
  /** Of the best epoch, more is better; 0 before the first. */
  readonly score: number;
  /** Goes on with this best epoch, whose weights were written to `kept` from outside. */
  continueWith(best: number, score: number): void;
}

/** Watches a training of this model. An epoch is better by more than `minDelta`, whatever it measures. */
export function createStopping({ metric, patience, minDelta }: StoppingRule, model: Model): Stopping {
  const kept = model.parameters.map(({ name, data }) => {
    return { name: `best.${name}`, shape: [data.length], data: new Float32Array(data.length) };
  });
  let best = 0;
  let score = 0;
  return {
    note(epoch, validated) {
      const now = metric === 'loss' ? -validated.loss : validated.accuracy;
      if (best === 0 || now > score + minDelta) {
        best = epoch;
        score = now;
        model.parameters.forEach(({ data }, i) => void kept[i]!.data.set(data));
      }
      return epoch - best >= patience;
    },
    get best() {
      return best;
    },
    kept,
    get score() {
      return score;
    },
    continueWith(epoch, itsScore) {
      best = epoch;
      score = itsScore;
    },
    restore() {
      if (best === 0) return;
      model.parameters.forEach(({ data }, i) => void data.set(kept[i]!.data));
      model.parametersChanged();
    },
  };
}
