/** Tables of a run as CSV, a measurement a line. */
import {
  type Baseline,
  corners,
  type Detection,
  type Estimate,
  type Evaluation,
  type OperatingPoint,
  type Rate,
  shortest32,
} from '../evaluation/index.ts';
import { csvLine } from '../text/index.ts';

type Cells = Parameters<typeof csvLine>[0];

/** Value, both ends of its interval, what it was computed from, and by which clusters, where there is such a thing. */
function measured(estimate: Estimate | Rate): Cells {
  const { value, low, high, clustered } = estimate;
  const counts = 'numerator' in estimate ? [estimate.numerator, estimate.denominator] : ['', ''];
  return [value ?? '', low ?? '', high ?? '', ...counts, clustered?.by ?? '', clustered?.clusters ?? ''];
}

/** The network and every baseline: their rates, what the network has more, and what they call anomalous of each kind. */
export function* baselineLines(
  { anomalous, ranking }: Pick<Evaluation, 'anomalous' | 'ranking'>,
  detection: readonly Detection[],
  baselines: readonly Baseline[],
): Generator<string, void, void> {
  yield csvLine([
    'baseline',
    'measure',
    'kind',
    'value',
    'low',
    'high',
    'numerator',
    'denominator',
    'by',
    'clusters',
  ]);
  const all = [
    { name: 'network', rates: anomalous, rocAuc: ranking?.rocAuc ?? null, detection, network: null },
    ...baselines,
  ];
  for (const { name, rates, rocAuc, detection: kinds, network } of all) {
    for (const measure of ['recall', 'falsePositiveRate', 'precision', 'f1', 'mcc'] as const)
      yield csvLine([name, measure, '', ...measured(rates[measure])]);
    if (rocAuc !== null) yield csvLine([name, 'rocAuc', '', ...measured(rocAuc)]);
    if (network !== null)
      for (const measure of ['recall', 'falsePositiveRate'] as const) {
        const { difference } = network[measure];
        yield csvLine([name, `network less it, ${measure}`, '', ...measured(difference)]);
      }
    for (const { kind, called } of kinds) yield csvLine([name, 'detection', kind, ...measured(called)]);
  }
}

/**
 * The ROC, precision-recall and DET curves in one table, from (0, 0) on: the corners of the ROC curve, between which all
 * other points lie on straight lines in the two counts.
 *
 * @param points by ascending normalProbability
 */
export function* curveLines(points: readonly OperatingPoint[]): Generator<string, void, void> {
  yield csvLine([
    ...['p_normal_at_most', 'true_positives', 'false_positives'],
    ...['recall', 'false_positive_rate', 'false_negative_rate', 'precision'],
  ]);
  const m = points.at(-1)?.truePositives ?? 0;
  const n = points.at(-1)?.falsePositives ?? 0;
  const share = (count: number, of: number) => (of === 0 ? '' : count / of);
  yield csvLine(['', 0, 0, share(0, m), share(0, n), share(m, m), '']);
  for (const { normalProbability, truePositives: tp, falsePositives: fp } of corners(points))
    yield csvLine([
      ...[shortest32(normalProbability), tp, fp],
      ...[share(tp, m), share(fp, n), share(m - tp, m), share(tp, tp + fp)],
    ]);
}
