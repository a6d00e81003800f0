/** One run, and all runs of a spec, as text for the terminal. */
import type { MorphCounts } from '../anomaly/index.ts';
import { meanMetrics } from '../evaluation/index.ts';
import type { EngineFacts } from '../network/index.ts';
import type { RunResult } from '../run/index.ts';
import { alignColumns, displayPath, formatCount, formatPercent, formatScore, plural } from '../text/index.ts';
import { block, type Row } from './data.ts';
import { emptyClasses } from './evaluation.ts';

/** What computes. */
export function describeEngine({ engine, variant, threads, exact }: EngineFacts): string {
  const bits = exact ? 'the same bits on every machine' : 'not the same bits everywhere';
  return block([['engine', `${engine} (${variant}), ${plural(threads, 'thread')}; ${bits}`]]);
}

/** What could not be done to the test sessions as the spec wants it; empty when everything could. */
export function describeMorphs(counts: MorphCounts): string {
  const { kinds, leftNormal, macUnknown, macShared } = counts;
  const rows: Row[] = Object.entries(kinds)
    .filter(([, { couldNotApply }]) => couldNotApply > 0)
    .map(([name, { drawn, couldNotApply, replacedBy, leftNormal: left }]): Row => {
      const became = Object.entries(replacedBy).map(([other, count]) => `${formatCount(count)} ${other}`);
      if (left > 0) became.push(`${formatCount(left)} normal`);
      const what = became.length === 0 ? 'are not tested as such' : `became ${became.join(', ')}`;
      return [
        name,
        `could not apply to ${formatCount(couldNotApply)} of ${formatCount(drawn)}, which ${what}`,
      ];
    });
  for (const [name, { invisible }] of Object.entries(kinds))
    if (invisible > 0)
      rows.push([
        name,
        `changed nothing that is read (tokens) of ${plural(invisible, 'session')}: no network could see it`,
      ]);
  if (leftNormal > 0) rows.push(['normal', `${plural(leftNormal, 'session')} that no kind could apply to`]);
  if (macUnknown > 0)
    rows.push([
      'stale MAC',
      `${plural(macUnknown, 'session')}: training never showed the MAC address of the new destination`,
    ]);
  if (macShared > 0)
    rows.push(['shared MAC', `${plural(macShared, 'session')}: both ends are behind one gateway`]);
  for (const [note, what] of [
    ['ttlUnknown', 'TTL'],
    ['vlanUnknown', 'VLAN'],
    ['optionsUnknown', 'TCP options'],
  ] as const)
    if (counts[note] > 0)
      rows.push([
        `stale ${what}`,
        `${plural(counts[note], 'session')}: training never showed that of the new sender`,
      ]);
  return rows.length === 0
    ? ''
    : `Morphs of the test sessions that are not as drawn\n${alignColumns(rows, 'll').join('\n')}\n\n`;
}

/** The end of one run. */
export function describeResult({ resultHash, folder, state, repaired = [] }: RunResult): string {
  const place = displayPath(folder);
  const where = state === 'same' ? `${place} (there already, with the same result hash: kept)` : place;
  const names = repaired.join(', ');
  return block([
    ['result hash', resultHash],
    ['results', where],
    ...(repaired.length === 0
      ? []
      : [['repaired', `${names}: not as the run wrote it; what was there is kept as .damaged-…`] as const]),
  ]);
}

/** Several runs and their mean. */
export function describeRuns(runs: readonly RunResult[]): string {
  const mean = meanMetrics(runs.map((run) => run.metrics));
  const row = (name: string, metrics: RunResult['metrics'], hash: string): string[] => {
    const percent = (key: string) => formatPercent(metrics[key] ?? null, 3);
    const score = (key: string) => formatScore(metrics[key] ?? null);
    const rates = [percent('accuracy'), score('mcc'), percent('recall'), percent('falsePositiveRate')];
    return [name, ...rates, percent('precision'), score('f1'), hash];
  };
  const rows = [
    ['seed', 'accuracy', 'MCC', 'recall', 'FPR', 'precision', 'F1', 'result hash'],
    ...runs.map((run) => row(String(run.seed), run.metrics, run.resultHash.slice(0, 12))),
    row('mean', mean, ''),
  ];
  const empty = [...new Set(runs.flatMap((run) => emptyClasses(run.evaluation)))];
  const none =
    empty.length === 0 ? '' : `  No test session is ${empty.join(' or ')}: nothing is said of it\n`;
  return `All seeds\n${alignColumns(rows, 'lrrrrrrl').join('\n')}\n${none}`;
}
