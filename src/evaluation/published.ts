/** What others published, beside an evaluation of our own. */

import { difference, type Estimate } from '../statistics/index.ts';
import { type Evaluation, evaluateMatrix } from './evaluate.ts';

/** `published` of a spec. */
export interface Published {
  readonly source: string;
  /** The matrix of normal and anomalous: rows actual, columns predicted. */
  readonly matrix?: readonly (readonly number[])[];
  readonly metrics?: Readonly<Record<string, number | undefined>>;
  readonly f1ByKind?: Readonly<Record<string, number>>;
}

/** A figure of ours and theirs. */
export interface PublishedFigure {
  readonly name: string;
  /** Whether the figure is a score, which is no share of sessions. */
  readonly isScore: boolean;
  readonly ours: Estimate;
  readonly theirs: Estimate;
  /** Ours − theirs. */
  readonly difference: Estimate;
}

/** Ours and theirs, as far as both have it. */
export interface PublishedComparison {
  readonly source: string;
  /** Matrices of normal and anomalous; theirs is null where they gave none. */
  readonly matrices: {
    readonly ours: readonly (readonly number[])[];
    readonly theirs: Published['matrix'] | null;
  };
  readonly figures: readonly PublishedFigure[];
}

/** Figures of an evaluation that a binary matrix has, too: name, whether it is a score, and how it is found. */
const FIGURES: readonly (readonly [string, boolean, (evaluation: Evaluation) => Estimate])[] = [
  ['recall', false, ({ anomalous }) => anomalous.recall],
  ['falsePositiveRate', false, ({ anomalous }) => anomalous.falsePositiveRate],
  ['falseDiscoveryRate', false, ({ anomalous }) => anomalous.falseDiscoveryRate],
  ['precision', false, ({ anomalous }) => anomalous.precision],
  ['f1', true, ({ anomalous }) => anomalous.f1],
];

/** Figures of the task: for a matrix of two classes they are those of the binary question. */
const OF_TASK: typeof FIGURES = [
  ['accuracy', false, ({ accuracy }) => accuracy],
  ['mcc', true, ({ mcc }) => mcc],
  ['rocAuc', true, ({ ranking }) => ranking?.rocAuc ?? { value: null, low: null, high: null }],
];

/**
 * Puts what was published beside an evaluation. Ours respect our clusters. Their intervals are those of their counts
 * (Wilson), as nobody knows their hosts; a figure without counts has none, and the interval of the difference is that of
 * ours alone then.
 */
export function comparePublished(evaluation: Evaluation, published: Published): PublishedComparison {
  const { truePositives, falsePositives, trueNegatives, falseNegatives } = evaluation.anomalous;
  const ours = [
    [trueNegatives, falsePositives],
    [falseNegatives, truePositives],
  ];
  const figures: PublishedFigure[] = [];
  const add = (name: string, isScore: boolean, own: Estimate, theirs: Estimate): void => {
    figures.push({
      name,
      isScore,
      ours: plain(own),
      theirs: plain(theirs),
      difference: difference(own, theirs),
    });
  };
  if (published.matrix !== undefined) {
    const { accuracy, mcc } = evaluation.anomalous;
    const binary = { ...evaluation, accuracy, mcc };
    const theirs = evaluateMatrix(published.matrix, BINARY);
    for (const [name, isScore, of] of [...OF_TASK.slice(0, 2), ...FIGURES])
      add(name, isScore, of(binary), of(theirs));
  }
  for (const [name, isScore, of] of [...OF_TASK, ...FIGURES]) {
    const value = published.metrics?.[name];
    if (value !== undefined) add(name, isScore, of(evaluation), exact(value));
  }
  for (const [kind, value] of Object.entries(published.f1ByKind ?? {})) {
    const own = evaluation.kinds.find(({ name }) => name === kind);
    if (own !== undefined) add(`f1 of ${kind}`, true, own.f1, exact(value));
  }
  return { source: published.source, matrices: { ours, theirs: published.matrix ?? null }, figures };
}

const BINARY = ['normal', 'anomalous'];

const exact = (value: number): Estimate => ({ value, low: null, high: null });

/** Without what it was computed from. */
const plain = ({ value, low, high, clustered }: Estimate): Estimate => ({
  ...{ value, low, high },
  ...(clustered === undefined ? {} : { clustered }),
});
