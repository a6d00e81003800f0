/** The tables of a report: what is in each cell, as people read it and as programs do. */
import { holm } from '../../statistics/index.ts';
import { compareGroups, presentationsOf, relianceOf } from '../../sweep/index.ts';
import { formatScore, plural } from '../../text/index.ts';
import { points, pText, share } from '../cells.ts';
import { correctedOf } from '../reliance.ts';
import { type Cell, hashesOf, type Material, type Run } from './material.ts';

export interface TableCell {
  readonly text: string;
  /** For CSV; the text where it is not a number. */
  readonly value?: number | null;
  /** Better than every other, told from chance. */
  readonly best?: boolean;
}

export interface Table {
  readonly name: string;
  readonly caption: string;
  readonly head: readonly string[];
  /** `l` and `r` for each column. */
  readonly align: string;
  readonly rows: readonly (readonly TableCell[])[];
  readonly hashes: readonly string[];
}

type Column = readonly [metric: string, head: string, format: (x: number | null) => string, less?: boolean];

const COLUMNS: readonly Column[] = [
  ['accuracy', 'accuracy', share],
  ['mcc', 'MCC', formatScore],
  ['recall', 'recall', share],
  ['falsePositiveRate', 'FPR', share, true],
  ['precision', 'precision', share],
  ['f1', 'F1', formatScore],
  ['rocAuc', 'ROC AUC', formatScore],
];

const LEVEL = 0.05;

/** All that the runs give. */
export function tablesOf(material: Material): readonly Table[] {
  const [cell] = material.cells;
  const [run] = cell!.runs;
  const single = material.cells.length === 1;
  return [
    results(material),
    ...(single && cell!.runs.length === 1 ? [headline(cell!, run!)] : []),
    ...differences(material),
    kinds(material),
    ...(single ? baselines(cell!, run!) : []),
    ...reliances(material),
  ];
}

const label = (text: string): TableCell => ({ text });

/** A row a cell, a column a metric: the mean over its seeds and their standard deviation. */
function results({ cells, groups }: Material): Table {
  const best = new Map(COLUMNS.map(([metric, , , less]) => [metric, bestOf({ groups }, metric, less)]));
  const compared = compareGroups(groups);
  const several = cells.some(({ runs }) => runs.length > 1);
  const rows = cells.map((cell, i): TableCell[] => [
    label(cell.name),
    { text: String(cell.runs.length), value: cell.runs.length },
    ...COLUMNS.map(([metric, , format]): TableCell => {
      const spread = compared[i]!.metrics[metric] ?? null;
      const deviation = spread?.deviation ?? null;
      const around = deviation === null ? '' : ` ± ${aroundText(deviation, format)}`;
      return {
        text: `${format(spread?.mean ?? null)}${around}`,
        value: spread?.mean ?? null,
        best: best.get(metric) === i,
      };
    }),
  ]);
  const marked = [...best.values()].some((i) => i !== null);
  const mark = cells.length < 2 ? '' : marked ? MARKED : UNMARKED;
  return {
    name: 'results',
    caption: `Test sessions: accuracy and MCC are of the task, all others ask “is it anomalous?”.${several ? ' Mean ± standard deviation over seeds.' : ''}${mark}`,
    head: ['', 'seeds', ...COLUMNS.map(([, head]) => head)],
    align: `lr${'r'.repeat(COLUMNS.length)}`,
    rows,
    hashes: hashesOf(cells),
  };
}

const MARKED =
  ' Bold: better than every other cell, p of the sign-flip test ≤ 0.05 after Holm’s correction for all of them.';
const UNMARKED =
  ' None is marked as the best: none differs from every other at p ≤ 0.05 (sign-flip test, Holm’s correction).';

/** A deviation with two digits, in percent where the mean is. */
function aroundText(deviation: number, format: (x: number | null) => string): string {
  const percent = format === share;
  const value = percent ? 100 * deviation : deviation;
  if (value === 0) return '0';
  const places = Math.max(0, 1 - Math.floor(Math.log10(value)));
  return value.toFixed(Math.min(places, percent ? 3 : 5));
}

/** The place of the cell that is better by a metric than every other, told from chance; null where there is none. */
export function bestOf({ groups }: Pick<Material, 'groups'>, metric: string, less = false): number | null {
  if (groups.length < 2) return null;
  const sign = less ? -1 : 1;
  const means = compareGroups(groups).map(({ metrics }) => metrics[metric]?.mean ?? null);
  if (means.some((mean) => mean === null)) return null;
  const top = means.reduce<number>((best, mean, i) => (sign * mean! > sign * means[best]! ? i : best), 0);
  const others = compareGroups(groups, groups[top]).filter((_, i) => i !== top);
  const differences = others.map(({ difference }) => difference[metric] ?? null);
  // The others less the best one.
  if (differences.some((one) => one === null || sign * one.mean >= 0)) return null;
  return holm(differences.map((one) => one!.p)).every((p) => p <= LEVEL) ? top : null;
}

/** One run: its numbers with their intervals. */
function headline(cell: Cell, { record }: Run): Table {
  const { evaluation = {}, intervals = {} } = record;
  const rows = COLUMNS.map(([metric, head, format]): TableCell[] => {
    const { low = null, high = null, by = '', clusters = null } = intervals[metric] ?? {};
    return [
      label(head),
      { text: format(evaluation[metric] ?? null), value: evaluation[metric] ?? null },
      { text: format(low), value: low },
      { text: format(high), value: high },
      label(low === null ? '' : clusters === null ? `${by}s` : plural(clusters, by)),
    ];
  });
  return {
    name: 'headline',
    caption:
      'Headline numbers of the test sessions with 95% intervals; where it is known which sessions belong together, the widest of those that respect it (last column).',
    head: ['', 'value', 'low', 'high', 'widest by'],
    align: 'lrrrl',
    rows,
    hashes: hashesOf([cell]),
  };
}

function differences({ groups, cells }: Material): readonly Table[] {
  if (groups.length < 2) return [];
  const compared = compareGroups(groups);
  const rows = compared
    .slice(1)
    .map(({ name, difference }) => ({ name, versus: difference.accuracy ?? null }));
  const adjusted = holm(rows.flatMap(({ versus }) => (versus === null ? [] : [versus.p])));
  let next = 0;
  const least = Math.max(0, ...rows.map(({ versus }) => versus?.n ?? 0));
  return [
    {
      name: 'differences',
      caption: `Accuracy less that of “${compared[0]!.against}” in percentage points, paired by seed: mean, 95% interval (Student’s t), p of the sign-flip test and after Holm’s correction for all rows.${least > 0 && 2 / 2 ** least > LEVEL ? ` Of ${plural(least, 'pair')} p is never below ${2 / 2 ** least}.` : ''}`,
      head: ['', 'pairs', 'difference', 'low', 'high', 'p', 'Holm'],
      align: 'lrrrrrr',
      rows: rows.map(({ name, versus }): TableCell[] => {
        const number = (x: number | null | undefined, format: (x: number) => string): TableCell =>
          x === null || x === undefined ? { text: '–', value: null } : { text: format(x), value: x };
        return [
          label(name),
          { text: String(versus?.n ?? 0), value: versus?.n ?? 0 },
          number(versus?.mean, points),
          number(versus?.low, points),
          number(versus?.high, points),
          number(versus?.p, pText),
          number(versus === null ? null : adjusted[next++], pText),
        ];
      }),
      hashes: hashesOf(cells),
    },
  ];
}

/** Shares of each kind that are called anomalous: with intervals of one run, means over seeds of several. */
function kinds({ cells }: Material): Table {
  const [first] = cells[0]!.runs;
  const names = [
    ...new Set(
      cells.flatMap(({ runs }) => runs.flatMap(({ evaluation }) => evaluation.detection.map((d) => d.kind))),
    ),
  ];
  if (cells.length === 1 && cells[0]!.runs.length === 1)
    return {
      name: 'kinds',
      caption:
        'Test sessions that are called anomalous, by what was done to them, with 95% intervals; of normal ones these are false positives.',
      head: ['', 'sessions', 'called anomalous', 'low', 'high'],
      align: 'lrrrr',
      rows: first!.evaluation.detection.map(({ kind, called }): TableCell[] => [
        label(kind),
        { text: String(called.denominator), value: called.denominator },
        ...[called.value, called.low, called.high].map((x) => ({ text: share(x), value: x })),
      ]),
      hashes: hashesOf(cells),
    };
  return {
    name: 'kinds',
    caption:
      'Shares of the test sessions that are called anomalous, by what was done to them; mean over seeds. Of normal ones these are false positives.',
    head: ['', ...names],
    align: `l${'r'.repeat(names.length)}`,
    rows: cells.map((cell): TableCell[] => [
      label(cell.name),
      ...names.map((name): TableCell => {
        const values = cell.runs.flatMap(
          ({ evaluation }) => evaluation.detection.find(({ kind }) => kind === name)?.called.value ?? [],
        );
        const mean = values.length === 0 ? null : values.reduce((sum, x) => sum + x, 0) / values.length;
        return { text: share(mean), value: mean };
      }),
    ]),
    hashes: hashesOf(cells),
  };
}

/** The network beside simpler means, of the first run. */
function baselines(cell: Cell, { evaluation, record }: Run): readonly Table[] {
  const all = evaluation.baselines ?? [];
  if (all.length === 0) return [];
  const { anomalous, ranking } = evaluation;
  const row = (name: string, rates: typeof anomalous | (typeof all)[number]['rates'], auc: number | null) => [
    label(name),
    ...[rates.recall, rates.falsePositiveRate, rates.precision].map(({ value }) => ({
      text: share(value),
      value,
    })),
    ...[rates.f1.value, rates.mcc.value, auc].map((value) => ({ text: formatScore(value), value })),
  ];
  const which = cell.runs.length === 1 ? '' : ` Of seed ${record.seed}, the first.`;
  return [
    {
      name: 'baselines',
      caption: `The network beside rules and simpler learners on the same test sessions, “is it anomalous?”.${which}`,
      head: ['', 'recall', 'FPR', 'precision', 'F1', 'MCC', 'ROC AUC'],
      align: 'lrrrrrr',
      rows: [
        row('the network', anomalous, ranking?.rocAuc.value ?? null),
        ...all.map(({ name, rates, rocAuc }) => row(name, rates, rocAuc?.value ?? null)),
      ],
      hashes: [record.resultHash],
    },
  ];
}

function reliances({ groups, cells }: Material): readonly Table[] {
  const presentations = presentationsOf(groups);
  if (presentations.length === 0) return [];
  return (
    [
      ['reliance-recall', 'recall'],
      ['reliance-false-positives', 'falsePositiveRate'],
    ] as const
  ).map(([name, metric]) => {
    const rows = relianceOf(groups, metric);
    const adjusted = correctedOf(rows);
    return {
      name,
      caption: `${metric === 'recall' ? 'Recall' : 'False positive rate'} of the same weights under other presentations of the same test sessions: mean over seeds, and percentage points against the row’s own test; *: p ≤ 0.05 after Holm’s correction for ${plural(adjusted.size, 'difference')}.`,
      head: ['', 'own test', ...presentations],
      align: `lr${'r'.repeat(presentations.length)}`,
      rows: rows.map((row, i): TableCell[] => [
        label(row.name === '' ? cells[i]!.name : row.name),
        { text: share(row.own), value: row.own },
        ...presentations.map((presentation): TableCell => {
          const cell = row.under.get(presentation)!;
          const told = (adjusted.get(cell) ?? 1) <= LEVEL ? '*' : '';
          const change = cell.change === null ? '' : ` (${points(cell.change.mean)}${told})`;
          return { text: `${share(cell.mean)}${change}`, value: cell.mean };
        }),
      ]),
      hashes: hashesOf(cells),
    };
  });
}
