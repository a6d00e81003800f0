/** The note of a run: what came out, as markdown. */
import type { Estimate, Evaluation } from '../../evaluation/index.ts';
import { onOneLine, plural } from '../../text/index.ts';
import { limits } from './limits.ts';

/**
 * Headline rates with their intervals, what the attention shows, and the confusion matrix; the matrix is left to the table where
 * it is too wide.
 */
export function noteOf(evaluation: Evaluation, resultHash: string, says: readonly string[] = []): string {
  const { anomalous: a, ranking } = evaluation;
  const rows: (readonly [string, Estimate, boolean])[] = [
    ['accuracy (of the kind)', evaluation.accuracy, true],
    ['recall: anomalous found', a.recall, true],
    ['precision: alarms that are right', a.precision, true],
    ['false positive rate FP/(FP+TN)', a.falsePositiveRate, true],
    ['false discovery rate FP/(FP+TP)', a.falseDiscoveryRate, true],
    ['MCC (of the kind)', evaluation.mcc, false],
    ...(ranking === null ? [] : [['ROC AUC', ranking.rocAuc, false] as const]),
  ];
  const head = [
    `**${percent(evaluation.accuracy.value)}** of ${evaluation.sessions} test sessions right; result \`${resultHash.slice(0, 12)}\``,
    '',
    '| | value | 95% interval | widest by |',
    '|---|---:|---|---|',
    ...rows.map(([name, estimate, share]) => {
      const text = share ? percent : score;
      const { value, low, high, clustered } = estimate;
      const range = low === null || high === null ? '–' : `${text(low)} … ${text(high)}`;
      const by = clustered === undefined ? '' : plural(clustered.clusters, clustered.by);
      return `| ${name} | ${text(value)} | ${low === null && by !== '' ? 'too few' : range} | ${by} |`;
    }),
    '',
    ...says.map((line) => `- ${onOneLine(line).replaceAll('|', '\\|')}`),
    ...(says.length === 0 ? [] : ['']),
  ];
  const matrix = [
    'Confusion matrix (rows: actual, columns: predicted)',
    '',
    `| | ${evaluation.classes.map(cell).join(' | ')} |`,
    `|---|${'---:|'.repeat(evaluation.classes.length)}`,
    ...evaluation.matrix.map((row, i) => `| ${cell(evaluation.classes[i]!)} | ${row.join(' | ')} |`),
    '',
  ];
  const whole = [...head, ...matrix].join('\n');
  if (whole.length <= limits.tag) return whole;
  return [...head, 'The confusion matrix is in tables/confusion-matrix.json.', ''].join('\n');
}

const cell = (name: string) => onOneLine(name).replaceAll('|', '\\|');
const percent = (value: number | null) => (value === null ? '–' : `${(100 * value).toFixed(2)}%`);
const score = (value: number | null) => (value === null ? '–' : value.toFixed(4));
