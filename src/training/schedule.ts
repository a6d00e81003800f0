/** Learning rates over a training: a function of the step alone, with the same bits everywhere. */
import { cosinePi } from '../numeric/index.ts';
import type { ExperimentSpec } from '../spec/index.ts';

/** `training.schedule` of a spec. */
export type Schedule = ExperimentSpec['training']['schedule'];

/** How long a training is at most. */
export interface TrainingLength {
  readonly epochs: number;
  readonly stepsPerEpoch: number;
}

/**
 * The learning rate of a step.
 *
 * While it warms up, W = round(warmUp · stepsPerEpoch) steps, it is base · (step / W). After that, with t from 0 at the
 * first of the other steps to 1 at the last:
 *
 * constant: base
 * cosine: base · (final + (1 − final) · (1 + cos πt) / 2) (I. Loshchilov and F. Hutter, 2017)
 * step: base · factor^⌊(epoch − 1) / every⌋
 *
 * @param step from 1
 */
export function learningRateAt(
  schedule: Schedule,
  base: number,
  step: number,
  { epochs, stepsPerEpoch }: TrainingLength,
): number {
  const warm = Math.round(schedule.warmUp * stepsPerEpoch);
  // In this order no step can round to more than the base.
  if (step <= warm) return base * (step / warm);
  switch (schedule.kind) {
    case 'constant':
      return base;
    case 'cosine': {
      const steps = epochs * stepsPerEpoch - warm - 1;
      const t = steps <= 0 ? 0 : (step - warm - 1) / steps;
      return base * (schedule.final + ((1 - schedule.final) * (1 + cosinePi(t))) / 2);
    }
    case 'step': {
      const epoch = Math.ceil(step / stepsPerEpoch);
      let rate = base;
      for (let e = schedule.every; e < epoch; e += schedule.every) rate *= schedule.factor;
      return rate;
    }
  }
}
