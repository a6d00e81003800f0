/** Training: presentations of sessions, the loop, predictions. */
export {
  type EpochEvent,
  type StepEvent,
  stepsPerEpoch,
  type TrainEvent,
  type TrainOptions,
  train,
} from './loop.ts';
export { type Predicted, type PredictOptions, predict } from './predict.ts';
export { createPresenter, type Presenter, type PresentOptions } from './present.ts';
export { testStream } from './streams.ts';
