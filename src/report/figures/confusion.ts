/** The confusion matrix as a figure. */
import type { TopLevelSpec } from 'vega-lite';
import type { Evaluation } from '../../evaluation/index.ts';
import { formatCount, formatPercent } from '../../text/index.ts';

/** Rows actual, columns predicted; the darker, the larger the share of the row; counts with that share below. */
export function confusionFigure({
  classes,
  matrix,
  sessions,
  accuracy,
}: Pick<Evaluation, 'classes' | 'matrix' | 'sessions'> & {
  readonly accuracy: { readonly value: number | null };
}): TopLevelSpec {
  const values = matrix.flatMap((row, i) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, j) => ({
      actual: classes[i]!,
      predicted: classes[j]!,
      share: all === 0 ? 0 : count / all,
      count: formatCount(count),
      percent: all === 0 || count === 0 ? '' : formatPercent(count / all, 2),
    }));
  });
  const ink = { condition: { test: 'datum.share > 0.55', value: 'white' }, value: '#222' };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text: 'Confusion matrix',
      subtitle: `${formatPercent(accuracy.value, 3)} of ${formatCount(sessions)} test sessions right`,
      anchor: 'start',
    },
    data: { values },
    width: { step: 84 },
    height: { step: 44 },
    encoding: {
      x: {
        field: 'predicted',
        type: 'nominal',
        sort: [...classes],
        title: 'predicted',
        axis: {
          orient: 'top',
          labelAngle: classes.some((name) => name.length > 12) ? -30 : 0,
          labelLimit: 260,
          domain: false,
          ticks: false,
        },
      },
      y: {
        field: 'actual',
        type: 'nominal',
        sort: [...classes],
        title: 'actual',
        axis: { labelLimit: 260, domain: false, ticks: false },
      },
    },
    layer: [
      {
        mark: { type: 'rect', stroke: 'white', strokeWidth: 2 },
        encoding: {
          color: {
            field: 'share',
            type: 'quantitative',
            scale: { domain: [0, 1], range: ['#f7fbff', '#6baed6', '#08306b'] },
            legend: { title: 'share of the row', format: '.0%' },
          },
        },
      },
      { mark: { type: 'text', fontSize: 12, dy: -6 }, encoding: { text: { field: 'count' }, color: ink } },
      { mark: { type: 'text', fontSize: 9, dy: 9 }, encoding: { text: { field: 'percent' }, color: ink } },
    ],
  };
}
