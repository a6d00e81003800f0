/** Baselines beside the network, as text for the terminal. */
import { bestByKind, ruleNames } from '../baseline/index.ts';
import type { AnomalousRates, Baseline, Detection } from '../evaluation/index.ts';
import { alignColumns } from '../text/index.ts';
import { RATES_COLUMNS, RATES_HEAD, rateRow, share, shareOf } from './cells.ts';

/** What the network does on the same sessions. */
export interface NetworkRow {
  readonly anomalous: AnomalousRates;
  readonly detection: readonly Detection[];
}

/** The name that the network has in tables of baselines. */
export const NETWORK = 'the network';

/** Rates of each, then what finds each kind best; empty without baselines. */
export function formatBaselines(network: NetworkRow, baselines: readonly Baseline[] | null): string {
  if (baselines === null || baselines.length === 0) return '';
  return `${[...rateLines(network, baselines), '', ...kindLines(network, baselines)].join('\n')}\n`;
}

function rateLines({ anomalous }: NetworkRow, baselines: readonly Baseline[]): readonly string[] {
  const rows = baselines.map(({ name, rates }) => rateRow(name, rates));
  const all = [RATES_HEAD, rateRow(NETWORK, anomalous), ...rows];
  return ['Baselines on the same sessions', ...alignColumns(all, RATES_COLUMNS)];
}

function kindLines({ detection }: NetworkRow, baselines: readonly Baseline[]): readonly string[] {
  const rows = [['', NETWORK, 'best rule*', '', 'FPR', 'best learnt*', '', 'FPR']];
  const bestRules = bestByKind(baselines, (name) => ruleNames.has(name));
  const bestOthers = bestByKind(baselines, (name) => !ruleNames.has(name));
  bestRules.forEach(({ kind, best: rule }, k) => {
    const network = shareOf(detection[k + 1]!.called);
    rows.push([kind, network, ...told(rule), ...told(bestOthers[k]!.best)]);
  });
  const rules = baselines.filter(({ name }) => ruleNames.has(name)).length;
  const others = baselines.length - rules;
  return [
    'What finds each kind: sessions called anomalous, beside what it makes of normal ones',
    ...alignColumns(rows, 'lrrlrrlr'),
    `  * an oracle's choice among ${rules} rules and ${others} others: the best on these very test sessions`,
  ];
}

function told(best: ReturnType<typeof bestByKind>[number]['best']): readonly string[] {
  if (best === null) return ['–', '', ''];
  return [share(best.called), best.name, share(best.falseAlarms)];
}
