/** The defect ladder: what each defect does to a score, seed by seed, and what the weights trained with it rely on. */

import { holm, type PairedDifference } from '../statistics/index.ts';
import { type Convergence, compareGroups, type Group, presentedMetrics, relianceOf } from '../sweep/index.ts';
import { alignColumns, csvLine, formatPercent, plural } from '../text/index.ts';
import { differenceCells, pText, share } from './cells.ts';
import { correctedOf, formatReliance } from './reliance.ts';

/** A rung: a variant of the first cell, and what it adds to a metric. */
export interface Rung {
  readonly name: string;
  readonly specHash: string;
  readonly seeds: number;
  readonly mean: number | null;
  /** Against the first cell; null of the first, and without common seeds. */
  readonly inflation: PairedDifference | null;
  /** p of the inflation after Holm's correction for all rungs; null where there is none. */
  readonly holm: number | null;
}

/** What the ladder is about; the other metrics are explored. */
export const PRIMARY_METRIC = 'accuracy';
const EXPLORED = ['anomalousAccuracy', 'recall', 'falsePositiveRate'] as const;

/** The metrics of a ladder: what is told of the task, and of normal against anomalous. */
export const LADDER_METRICS = [PRIMARY_METRIC, ...EXPLORED] as const;

/** All rungs by one metric; the first group is what the others are measured against. */
export function climb(groups: readonly Group[], metric: string): readonly Rung[] {
  const compared = compareGroups(groups);
  const inflations = compared.map(({ difference }) => difference[metric] ?? null);
  const adjusted = holm(inflations.flatMap((one) => (one === null ? [] : [one.p])));
  let next = 0;
  return compared.map(({ name, specHash, seeds, metrics }, i) => ({
    name,
    specHash,
    seeds: seeds.length,
    mean: metrics[metric]?.mean ?? null,
    inflation: inflations[i]!,
    holm: inflations[i] === null ? null : adjusted[next++]!,
  }));
}

/**
 * The rungs by the primary metric, what each network relies on by that and by the kind that shows most of it, and the rungs by
 * other metrics.
 *
 * @param convergence of the runs
 */
export function formatLadder(groups: readonly Group[], convergence: readonly Convergence[]): string {
  const kind = mostChanged(groups);
  const reliance = [PRIMARY_METRIC, ...(kind === null ? [] : [kind])].map((metric) =>
    formatReliance(groups, metric),
  );
  const note = `Inflation of ${WORDS[PRIMARY_METRIC]}, the primary metric, is in percentage points against the first row, seed by seed, on these
test sessions; p: sign-flip test; Holm: p after Holm's correction for all rungs.`;
  const explored = EXPLORED.map((metric) => rungLines(groups, metric).join('\n'));
  const sections = [
    rungLines(groups, PRIMARY_METRIC).join('\n'),
    [note, ...convergence.map(convergenceLine)].join('\n'),
    ...reliance,
    'Explored beside it, without correction for how many there are:',
    ...explored,
  ];
  return `${sections
    .map((text) => text.trimEnd())
    .filter((text) => text !== '')
    .join('\n\n')}\n`;
}

function rungLines(groups: readonly Group[], metric: (typeof LADDER_METRICS)[number]): readonly string[] {
  const primary = metric === PRIMARY_METRIC;
  const rows = climb(groups, metric).map(({ name, seeds, mean, inflation, holm: adjusted }, i) => [
    name,
    String(seeds),
    share(mean),
    ...(i === 0 ? ['', '', ''] : differenceCells(inflation)),
    ...(primary ? [adjusted === null ? '' : pText(adjusted)] : []),
  ]);
  const head = ['', 'seeds', WORDS[metric], 'inflated by', '95% interval', 'p', ...(primary ? ['Holm'] : [])];
  return alignColumns([head, ...rows], primary ? 'lrrrlrr' : 'lrrrlr', '');
}

const WORDS: Readonly<Record<(typeof LADDER_METRICS)[number], string>> = {
  accuracy: 'accuracy',
  anomalousAccuracy: 'normal or not',
  recall: 'recall',
  falsePositiveRate: 'FPR',
};

/** Of the kinds, the one whose detection most cells of the matrix change; null without presentations. */
function mostChanged(groups: readonly Group[]): string | null {
  let most = { metric: null as string | null, changed: 0, by: 0 };
  for (const metric of presentedMetrics(groups).filter((name) => name.startsWith('detected '))) {
    const cells = relianceOf(groups, metric).flatMap(({ under }) => [...under.values()]);
    const changes = cells.map(({ change }) => Math.abs(change?.mean ?? 0)).filter((by) => by > 0);
    const by = changes.reduce((sum, change) => sum + change, 0);
    if (changes.length > most.changed || (changes.length === most.changed && by > most.by))
      most = { metric, changed: changes.length, by };
  }
  return most.metric;
}

function convergenceLine({ rule, validation, most, runs, kept, unfinished }: Convergence): string {
  const { metric, patience, minDelta } = rule;
  const by = minDelta === 0 ? '' : ` by more than ${minDelta}`;
  const end = unfinished === 0 ? 'none' : String(unfinished);
  return `Trained until the validation ${metric} (${formatPercent(validation)} of the training sessions, the last in time) was no better${by} for ${plural(patience, 'epoch')}, ${most} at
most, and tested with the weights of its best epoch: epochs ${kept.least} … ${kept.greatest}, ${kept.mean.toFixed(0)} on average of ${plural(runs, 'run')}; ${end} reached the maximum.`;
}

/**
 * A line for each rung and metric, against the first rung; and, with a presentation, one for each rung, presentation and
 * metric, against the rung's own test.
 */
export function ladderCsv(groups: readonly Group[]): string {
  const line = (
    cells: readonly (string | number)[],
    difference: PairedDifference | null,
    adjusted: number | null,
  ) => {
    const { n = 0, mean, low, high, p } = difference ?? {};
    return csvLine([...cells, ...[n, mean, low, high, p, adjusted].map((x) => x ?? '')]);
  };
  const first = groups[0]?.name ?? '';
  const rungs = LADDER_METRICS.flatMap((metric) =>
    climb(groups, metric).map(({ name, specHash, seeds, mean, inflation, holm: adjusted }) =>
      line(
        [name, specHash, metric, '', seeds, mean ?? '', first],
        inflation,
        metric === PRIMARY_METRIC ? adjusted : null,
      ),
    ),
  );
  const presented = presentedMetrics(groups).flatMap((metric) => {
    const rows = relianceOf(groups, metric);
    const corrected = correctedOf(rows);
    return rows.flatMap(({ name, specHash, seeds, under }) =>
      [...under].map(([presentation, cell]) =>
        line(
          [name, specHash, metric, presentation, seeds, cell.mean ?? '', 'own test'],
          cell.change,
          metric === PRIMARY_METRIC ? (corrected.get(cell) ?? null) : null,
        ),
      ),
    );
  });
  const head = 'rung,spec,metric,presentation,seeds,mean,against,pairs,difference,low,high,p,holm';
  return `${head}\n${[...rungs, ...presented].join('')}`;
}
