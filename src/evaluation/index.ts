/** Evaluation: what is said about a test set, and what the network attended to in it. */

export type { Estimate, Rate } from '../statistics/index.ts';
export { type Alarms, alarmsOf } from './alarms.ts';
export { applicationOf } from './application.ts';
export { areaOf } from './area.ts';
export type { BaseRatePrecision } from './base-rate.ts';
export type { Calibration, ReliabilityBin } from './calibration.ts';
export { type AttentionOptions, chooseSessions } from './choose.ts';
export { type OperatingPoint, operatingPoints, scorePoints } from './curve.ts';
export { type Delay, delaysOf, packetsAlone } from './delay.ts';
export { type Detection, detectionByKind } from './detection.ts';
export { addressIn, addressText, endpoints, portIn, timeText } from './endpoint.ts';
export { type AnomalousRates, type Evaluation, evaluate, evaluateCalls, evaluateMatrix } from './evaluate.ts';
export {
  type Baseline,
  type BestByKind,
  type Chosen,
  type DecoderFindings,
  type EvaluationRecord,
  type Findings,
  groupsOf,
} from './findings.ts';
export type { GroupRates } from './group.ts';
export { type ConfusionMatrix, calledBy, confusionMatrix, mostProbable, type Predictions } from './matrix.ts';
export {
  findingMetrics,
  type HeadlineInterval,
  intervalsOf,
  type Metrics,
  meanMetrics,
  metricsOf,
  morphMetrics,
} from './metrics.ts';
export { type Novelty, noveltyIntervals, noveltyMetrics, noveltyOf } from './novelty.ts';
export { corners, type FixedRate, fixedRates } from './operating.ts';
export {
  changesBy,
  type Judged,
  metricUnder,
  type PresentationRecord,
  type PresentedChange,
  presentationMetrics,
  presentationsIn,
} from './presentation.ts';
export {
  comparePublished,
  type Published,
  type PublishedComparison,
} from './published.ts';
export {
  type AttentionPacket,
  type AttentionRecord,
  capturedEnds,
  type DumpInput,
  dumpRecord,
  type EditedShare,
  editedShare,
} from './record.ts';
export { shortest32 } from './shortest.ts';
export {
  applyThreshold,
  chooseThreshold,
  type TestedThreshold,
  type ThresholdRule,
} from './threshold.ts';
export { type Transfer, transferMetrics, transfersOf } from './transfer.ts';
