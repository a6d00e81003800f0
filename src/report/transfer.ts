/** Transfer from morphs to attacks as text for the terminal. */
import type { BestByKind, Transfer } from '../evaluation/index.ts';
import { alignColumns } from '../text/index.ts';
import { clustersText, points, rangeText, share } from './cells.ts';

/** Recall of morphs and of attacks at one threshold, the gap, and the best rule beside it; empty without transfers. */
export function formatTransfers(transfers: readonly Transfer[], best: readonly BestByKind[] | null): string {
  const rule = best?.find(({ kind }) => kind === null)?.rule ?? null;
  return transfers
    .map(({ presentation, normalProbability, morphs, attacks, gap, falsePositiveRate, supervised }) => {
      const at =
        normalProbability === null
          ? 'sessions whose most probable class is not "normal"'
          : `P(normal) ≤ ${normalProbability.toPrecision(3)}, chosen on validation sessions`;
      const row = (name: string, rate: typeof morphs) => [
        name,
        share(rate.value),
        rangeText(rate, share),
        clustersText(rate),
        `${rate.numerator} of ${rate.denominator}`,
      ];
      const rows = [
        ['', 'value', '95% interval', 'widest by', ''],
        row(`recall of morphs (${presentation})`, morphs),
        row('recall of attacks', attacks),
        [
          'gap, in percentage points',
          gap.value === null ? '–' : points(gap.value),
          rangeText(gap, (x) => points(x!)),
        ],
        row('false positive rate', falsePositiveRate),
        ...(supervised === null
          ? []
          : [row('attacks found with labels of others, at that rate', supervised)]),
        ...(rule === null
          ? []
          : [
              [
                `best rule on attacks: ${rule.name}`,
                share(rule.called),
                `at ${share(rule.falseAlarms)} false alarms`,
                rule.by === 'oracle' ? 'an oracle’s choice' : '',
              ],
            ]),
      ];
      return `${[`Transfer from morphs to attacks: ${at}`, ...alignColumns(rows, 'lrlll')].join('\n')}\n`;
    })
    .join('\n');
}
