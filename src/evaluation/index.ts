/** Evaluation: what is said about a test set, and what the network attended to in it. */
export { applicationOf } from './application.ts';
export type { BaseRatePrecision } from './base-rate.ts';
export type { Calibration, ReliabilityBin } from './calibration.ts';
export { type AttentionOptions, chooseSessions } from './choose.ts';
export { type OperatingPoint, operatingPoints, rocArea, scorePoints } from './curve.ts';
export { type Detection, detectionByKind } from './detection.ts';
export { addressText, endpoints, timeText } from './endpoint.ts';
export { type AnomalousRates, type Evaluation, evaluate, evaluateMatrix } from './evaluate.ts';
export { type Baseline, type EvaluationRecord, type Findings, groupsOf } from './findings.ts';
export type { GroupRates } from './group.ts';
export type { Estimate, Rate } from './interval.ts';
export { type ConfusionMatrix, confusionMatrix, mostProbable, type Predictions } from './matrix.ts';
export { findingMetrics, type Metrics, meanMetrics, metricsOf, morphMetrics } from './metrics.ts';
export { corners, type FixedRate, fixedRates } from './operating.ts';
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
