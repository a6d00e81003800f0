/** Which figures some runs give, each with its caption and the runs that it is made from; nothing is drawn yet. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { ATTENTION_FILE } from '../../results/index.ts';
import { holm } from '../../statistics/index.ts';
import { compareGroups, presentationsOf, relianceOf } from '../../sweep/index.ts';
import { formatCount, formatPercent, plural } from '../../text/index.ts';
import { share } from '../cells.ts';
import {
  attentionFigure,
  bandFigure,
  type Columns,
  type CurveKind,
  confusionFigure,
  detFigure,
  differenceFigure,
  type LinePoint,
  lineFigure,
  MOST_CURVES,
  precisionRecallFigure,
  reliabilityFigure,
  relianceFigure,
  rocFigure,
  tellingRecords,
} from '../figures/index.ts';
import { correctedOf } from '../reliance.ts';
import { type Cell, hashesOf, type Material } from './material.ts';

export interface Figure {
  /** Letters, digits and `-`. */
  readonly name: string;
  readonly title: string;
  /** What is seen, with its population. */
  readonly caption: string;
  readonly columns: Columns;
  readonly hashes: readonly string[];
  /** Made when it is drawn: a sweep has many. */
  readonly spec: () => TopLevelSpec;
}

/** p that tells from chance. */
const LEVEL = 0.05;

/** All that the runs give, in the order of a report. */
export async function figuresOf(material: Material): Promise<readonly Figure[]> {
  return [
    ...confusions(material),
    ...curves(material),
    ...epochs(material),
    ...ablation(material),
    ...learning(material),
    ...reliances(material),
    ...reliabilities(material),
    ...(await attentions(material)),
  ];
}

/** A name of a file for a cell: nothing where there is one alone. */
function suffix(cell: Cell, { cells }: Material): string {
  if (cells.length === 1) return '';
  const plain = cell.name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 60);
  return `-${cells.indexOf(cell) + 1}-${plain}`;
}

const ofCell = (cell: Cell, { cells }: Material): string => (cells.length === 1 ? '' : ` of ${cell.name}`);
const overSeeds = (cell: Cell): string =>
  cell.runs.length === 1 ? '' : `, summed over ${plural(cell.runs.length, 'seed')}`;

function confusions(material: Material): readonly Figure[] {
  return material.cells.flatMap((cell): Figure[] => {
    const { classes } = cell.runs[0]!.evaluation;
    const all = cell.runs.filter(({ evaluation }) => evaluation.classes.join('\n') === classes.join('\n'));
    const matrix = classes.map((_, i) =>
      classes.map((__, j) => all.reduce((sum, { evaluation }) => sum + evaluation.matrix[i]![j]!, 0)),
    );
    const sessions = matrix.flat().reduce((sum, n) => sum + n, 0);
    const right = matrix.reduce((sum, row, i) => sum + row[i]!, 0);
    const accuracy = { value: sessions === 0 ? null : right / sessions };
    return [
      {
        name: `confusion-matrix${suffix(cell, material)}`,
        title: `Confusion matrix${ofCell(cell, material)}`,
        caption: `Test sessions by what they are (rows) and what they are called (columns)${overSeeds(cell)}: ${formatCount(right)} of ${formatCount(sessions)} are right (${formatPercent(accuracy.value, 3)}). Below each count its share of the row.`,
        columns: 1,
        hashes: hashesOf([cell]),
        spec: () => compact(confusionFigure({ classes, matrix, sessions, accuracy })),
      },
    ];
  });
}

const CURVES: Readonly<Record<CurveKind, readonly [title: string, caption: string]>> = {
  roc: ['ROC curve', 'Recall of anomalous test sessions against the false positive rate of normal ones'],
  'precision-recall': [
    'Precision and recall',
    'Precision against recall of anomalous test sessions, at the share of anomalies that the test has',
  ],
  det: [
    'Detection error trade-off',
    'Missed anomalies against false positives on normal-deviate axes; rates of 0 have no place there',
  ],
};

function curves({ cells: all }: Material): readonly Figure[] {
  const having = all.filter(({ runs }) => runs.every(({ curve }) => curve.length > 0));
  const cells = having.slice(0, MOST_CURVES);
  if (cells.length === 0) return [];
  const left = all.length - cells.length;
  const [only] = cells.length === 1 && cells[0]!.runs.length === 1 ? cells[0]!.runs : [];
  const seeds = cells.some(({ runs }) => runs.length > 1)
    ? ' Lines: mean over seeds; bands: from the least to the greatest of the seeds.'
    : '';
  return (Object.keys(CURVES) as CurveKind[]).map((kind) => {
    const [title, caption] = CURVES[kind];
    return {
      name: kind,
      title,
      caption: `${caption}.${only === undefined ? seeds : ' The dot is what the most probable class does.'}${left > 0 ? ` ${plural(left, 'cell')} more are not drawn.` : ''}`,
      columns: 1,
      hashes: hashesOf(cells),
      spec: () => {
        if (only === undefined)
          return bandFigure(
            kind,
            cells.map(({ name, runs }) => ({ name, runs: runs.map(({ curve }) => curve) })),
          );
        const draw = { roc: rocFigure, 'precision-recall': precisionRecallFigure, det: detFigure }[kind];
        return sized(draw(only.curve, only.evaluation), kind === 'det' ? 310 : 220);
      },
    };
  });
}

/** Of the size at which its letters can be read in one column. */
const sized = (spec: TopLevelSpec, size: number): TopLevelSpec =>
  ({ ...spec, width: size, height: size }) as TopLevelSpec;

/** The matrix of a print: the counts say what a legend would. */
function compact(spec: TopLevelSpec): TopLevelSpec {
  const { layer, ...rest } = spec as { layer: readonly { encoding: { color?: object } }[] };
  const [cells, ...texts] = layer;
  const { color } = cells!.encoding;
  return {
    ...rest,
    width: { step: 58 },
    height: { step: 38 },
    layer: [{ ...cells, encoding: { color: { ...color, legend: null } } }, ...texts],
  } as TopLevelSpec;
}

function epochs({ cells: all }: Material): readonly Figure[] {
  const cells = all.filter(({ runs }) => runs.some((run) => run.epochs.length > 0)).slice(0, MOST_CURVES);
  if (cells.length === 0) return [];
  const parts = ['training', 'validation', 'test'] as const;
  const of = (part: (typeof parts)[number]) =>
    cells.flatMap(({ name, runs }): LinePoint[] => {
      const lines = runs.flatMap((run) => run.epochs.filter((line) => line.part === part));
      const numbers = [...new Set(lines.map(({ epoch }) => epoch))].sort((a, b) => a - b);
      return numbers.map((x) => ({
        name,
        part,
        x,
        values: lines.filter(({ epoch }) => epoch === x).map(({ accuracy }) => accuracy),
      }));
    });
  // The test of the last epoch alone is no curve.
  const points = [
    ...of('training'),
    ...of('validation'),
    ...(new Set(of('test').map(({ x }) => x)).size > 1 ? of('test') : []),
  ];
  const several = cells.some(({ runs }) => runs.length > 1);
  return [
    {
      name: 'accuracy-by-epoch',
      title: 'Accuracy by epoch',
      caption: `Accuracy after each epoch: of the training sessions, each as it was before the step that it was part of${points.some(({ part }) => part === 'validation') ? ', and of the validation sessions' : ''}.${several ? ' Lines: mean over seeds; bands: from the least to the greatest.' : ''}`,
      columns: 1,
      hashes: hashesOf(cells),
      spec: () => lineFigure(points, namesOf(cells), 'epoch'),
    },
  ];
}

const namesOf = (cells: readonly Cell[]): readonly string[] => cells.map(({ name }) => name);

function ablation({ groups, cells }: Material): readonly Figure[] {
  const compared = compareGroups(groups);
  const rows = compared.flatMap(({ name, difference }) => {
    const versus = difference.accuracy ?? null;
    return versus === null ? [] : [{ name, versus }];
  });
  if (rows.length === 0) return [];
  const adjusted = holm(rows.map(({ versus }) => versus.p));
  const pairs = [...new Set(rows.map(({ versus }) => versus.n))].join(' or ');
  return [
    {
      name: 'ablation',
      title: 'Ablation',
      caption: `Accuracy of each cell less that of “${compared[0]!.against}”, paired by seed (${pairs} ${pairs === '1' ? 'pair' : 'pairs'}), with the 95% interval of the mean (Student’s t). Filled: p of the sign-flip test is at most 0.05 after Holm’s correction for ${plural(rows.length, 'comparison')}.`,
      columns: 1,
      hashes: hashesOf(cells),
      spec: () =>
        differenceFigure(
          rows.map(({ name, versus: { mean, low, high } }, i) => ({
            name,
            mean,
            low,
            high,
            told: adjusted[i]! <= LEVEL,
          })),
          'accuracy',
        ),
    },
  ];
}

function learning({ cells }: Material): readonly Figure[] {
  const sizes = new Set(cells.map(({ runs }) => runs[0]!.record.sessions.training));
  if (sizes.size < 2) return [];
  const points = [...sizes]
    .sort((a, b) => a - b)
    .map(
      (x): LinePoint => ({
        name: 'test',
        part: 'test',
        x,
        values: cells
          .flatMap(({ runs }) => runs)
          .filter(({ record }) => record.sessions.training === x)
          .flatMap(({ evaluation }) => evaluation.accuracy.value ?? []),
      }),
    );
  return [
    {
      name: 'learning-curve',
      title: 'Learning curve',
      caption:
        'Accuracy of the test sessions by the number of sessions that trained: mean over the runs with as many, and a band from the least to the greatest.',
      columns: 1,
      hashes: hashesOf(cells),
      spec: () => lineFigure(points, ['test'], 'training sessions', true),
    },
  ];
}

function reliances({ groups, cells }: Material): readonly Figure[] {
  if (presentationsOf(groups).length === 0) return [];
  return (
    [
      ['recall', 'recall'],
      ['falsePositiveRate', 'false positive rate'],
    ] as const
  ).map(([metric, words]) => {
    const rows = relianceOf(groups, metric);
    const adjusted = correctedOf(rows);
    return {
      name: metric === 'recall' ? 'reliance-recall' : 'reliance-false-positives',
      title: `Reliance: ${words}`,
      caption: `The ${words} of the same weights when the same test sessions are presented otherwise: trained as the row says, tested as the column says; mean over seeds. Below each: percentage points against the row’s own test; *: p ≤ 0.05 after Holm’s correction for ${plural(adjusted.size, 'difference')}.`,
      columns: 2,
      hashes: hashesOf(cells),
      spec: () =>
        relianceFigure(
          rows.flatMap((row, i) => {
            const trained = row.name === '' ? cells[i]!.name : row.name;
            const own = { trained, tested: 'own test', value: row.own ?? 0, change: null, told: false };
            return [
              { ...own, text: share(row.own) },
              ...[...row.under].map(([tested, cell]) => ({
                trained,
                tested,
                value: cell.mean ?? 0,
                change: cell.change?.mean ?? null,
                told: (adjusted.get(cell) ?? 1) <= LEVEL,
                text: share(cell.mean),
              })),
            ];
          }),
        ),
    };
  });
}

function reliabilities(material: Material): readonly Figure[] {
  return material.cells.flatMap((cell): Figure[] => {
    const [run] = cell.runs;
    if (run?.evaluation.ranking?.calibration == null) return [];
    const which = cell.runs.length === 1 ? '' : ` Of seed ${run.record.seed}, the first.`;
    return [
      {
        name: `reliability${suffix(cell, material)}`,
        title: `Reliability${ofCell(cell, material)}`,
        caption: `Share of test sessions that are anomalous against the mean score 1 − P(normal), a dot a bin with its 95% interval; expected calibration error ${run.evaluation.ranking.calibration.ece.toFixed(4)}.${which}`,
        columns: 1,
        hashes: [run.record.resultHash],
        spec: () => sized(reliabilityFigure(run.evaluation), 220),
      },
    ];
  });
}

async function attentions(material: Material): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const cell of material.cells.slice(0, MOST_CURVES)) {
    const { folder, card, record: of } = cell.runs[0]!;
    if (!existsSync(join(folder, ATTENTION_FILE))) continue;
    for (const { record } of await tellingRecords(join(folder, ATTENTION_FILE))) {
      // A network without attention attends to nothing.
      if (record.packets.every(({ tokens }) => tokens.score.every((score) => score === null))) continue;
      const drawn = attentionFigure(record, card);
      const { text, subtitle } = drawn.title as { text: string; subtitle: readonly string[] };
      figures.push({
        name: `attention-${record.kind.replace(/[^\w.-]/g, '_')}${suffix(cell, material)}`,
        title: `Attention, ${record.kind}${ofCell(cell, material)}`,
        caption: `${[text, ...subtitle].join(' ')}`,
        columns: 2,
        hashes: [of.resultHash],
        spec: () => drawn,
      });
    }
  }
  return figures;
}
