/** Order statistics of samples, and how far their median is to be trusted. */
import type { Distribution } from './benchmark.ts';

/** Parts of a measurement, one after the other in time. */
const PARTS = 10;

/**
 * Quantiles by linear interpolation between order statistics (R. J. Hyndman and Y. Fan, 1996, type 7), and the noise of the median:
 * 1.4826 · median absolute deviation of the medians of up to ten consecutive parts of the samples, by the median.
 *
 * Within a part, what changes from call to call evens out; between parts, what comes and goes on a machine (clocks,
 * neighbours, collections of garbage) shows. It is not divided by √parts, for another run differs by more than that.
 *
 * @param values in the order of time
 * @throws RangeError when there are no samples, or one is no finite number
 */
export function distribution(values: readonly number[]): Distribution {
  if (values.length === 0 || !values.every(Number.isFinite))
    throw new RangeError(`distribution: got ${values.length} samples, expected one or more finite numbers`);
  const sorted = Float64Array.from(values).sort();
  const median = quantile(sorted, 0.5);
  return {
    samples: sorted.length,
    min: sorted[0]!,
    p5: quantile(sorted, 0.05),
    p25: quantile(sorted, 0.25),
    median,
    p75: quantile(sorted, 0.75),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    max: sorted[sorted.length - 1]!,
    noise: median > 0 ? noiseOf(values) / median : 0,
  };
}

/** The middle of values in any order; null of none. */
export function medianOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : quantile(Float64Array.from(values).sort(), 0.5);
}

function noiseOf(values: readonly number[]): number {
  const parts = Math.min(PARTS, values.length);
  const medians = Float64Array.from({ length: parts }, (_, i) => {
    const [from, to] = [i, i + 1].map((k) => Math.floor((k * values.length) / parts));
    return quantile(Float64Array.from(values.slice(from, to)).sort(), 0.5);
  }).sort();
  const middle = quantile(medians, 0.5);
  return 1.4826 * quantile(medians.map((value) => Math.abs(value - middle)).sort(), 0.5);
}

function quantile(sorted: Float64Array, q: number): number {
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (at - below) * (high - low);
}
