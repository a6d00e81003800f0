/** How many seeds would show something, as text for the terminal. */
import type { EarlierSpread, Power } from '../sweep/index.ts';
import { alignColumns, formatCount, plural } from '../text/index.ts';
import { signed } from './cells.ts';

/** @param spread null where there are no earlier runs to tell it from */
export function formatPower(
  spread: EarlierSpread | null,
  powers: readonly Power[],
  metric: string,
  tests: number,
): string {
  if (spread === null)
    return `Seeds: nothing is known of how far ${metric} scatters; two seeds of a cell tell it, six or more tell it well\n`;
  const { deviation, pairs, from } = spread;
  const of =
    from === 'pairs'
      ? `paired differences of earlier runs (${plural(pairs, 'pair')})`
      : `earlier runs by seed (${plural(pairs, 'run')}), as if two cells shared nothing in a seed`;
  const rows = powers.map(({ effect, needed: { seeds, atMost } }) => [
    signed(effect, 4),
    formatCount(seeds),
    atMost === seeds ? '' : `up to ${formatCount(atMost)}, as the spread is known from so few`,
  ]);
  const level = tests > 1 ? ` at 5% / ${tests}, as ${tests} hypotheses are tested` : '';
  return `${[
    `Seeds that show a difference of ${metric} with a probability of 80%${level}`,
    ...alignColumns([['difference', 'seeds', ''], ...rows], 'rrl'),
    `  by a standard deviation of ${deviation.toFixed(4)} of the ${of}`,
  ].join('\n')}\n`;
}
