/** Everything that a table of predictions tells, without the run that it comes from. */
import { anomalyKindNames } from '../anomaly/index.ts';
import {
  alarmsOf,
  applyThreshold,
  calledBy,
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
  const alarms =
    table.starts === null
      ? null
      : alarmsOf({
          ...{ labels, clusterings, starts: table.starts },
          called: threshold === null ? predictions : calledBy(threshold, table),
          normalProbability: threshold?.normalProbability ?? null,
          sessions: table.sessions ?? Uint32Array.from(labels.keys()),
          // What sessionlab makes was normal before.
          labelled: !kindNames.slice(1).every((name) => anomalyKindNames.includes(name)),
        });
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
      ...(alarms === null ? {} : { alarms }),
    },
  };
}
