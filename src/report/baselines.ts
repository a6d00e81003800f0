/** Baselines beside the network, as text for the terminal. */
import { ruleNames } from '../baseline/index.ts';
import type { AnomalousRates, Baseline, BestByKind, Chosen, Detection } from '../evaluation/index.ts';
import type { PairedRates } from '../statistics/index.ts';
import { alignColumns } from '../text/index.ts';
import { points, pText, RATES_COLUMNS, RATES_HEAD, rangeText, rateRow, share, shareOf } from './cells.ts';

/** What the network does on the same sessions. */
export interface NetworkRow {
  readonly anomalous: AnomalousRates;
  readonly detection: readonly Detection[];
}

/** The name that the network has in tables of baselines. */
export const NETWORK = 'the network';

/** Rates of each, how the network differs from it, then what finds each kind best; empty without baselines. */
export function formatBaselines(
  network: NetworkRow,
  baselines: readonly Baseline[] | null,
  best: readonly BestByKind[] | null,
): string {
  if (baselines === null || baselines.length === 0) return '';
  const sections = [
    rateLines(network, baselines),
    pairedLines(baselines),
    kindLines(network, baselines, best),
  ];
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function rateLines({ anomalous }: NetworkRow, baselines: readonly Baseline[]): readonly string[] {
  const rows = baselines.map(({ name, rates }) => rateRow(name, rates));
  const all = [RATES_HEAD, rateRow(NETWORK, anomalous), ...rows];
  return ['Baselines on the same sessions', ...alignColumns(all, RATES_COLUMNS)];
}

/** The head of a table of pairedCells. */
const PAIRED_HEAD = ['', 'recall', '95% interval', 'p', 'FPR', '95% interval', 'p'];

/** A paired difference in percentage points, its interval, and p. */
function pairedCells({ difference, mcnemar, p }: PairedRates): readonly string[] {
  if (difference.value === null) return ['–', '', ''];
  const least = difference.clustered === undefined ? mcnemar : p;
  const range = rangeText(difference, (x) => points(x ?? 0));
  return [points(difference.value), range, least === null ? '–' : pText(least)];
}

function pairedLines(baselines: readonly Baseline[]): readonly string[] {
  const rows = baselines.map(({ name, network }) => [
    name,
    ...pairedCells(network.recall),
    ...pairedCells(network.falsePositiveRate),
  ]);
  const isClustered = baselines.some(({ network }) => network.recall.difference.clustered !== undefined);
  return [
    'The network less each, session by session, in percentage points',
    ...alignColumns([PAIRED_HEAD, ...rows], 'lrlrrlr'),
    isClustered
      ? '  intervals and p: the widest of those by session, initiator, responder and pair of hosts'
      : '  p: McNemar’s exact test, which takes sessions as independent',
  ];
}

/** Beside a choice that was made on the test sessions. */
const ORACLE = '*';

function kindLines(
  { anomalous, detection }: NetworkRow,
  baselines: readonly Baseline[],
  best: readonly BestByKind[] | null,
): readonly string[] {
  if (best === null) return [];
  const rows = [['', NETWORK, 'best rule', '', 'FPR', 'best learnt', '', 'FPR']];
  for (const { kind, rule, learnt } of best) {
    const own = kind === null ? anomalous.recall : detection.find((one) => one.kind === kind)!.called;
    rows.push([kind ?? 'all', shareOf(own), ...told(rule), ...told(learnt)]);
  }
  const rules = baselines.filter(({ name }) => ruleNames.has(name)).length;
  const among = `${rules} rules and ${baselines.length - rules} others`;
  const chosen = best.flatMap(({ rule, learnt }) => [rule, learnt]).flatMap((one) => one ?? []);
  const byOracle = chosen.some(({ by }) => by === 'oracle');
  const byValidation = chosen.some(({ by }) => by === 'validation');
  return [
    'What finds each kind: sessions called anomalous, beside what it makes of normal ones',
    ...alignColumns(rows, 'lrrlrrlr'),
    ...(byValidation ? [`  chosen on the validation sessions among ${among}`] : []),
    ...(byOracle
      ? [`  ${ORACLE} an oracle's choice among ${among}: the best on these very test sessions`]
      : []),
  ];
}

function told(best: Chosen | null): readonly string[] {
  if (best === null) return ['–', '', ''];
  return [share(best.called), nameOf(best), share(best.falseAlarms)];
}

/** The name of what was chosen, marked where an oracle chose it. */
const nameOf = ({ name, by }: Chosen): string => (by === 'oracle' ? `${name}${ORACLE}` : name);

/** The network beside the best rule and the best other baseline, paired; empty without baselines. */
export function formatAgainst(
  { anomalous }: NetworkRow,
  baselines: readonly Baseline[] | null,
  best: readonly BestByKind[] | null,
): string {
  const overall = best?.find(({ kind }) => kind === null);
  if (baselines === null || overall === undefined) return '';
  const rows = [overall.rule, overall.learnt].flatMap((chosen) => {
    const found = baselines.find(({ name }) => name === chosen?.name);
    if (chosen === null || found === undefined) return [];
    const { recall, falsePositiveRate } = found.rates;
    const less = ({ difference }: PairedRates): string => {
      const range = rangeText(difference, (x) => points(x ?? 0));
      return difference.value === null ? '–' : `${points(difference.value)} (${range})`;
    };
    return [
      [
        ...[nameOf(chosen), shareOf(recall), less(found.network.recall)],
        ...[shareOf(falsePositiveRate), less(found.network.falsePositiveRate)],
      ],
    ];
  });
  const own = [NETWORK, shareOf(anomalous.recall), '', shareOf(anomalous.falsePositiveRate), ''];
  const head = ['', 'recall', 'network less it', 'FPR', 'network less it'];
  const byOracle = rows.some(([name]) => name!.endsWith(ORACLE));
  return `${[
    'Beside the best rule and the best of what learns otherwise, on the same sessions',
    ...alignColumns([head, own, ...rows], 'lrlrl'),
    ...(byOracle ? [`  ${ORACLE} an oracle's choice: the best on these very test sessions`] : []),
  ].join('\n')}\n`;
}
