/** What cells find of first contacts, of attacks beside morphs, and per host and hour: the mean over their seeds. */
import type { Compared } from '../sweep/index.ts';
import { alignColumns } from '../text/index.ts';
import { points, share } from './cells.ts';

interface Headline {
  readonly metric: string;
  readonly head: string;
  readonly format: (mean: number) => string;
}

const HEADLINES: readonly Headline[] = [
  { metric: 'knownPairFalsePositiveRate', head: 'FPR of known pairs', format: share },
  { metric: 'newPairFalsePositiveRate', head: 'of new pairs', format: share },
  { metric: 'newPairGap', head: 'new − known', format: points },
  { metric: 'transferMorphRecall', head: 'recall of morphs', format: share },
  { metric: 'transferAttackRecall', head: 'of attacks', format: share },
  { metric: 'transferGap', head: 'morphs − attacks', format: points },
];

/** After an empty line; empty where no cell has any of it. Gaps are in percentage points. */
export function formatHeadlines(compared: readonly Compared[]): string {
  const shown = HEADLINES.filter(({ metric }) => compared.some(({ metrics }) => metrics[metric] != null));
  if (shown.length === 0) return '';
  const rows = compared.map(({ name, metrics }) => [
    name,
    ...shown.map(({ metric, format }) => {
      const spread = metrics[metric];
      return spread == null ? '–' : format(spread.mean);
    }),
  ]);
  const head = ['', ...shown.map((one) => one.head)];
  return `\n${alignColumns([head, ...rows], `l${'r'.repeat(shown.length)}`, '').join('\n')}\n`;
}
