/** Tables as MLflow's UI opens them: JSON, an object with the columns and a list of rows (`orient="split"` of pandas). */
import {
  type Baseline,
  type Estimate,
  type GroupRates,
  noveltyOf,
  type PresentationRecord,
} from '../../evaluation/index.ts';
import type { StoredEvaluation } from '../../results/index.ts';

interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly data: readonly (readonly (string | number | null)[])[];
}

export function tablesOf(
  evaluation: StoredEvaluation,
  presentations: readonly PresentationRecord[] = [],
): readonly Table[] {
  const { classes, matrix, kinds, ranking, applications, pairs, baselines, atFalsePositiveRate } = evaluation;
  const fixed = ranking?.atFalsePositiveRate && [
    ...ranking.atFalsePositiveRate,
    ...(atFalsePositiveRate ?? []),
  ];
  const reliability = ranking?.calibration?.reliability;
  const rates = [
    'precision',
    'recall',
    'f1',
    'falsePositiveRate',
    'falseDiscoveryRate',
    'calledAnomalous',
  ] as const;
  return [
    {
      name: 'confusion-matrix',
      columns: ['actual', ...classes],
      data: matrix.map((row, i) => [classes[i]!, ...row]),
    },
    {
      name: 'kinds',
      columns: ['kind', 'actual', 'predicted', ...rates.flatMap(ends)],
      data: kinds.map((kind) => [
        kind.name,
        kind.actual,
        kind.predicted,
        ...rates.flatMap((r) => numbers(kind[r])),
      ]),
    },
    ...(presentations.length === 0 ? [] : [presentationTable(presentations)]),
    headlineTable(evaluation),
    ...(baselines == null ? [] : [baselineTable(baselines)]),
    ...groupTable('applications', applications),
    ...groupTable('pairs', pairs),
    ...(fixed === undefined
      ? []
      : [
          {
            name: 'fixed-false-positive-rates',
            columns: [
              ...['threshold from', 'at most one in', 'normal sessions needed', 'normal sessions'],
              ...[...ends('recall'), ...ends('false positive rate')],
            ],
            // Older code knew no thresholds but an oracle's.
            data: fixed.map(({ threshold = 'oracle', oneIn, needed, normal, point }) => [
              ...[threshold === 'oracle' ? 'the test curve (oracle)' : 'validation', oneIn, needed, normal],
              ...(point === null ? Array<null>(6).fill(null) : numbers(point.recall)),
              ...(point === null ? [] : numbers(point.falsePositiveRate)),
            ]),
          },
        ]),
    ...(reliability === undefined
      ? []
      : [
          {
            name: 'reliability',
            columns: ['from', 'to', 'mean score', 'sessions', ...ends('anomalous')],
            data: reliability.map(({ from, to, meanScore, sessions, anomalous }) => [
              ...[from, to, meanScore, sessions],
              ...numbers(anomalous),
            ]),
          },
        ]),
  ];
}

const ends = (name: string) => [name, `${name} low`, `${name} high`];
const numbers = ({ value, low, high }: Estimate) => [value, low, high];

function baselineTable(baselines: readonly Baseline[]): Table {
  const measures = ['recall', 'falsePositiveRate', 'precision', 'f1', 'mcc'] as const;
  const differing = ['recall', 'falsePositiveRate'] as const;
  const kinds = baselines[0]?.detection.map(({ kind }) => kind) ?? [];
  return {
    name: 'baselines',
    columns: [
      'baseline',
      ...measures.flatMap(ends),
      ...differing.flatMap((measure) => ends(`the network less it, ${measure}`)),
      ...kinds.map((kind) => `calls ${kind} anomalous`),
      'how',
    ],
    data: baselines.map(({ name, says, rates, network, detection }) => [
      name,
      ...measures.flatMap((measure) => numbers(rates[measure])),
      // Older code did not compare them.
      ...differing.flatMap((measure) =>
        network === undefined ? [null, null, null] : numbers(network[measure].difference),
      ),
      ...detection.map(({ called }) => called.value),
      says,
    ]),
  };
}

/** Every interval of the headline numbers, with the clusters that it is by. */
function headlineTable(evaluation: StoredEvaluation): Table {
  const { anomalous, ranking, pairs = [] } = evaluation;
  const novelty = noveltyOf({ pairs });
  const named: (readonly [string, Estimate])[] = [
    ['accuracy', evaluation.accuracy],
    ['recall', anomalous.recall],
    ['false positive rate', anomalous.falsePositiveRate],
    ...(novelty === null
      ? []
      : ([
          ['false positive rate of new pairs', novelty.newPairs],
          ['false positive rate of known pairs', novelty.knownPairs],
        ] as const)),
    ['precision', anomalous.precision],
    ...(ranking == null ? [] : [['ROC AUC', ranking.rocAuc] as const]),
  ];
  return {
    name: 'intervals',
    columns: ['rate', 'by', 'clusters', 'value', 'low', 'high', 'widest'],
    data: named.flatMap(([name, { value, low, high, clustered }]) =>
      clustered === undefined
        ? [[name, 'session', null, value, low, high, 'yes']]
        : clustered.intervals.map((one) => [
            ...[name, one.by, one.clusters, value, one.low, one.high],
            one.by === clustered.by ? 'yes' : 'no',
          ]),
    ),
  };
}

function groupTable(name: string, groups: readonly GroupRates[] | undefined): readonly Table[] {
  if (groups === undefined) return [];
  return [
    {
      name,
      columns: ['name', 'sessions', ...ends('recall'), ...ends('falsePositiveRate')],
      data: groups.map(({ name: group, sessions, recall, falsePositiveRate }) => [
        ...[group, sessions],
        ...[...numbers(recall), ...numbers(falsePositiveRate)],
      ]),
    },
  ];
}

/** A row for each presentation and rate: of the sessions that both it and the test are about. */
function presentationTable(presentations: readonly PresentationRecord[]): Table {
  return {
    name: 'presentations',
    columns: ['presentation', 'measure', 'sessions', 'as tested', 'presented', ...ends('difference'), 'p'],
    data: presentations.flatMap(({ name, changes }) =>
      changes.map(({ measure, sessions, before, after, difference, p }) => [
        ...[name, measure, sessions, before, after],
        ...numbers(difference),
        p,
      ]),
    ),
  };
}
