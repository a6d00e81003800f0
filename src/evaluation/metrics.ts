/** A run in a few numbers. */
import type { MorphCounts } from '../anomaly/index.ts';
import type { Estimate } from '../statistics/index.ts';
import type { Evaluation } from './evaluate.ts';
import type { Findings } from './findings.ts';

/**
 * Headline numbers by name, null where undefined. Accuracy and MCC are those of the task; those that begin with
 * "anomalous" and all others ask "is it anomalous?", whatever the kind.
 */
export type Metrics = Readonly<Record<string, number | null>>;

export function metricsOf({ accuracy, mcc, anomalous, ranking }: Evaluation): Metrics {
  return {
    accuracy: accuracy.value,
    mcc: mcc.value,
    anomalousAccuracy: anomalous.accuracy.value,
    recall: anomalous.recall.value,
    falsePositiveRate: anomalous.falsePositiveRate.value,
    falseDiscoveryRate: anomalous.falseDiscoveryRate.value,
    precision: anomalous.precision.value,
    f1: anomalous.f1.value,
    anomalousMcc: anomalous.mcc.value,
    rocAuc: ranking?.rocAuc.value ?? null,
    averagePrecision: ranking?.averagePrecision.value ?? null,
    logLoss: ranking?.logLoss.value ?? null,
    expectedCalibrationError: ranking?.calibration?.ece ?? null,
    brierScore: ranking?.calibration?.brier.value ?? null,
    ...Object.fromEntries(
      (ranking?.atFalsePositiveRate ?? []).map(({ oneIn, point }): [string, number | null] => [
        `oracleRecallAtFpr${1 / oneIn}`,
        point?.recall.value ?? null,
      ]),
    ),
  };
}

/** The interval of a headline number, and what it is from. */
export interface HeadlineInterval {
  readonly low: number | null;
  readonly high: number | null;
  /** `session`, or whose sessions were taken as belonging together. */
  readonly by: string;
  /** Clusters of this sort; null of sessions that nothing is known of. */
  readonly clusters: number | null;
}

/** 95% intervals by the names of metricsOf, of numbers that are defined. */
export function intervalsOf({
  accuracy,
  mcc,
  anomalous,
  ranking,
}: Evaluation): Readonly<Record<string, HeadlineInterval>> {
  const { recall, falsePositiveRate, falseDiscoveryRate, precision, f1 } = anomalous;
  const named: Readonly<Record<string, Estimate | undefined>> = {
    ...{ accuracy, mcc, anomalousAccuracy: anomalous.accuracy, recall, falsePositiveRate },
    ...{ falseDiscoveryRate, precision, f1, anomalousMcc: anomalous.mcc, rocAuc: ranking?.rocAuc },
  };
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, estimate]) => {
      if (estimate === undefined || estimate.value === null) return [];
      return [[name, intervalOf(estimate)]];
    }),
  );
}

/** The interval of an estimate that is defined. */
export function intervalOf({ low, high, clustered }: Estimate): HeadlineInterval {
  const { by = 'session', clusters = null } = clustered ?? {};
  return { low, high, by, clusters };
}

/** What the thresholds that were chosen on validation sessions do, where there are any, Matthews' coefficient of every baseline, and how well a decoder predicts. */
export function findingMetrics({
  threshold,
  atFalsePositiveRate,
  baselines,
  alarms,
  decoder,
}: Findings): Metrics {
  const named = [
    ...(alarms == null ? [] : [['falseAlarmsPerHostHour', alarms.perHostHour.value] as const]),
    ...(atFalsePositiveRate ?? []).flatMap(({ oneIn, point }) => [
      [`thresholdRecallAtFpr${1 / oneIn}`, point?.recall.value ?? null] as const,
      [`thresholdFalsePositiveRateAtFpr${1 / oneIn}`, point?.falsePositiveRate.value ?? null] as const,
    ]),
    ...(baselines ?? []).map(({ name, rates }) => [`baseline ${name}`, rates.mcc.value] as const),
    ...(decoder === undefined ? [] : [['decoderBitsPerToken', decoder.bitsPerToken] as const]),
  ];
  if (threshold === null) return Object.fromEntries(named);
  const { recall, falsePositiveRate, precision, f1, mcc } = threshold.rates;
  return {
    thresholdRecall: recall.value,
    thresholdFalsePositiveRate: falsePositiveRate.value,
    thresholdPrecision: precision.value,
    thresholdF1: f1.value,
    thresholdMcc: mcc.value,
    ...Object.fromEntries(named),
  };
}

/** Of every kind, sessions that it changed in nothing that is read. */
export function morphMetrics({ kinds }: MorphCounts): Metrics {
  return Object.fromEntries(
    Object.entries(kinds).map(([name, { invisible }]) => [`invisible ${name}`, invisible]),
  );
}

/** The mean of each metric over the runs; null where one of them has none. */
export function meanMetrics(runs: readonly Metrics[]): Metrics {
  const mean = (name: string): number | null => {
    const values = runs.map((run) => run[name] ?? null);
    return values.includes(null)
      ? null
      : values.reduce<number>((sum, x) => sum + (x ?? 0), 0) / values.length;
  };
  return Object.fromEntries(Object.keys(runs[0] ?? {}).map((name) => [name, mean(name)]));
}
