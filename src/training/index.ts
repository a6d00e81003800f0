/** Training: presentations of sessions, the loop, predictions. */

export { type LatentMeasure, measureLatent } from './latent.ts';
export {
  BEGINNING,
  type EpochEvent,
  type StepEvent,
  stepsPerEpoch,
  type TrainEvent,
  type TrainOptions,
  type TrainPosition,
  train,
} from './loop.ts';
export { type Predicted, type PredictOptions, predict } from './predict.ts';
export { createPresenter, type Presenter, type PresentOptions } from './present.ts';
export { type PresentAllOptions, type PresentedSessions, presentAll, rowsOf } from './presented.ts';
export { learningRateAt, type Schedule } from './schedule.ts';
export { createStopping, type Stopping, type StoppingRule, type Validated } from './stopping.ts';
export { testStream, trainingStream, validationStream } from './streams.ts';
export {
  asProbabilities,
  type Decoded,
  type DecodeOptions,
  decodeSessions,
  learnUsual,
  type Usual,
} from './surprise.ts';
