/** Baselines beside the network, as text for the terminal. */
import { bestByKind, ruleNames } from '../baseline/index.ts';
import type { AnomalousRates, Baseline, Detection, Estimate } from '../evaluation/index.ts';
import { alignColumns, formatPercent, formatScore, interval } from '../text/index.ts';

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
  const rows = [['', 'recall', '95% interval', 'FPR', '95% interval', 'precision', 'F1', 'MCC']];
  const add = (name: string, rates: Baseline['rates']) => {
    const { recall, falsePositiveRate, precision, f1, mcc } = rates;
    rows.push([
      name,
      ...[percent(recall), range(recall), percent(falsePositiveRate), range(falsePositiveRate)],
      ...[percent(precision), formatScore(f1.value), formatScore(mcc.value)],
    ]);
  };
  add(NETWORK, anomalous);
  for (const { name, rates } of baselines) add(name, rates);
  return ['Baselines on the same sessions', ...alignColumns(rows, 'lrlrlrrr')];
}

function kindLines({ detection }: NetworkRow, baselines: readonly Baseline[]): readonly string[] {
  const rows = [['', NETWORK, 'best rule', '', 'FPR', 'best learnt', '', 'FPR']];
  const rules = bestByKind(baselines, (name) => ruleNames.has(name));
  const others = bestByKind(baselines, (name) => !ruleNames.has(name));
  rules.forEach(({ kind, best: rule }, k) => {
    const network = percent(detection[k + 1]!.called);
    rows.push([kind, network, ...told(rule), ...told(others[k]!.best)]);
  });
  return [
    'What finds each kind: sessions called anomalous, beside what it makes of normal ones',
    ...alignColumns(rows, 'lrrlrrlr'),
  ];
}

function told(best: ReturnType<typeof bestByKind>[number]['best']): readonly string[] {
  if (best === null) return ['–', '', ''];
  return [formatPercent(best.called, 3), best.name, formatPercent(best.falseAlarms, 3)];
}

const percent = (e: Estimate): string => formatPercent(e.value, 3);
const range = (e: Estimate): string => interval(e, (x) => formatPercent(x, 3));
