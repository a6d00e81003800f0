/** Tables of a run as CSV, a measurement a line. */
import type { Baseline } from '../baseline/index.ts';
import type { Detection, Estimate, Evaluation, Rate } from '../evaluation/index.ts';
import { csvLine } from './predictions.ts';

type Cells = Parameters<typeof csvLine>[0];

/** Value, both ends of its interval, and what it was computed from, where there is such a thing. */
function measured(estimate: Estimate | Rate): Cells {
  const counts = 'numerator' in estimate ? [estimate.numerator, estimate.denominator] : ['', ''];
  return [estimate.value ?? '', estimate.low ?? '', estimate.high ?? '', ...counts];
}

/** The network and every baseline: their rates, and what they call anomalous of each kind. */
export function* baselineLines(
  { anomalous, ranking }: Pick<Evaluation, 'anomalous' | 'ranking'>,
  detection: readonly Detection[],
  baselines: readonly Baseline[],
): Generator<string, void, void> {
  yield csvLine(['baseline', 'measure', 'kind', 'value', 'low', 'high', 'numerator', 'denominator']);
  const all = [
    { name: 'network', rates: anomalous, rocAuc: ranking?.rocAuc ?? null, detection },
    ...baselines,
  ];
  for (const { name, rates, rocAuc, detection: kinds } of all) {
    for (const measure of ['recall', 'falsePositiveRate', 'precision', 'f1', 'mcc'] as const)
      yield csvLine([name, measure, '', ...measured(rates[measure])]);
    if (rocAuc !== null) yield csvLine([name, 'rocAuc', '', ...measured(rocAuc)]);
    for (const { kind, called } of kinds) yield csvLine([name, 'detection', kind, ...measured(called)]);
  }
}
