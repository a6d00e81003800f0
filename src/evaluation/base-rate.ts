/** Precision, were anomalous sessions rarer or more frequent than in the test set. */
import { type Estimate, ratioInterval } from '../statistics/index.ts';

export interface BaseRatePrecision extends Estimate {
  /** Share of anomalous sessions. */
  readonly baseRate: number;
}

/** Base rates at which precision is given beside that of the test set. */
const BASE_RATES = [0.1, 0.01, 0.001] as const;

/** Precision at base rates of 10%, 1% and 0.1%, with this recall and this false positive rate. */
export function precisionAtBaseRates(
  recall: Estimate,
  falsePositiveRate: Estimate,
): readonly BaseRatePrecision[] {
  return BASE_RATES.map((baseRate) => precisionAt(baseRate, recall, falsePositiveRate));
}

/**
 * Precision at a base rate π: πR / (πR + (1 − π)F), with recall R and false positive rate F. The interval is that of
 * the ratio R / F. Undefined when both are 0, or one of them is undefined.
 */
function precisionAt(baseRate: number, recall: Estimate, falsePositiveRate: Estimate): BaseRatePrecision {
  const ratio = ratioInterval(recall, falsePositiveRate);
  const hits = baseRate * (recall.value ?? 0);
  const alarms = (1 - baseRate) * (falsePositiveRate.value ?? 0);
  const undefinedRate = recall.value === null || falsePositiveRate.value === null;
  if (undefinedRate || hits + alarms === 0) return { baseRate, value: null, low: null, high: null };
  const value = hits / (hits + alarms);
  if (ratio === null) return { baseRate, value, low: null, high: null };
  const precision = (r: number) =>
    r === Number.POSITIVE_INFINITY ? 1 : (baseRate * r) / (baseRate * r + 1 - baseRate);
  return {
    baseRate,
    value,
    low: precision(ratio.low),
    high: precision(ratio.high),
  };
}
