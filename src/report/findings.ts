/** What is found beside the evaluation itself, as text for the terminal. */
import type { AnomalousRates, Findings, GroupRates, Rate, TestedThreshold } from '../evaluation/index.ts';
import { alignColumns, formatCount, formatPercent, formatScore, interval } from '../text/index.ts';
import { formatBaselines, type NetworkRow } from './baselines.ts';

/** Threshold, parts of the test set, baselines; sections apart by an empty line. */
export function formatFindings(network: NetworkRow, findings: Findings): string {
  const { applications, pairs, threshold, baselines } = findings;
  const sections = [
    thresholdLines(network, threshold),
    groupLines('By application of the captured session (protocol and port of the responder)', applications),
    groupLines('By what training knows of the captured session', pairs),
  ].map((lines) => lines.map((line) => `${line}\n`).join(''));
  return [...sections, formatBaselines(network, baselines)].filter((text) => text !== '').join('\n');
}

function thresholdLines({ anomalous }: NetworkRow, threshold: TestedThreshold | null): readonly string[] {
  if (threshold === null)
    return [
      'Threshold: none was chosen, as there are no validation sessions of both sorts (training.validation);',
      '  sessions are anomalous whose most probable class is not "normal"',
    ];
  const { rule, sessions, normalProbability, rates } = threshold;
  const aim =
    rule === 'f1'
      ? 'the highest F1'
      : `a false positive rate of at most ${formatPercent(rule.falsePositiveRate)}`;
  const where = `Threshold for ${aim}, chosen on ${formatCount(sessions)} validation sessions`;
  const rows = [['', 'recall', '95% interval', 'FPR', '95% interval', 'precision', 'F1', 'MCC']];
  const add = (name: string, { recall, falsePositiveRate, precision, f1, mcc }: AnomalousRates) => {
    rows.push([
      name,
      ...[percent(recall), interval(recall, short), percent(falsePositiveRate)],
      ...[interval(falsePositiveRate, short), percent(precision)],
      ...[formatScore(f1.value), formatScore(mcc.value)],
    ]);
  };
  const limit = normalProbability === null ? 'nothing' : `P(normal) ≤ ${normalProbability.toPrecision(3)}`;
  add(limit, rates);
  add('most probable class', anomalous);
  const { recall, falsePositiveRate } = threshold;
  const there = `there: recall ${short(recall)}, FPR ${short(falsePositiveRate)}`;
  return [where, `  ${there}; on the test sessions:`, ...alignColumns(rows, 'lrlrlrrr')];
}

function groupLines(title: string, groups: readonly GroupRates[]): readonly string[] {
  if (groups.length === 0) return [];
  const rows = [['', 'sessions', 'recall', '95% interval', '', 'FPR', '95% interval', '']];
  for (const { name, sessions, recall, falsePositiveRate } of groups) {
    rows.push([name, formatCount(sessions), ...rateCells(recall), ...rateCells(falsePositiveRate)]);
  }
  return [title, ...alignColumns(rows, 'lrrlrrlr')];
}

const rateCells = (r: Rate): readonly string[] =>
  r.value === null
    ? ['–', '', '']
    : [short(r.value), interval(r, short), `${formatCount(r.numerator)}/${formatCount(r.denominator)}`];

const short = (x: number | null): string => formatPercent(x, 3);
const percent = (r: Rate): string => short(r.value);
