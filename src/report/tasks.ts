/** The table of a task: what several tables of predictions are worth on the same sessions. */
import type { Rate } from '../evaluation/index.ts';
import type { TaskScore } from '../export/index.ts';
import { alignColumns, displayPath, formatPercent, formatScore, interval } from '../text/index.ts';

/** A line a table, in the order in which they were given; then how much of each kind was called anomalous. */
export function formatTaskScores(scores: readonly TaskScore[]): string {
  const rates = scores.map(({ path, evaluation: { accuracy, anomalous, ranking } }) => [
    displayPath(path),
    rateText(accuracy),
    rateText(anomalous.recall),
    rateText(anomalous.falsePositiveRate),
    ranking === null ? '–' : formatScore(ranking.rocAuc.value),
    ranking === null ? '–' : formatScore(ranking.averagePrecision.value),
    ranking === null ? '–' : formatScore(ranking.logLoss.value),
  ]);
  const head = ['', 'accuracy', 'anomalies found', 'false alarms', 'AUC', 'average precision', 'log loss'];
  const kinds = scores[0]?.byKind ?? [];
  const calls = scores.map(({ path, byKind }) => [
    displayPath(path),
    ...byKind.map(({ sessions, called }) => formatPercent(sessions === 0 ? null : called / sessions)),
  ]);
  return [
    ...alignColumns([head, ...rates], 'lrrrrrr', ''),
    '',
    'Called anomalous, by what the sessions are:',
    ...alignColumns(
      [['', ...kinds.map(({ kind, sessions }) => `${kind} (${sessions})`)], ...calls],
      `l${'r'.repeat(kinds.length)}`,
      '',
    ),
    '',
  ].join('\n');
}

const rateText = (rate: Rate): string =>
  `${formatPercent(rate.value)} ${interval(rate, formatPercent)}`.trimEnd();
