/** Cells by seeds and hosts, as text for the terminal. */
import type { Method } from '../sweep/index.ts';
import { alignColumns } from '../text/index.ts';
import { points, rangeOf, shareOf } from './cells.ts';

/** A line a cell: its rates and what it adds, each with its interval. */
export function formatMethods(methods: readonly Method[]): string {
  const rows = methods.map(({ name, seeds, rates, difference }) => {
    const { accuracy, recall, falsePositiveRate } = rates;
    const more =
      difference === null || difference.value === null
        ? ['', '']
        : [
            points(difference.value),
            difference.low === null || difference.high === null
              ? 'none'
              : `${points(difference.low)} … ${points(difference.high)}`,
          ];
    const cells = [accuracy, recall, falsePositiveRate].flatMap((rate) => [
      shareOf(rate),
      rate.value !== null && rate.low === null ? 'none' : rangeOf(rate),
    ]);
    return [name, String(seeds), ...cells, ...more];
  });
  const head = [
    ...['', 'seeds', 'accuracy', '95% interval', 'recall', '95% interval', 'FPR', '95% interval'],
    ...['difference', '95% interval'],
  ];
  return `By seeds and hosts: what the method does on other hosts with other seeds
${alignColumns([head, ...rows], 'lrrlrlrlrl').join('\n')}
  the widest of the pigeonhole bootstraps of seeds with initiators, responders and pairs; it takes three seeds, ten of each, and some spread
`;
}
