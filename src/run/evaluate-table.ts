/** Everything that a table of predictions tells, without the run that it comes from. */
import {
  applyThreshold,
  chooseThreshold,
  type Detection,
  detectionByKind,
  type Evaluation,
  evaluate,
  type Findings,
  fixedRates,
  groupsOf,
  mostProbable,
  operatingPoints,
  type ThresholdRule,
} from '../evaluation/index.ts';
import { readPredictions } from '../results/index.ts';
import { baselineFindings } from './assess.ts';

export interface TableEvaluation {
  readonly evaluation: Evaluation;
  readonly detection: readonly Detection[];
  readonly findings: Findings;
}

/**
 * Evaluates the predictions of test sessions.
 *
 * @param path see readPredictions
 * @param validation the same of validation sessions, by which a threshold is chosen; null for none
 * @throws FaultError (data) when a table is wrong
 */
export async function evaluateTable(
  path: string,
  validation: string | null,
  rule: ThresholdRule,
): Promise<TableEvaluation> {
  const table = await readPredictions(path);
  const { labels, probabilities, classes, kinds, kindNames, baselines, clusterings } = table;
  const predictions = mostProbable(probabilities, classes.length);
  const before = validation === null ? null : await readPredictions(validation);
  const known = before === null ? null : operatingPoints(before);
  const threshold = known === null ? null : chooseThreshold(known, rule);
  return {
    evaluation: evaluate(table),
    detection: detectionByKind(kinds, predictions, kindNames, clusterings),
    findings: {
      ...groupsOf(labels, predictions, table),
      threshold: threshold === null ? null : applyThreshold(threshold, table, kinds, kindNames),
      atFalsePositiveRate: known === null ? null : fixedRates(operatingPoints(table), known, table),
      ...baselineFindings(
        baselines.length === 0 ? null : { test: table, kinds: kindNames },
        before === null || before.baselines.length === 0 ? null : { test: before, kinds: before.kindNames },
        { called: predictions, clusterings },
      ),
    },
  };
}
