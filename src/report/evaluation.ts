/** An evaluation as text for the terminal: no colour, at most 100 columns unless a name alone is wider. */
import type { Calibration, Detection, Estimate, Evaluation, FixedRate, Rate } from '../evaluation/index.ts';
import { alignColumns, breakName, formatCount, formatPercent, formatScore, interval } from '../text/index.ts';
import { clustersText, rangeText } from './cells.ts';

const WIDTH = 100;

/** Confusion matrix, headline rates with 95% intervals, precision at other base rates, and a table of the kinds. */
export function formatEvaluation(evaluation: Evaluation): string {
  const sections = [matrixLines(evaluation), headlineLines(evaluation)];
  if (evaluation.accuracy.clustered !== undefined) sections.push(clusterLines(evaluation));
  sections.push(baseRateLines(evaluation));
  const { ranking } = evaluation;
  if (ranking !== null) sections.push(fixedRateLines(ranking.atFalsePositiveRate));
  sections.push(kindLines(evaluation));
  if (ranking?.calibration != null) sections.push(calibrationLines(ranking.calibration));
  return `${sections.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The matrix with row and column totals; split into several blocks of columns where it is too wide. */
function matrixLines({ classes, matrix, kinds, sessions }: Evaluation): readonly string[] {
  const rows = matrix.map((row, i) => [...row, kinds[i]!.actual].map(formatCount));
  rows.push([...kinds.map((k) => formatCount(k.predicted)), formatCount(sessions)]);
  const names = [...classes, 'total'];
  const headings = names.map((name) => breakName(name, 12));
  const widths = headings.map((lines, c) =>
    Math.max(...lines.map((l) => l.length), ...rows.map((row) => row[c]!.length)),
  );
  const nameWidth = Math.max(...names.map((name) => name.length));

  const lines = ['Confusion matrix (rows: actual, columns: predicted)'];
  for (let from = 0; from < names.length; ) {
    let to = from;
    let width = 2 + nameWidth;
    do width += 2 + widths[to++]!;
    while (to < names.length && width + 2 + widths[to]! <= WIDTH);
    const block = headings.slice(from, to);
    const height = Math.max(...block.map((h) => h.length));
    const table = Array.from({ length: height }, (_, line) => [
      '',
      ...block.map((h) => h[line - height + h.length] ?? ''),
    ]);
    names.forEach((name, i) => {
      table.push([name, ...rows[i]!.slice(from, to)]);
    });
    if (from > 0) lines.push('');
    lines.push(...alignColumns(table, `l${'r'.repeat(to - from)}`));
    from = to;
  }
  return lines;
}

function headlineLines(evaluation: Evaluation): readonly string[] {
  const { anomalous: a, ranking } = evaluation;
  const isClustered = evaluation.accuracy.clustered !== undefined;
  const by = (e: Estimate): readonly string[] => (isClustered ? [clustersText(e)] : []);
  const rows: (readonly string[])[] = [
    ['', '', 'value', '95% interval', ...(isClustered ? ['widest by'] : []), ''],
  ];
  const rate = (name: string, formula: string, r: Rate) => {
    rows.push([
      ...[name, formula, formatPercent(r.value), rangeText(r, formatPercent)],
      ...[...by(r), ofDenominator(r)],
    ]);
  };
  const score = (name: string, formula: string, e: Estimate, remark: string) => {
    rows.push([name, formula, formatScore(e.value), rangeText(e, formatScore), ...by(e), remark]);
  };
  const whyNot = (e: Estimate) => (e.value === null ? '0/0: only one class' : '');
  const empty = emptyClasses(evaluation);
  if (evaluation.classes.length > 2) {
    const kinds = evaluation.classes.length;
    const of = empty.length === 0 ? 'of the kind' : `of ${kinds - empty.length} of ${kinds} kinds`;
    rate('accuracy', of, evaluation.accuracy);
    score('MCC', 'of the kind', evaluation.mcc, whyNot(evaluation.mcc));
  }
  rate('accuracy', '(TP+TN)/all', a.accuracy);
  rate('recall', 'TP/(TP+FN)', a.recall);
  rate('false positive rate', 'FP/(FP+TN)', a.falsePositiveRate);
  rate('false discovery rate', 'FP/(FP+TP)', a.falseDiscoveryRate);
  rate('precision', 'TP/(TP+FP)', a.precision);
  score('F1', '2TP/(2TP+FP+FN)', a.f1, ofDenominator(a.f1));
  score('MCC', '', a.mcc, whyNot(a.mcc));
  if (ranking !== null) {
    const { rocAuc, averagePrecision: ap, logLoss } = ranking;
    score('ROC AUC', '', rocAuc, whyNot(rocAuc));
    score('average precision', '', ap, whyNot(ap));
    const nats = (x: number | null) => (x === null ? '–' : x.toFixed(4));
    rows.push([
      ...['log loss', '', nats(logLoss.value), rangeText(logLoss, nats), ...by(logLoss), 'nats a session'],
    ]);
  }
  const lines = alignColumns(rows, isClustered ? 'llrlll' : 'llrll');
  const none =
    empty.length === 0 ? [] : [`  No test session is ${empty.join(' or ')}: nothing is said of it`];
  return ['Rates (positive: anomalous, of whichever kind)', ...lines, ...none, ...remarks(evaluation)];
}

/** Classes that no test session is of: accuracy and MCC are over the others. */
export const emptyClasses = ({ kinds }: Pick<Evaluation, 'kinds'>): readonly string[] =>
  kinds.filter(({ actual }) => actual === 0).map(({ name }) => name);

function remarks({ accuracy, ranking }: Evaluation): readonly string[] {
  if (accuracy.clustered !== undefined)
    return [
      '  Intervals: the widest of those by session, initiator, responder and pair (jackknife, Student’s t);',
      '  of average precision by session',
    ];
  const area = ranking === null ? '' : ', AUC: DeLong variance';
  return [`  Intervals: rates: Wilson; F1: Wilson of TP/(TP+FP+FN); MCC: delta method${area}`];
}

/** The headline numbers with the interval of every clustering. */
function clusterLines({ accuracy, anomalous, ranking }: Evaluation): readonly string[] {
  const named: (readonly [string, Estimate])[] = [
    ['accuracy', accuracy],
    ['recall', anomalous.recall],
    ['false positive rate', anomalous.falsePositiveRate],
    ['precision', anomalous.precision],
    ['ROC AUC', ranking?.rocAuc ?? { value: null, low: null, high: null }],
  ];
  const ways = accuracy.clustered!.intervals.map(({ by }) => by);
  const rows = named.flatMap(([name, { clustered }]) => {
    if (clustered === undefined) return [];
    const cells = clustered.intervals.flatMap(({ clusters, low, high }) => {
      const show = name === 'ROC AUC' ? formatScore : (x: number | null) => formatPercent(x, 3);
      const range = low === null ? 'too few' : interval({ low, high }, show);
      return [range, formatCount(clusters)];
    });
    return [[name, ...cells]];
  });
  const head = ['', ...ways.flatMap((by) => [`by ${by}`, ''])];
  return [
    'Intervals by what is taken as independent of each other, and how many there are of it',
    ...alignColumns([head, ...rows], `l${'lr'.repeat(ways.length)}`),
  ];
}

function baseRateLines({ anomalous: a }: Evaluation): readonly string[] {
  const rows = [['anomalous sessions', 'precision', '95% interval']];
  const missing = a.recall.value === null ? 'no anomalous session' : 'no normal session';
  const reason =
    a.recall.value === null || a.falsePositiveRate.value === null
      ? `undefined: there is ${missing}`
      : 'undefined: nothing was called anomalous';
  for (const p of a.precisionAt) {
    const range = p.value === null ? reason : interval(p, formatPercent) || 'too few hosts';
    rows.push([`${p.baseRate * 100}%`, formatPercent(p.value), range]);
  }
  return [
    'Precision at other base rates, with the same recall and false positive rate',
    ...alignColumns(rows, 'rrl'),
  ];
}

export function fixedRateLines(rates: readonly FixedRate[]): readonly string[] {
  const rows = [['FPR at most', 'recall', '95% interval', 'FPR', 'precision at 10%', '1%', '0.1% anomalous']];
  for (const { threshold, oneIn, needed, normal, point } of rates) {
    const name = formatPercent(1 / oneIn);
    if (point === null) {
      const why =
        normal < needed
          ? `needs ${formatCount(needed)} normal${threshold === 'validation' ? ' validation' : ''} sessions, has ${formatCount(normal)}`
          : 'no anomalous session';
      rows.push([name, '–', why]);
      continue;
    }
    const { recall, falsePositiveRate, precisionAt } = point;
    const precisions = precisionAt.map((p) => formatPercent(p.value, 3));
    rows.push([
      name,
      ...[formatPercent(recall.value, 3), rangeText(recall, (x) => formatPercent(x, 3))],
      ...[ofDenominator(falsePositiveRate), ...precisions],
    ]);
  }
  return [
    rates[0]?.threshold === 'validation'
      ? 'Detection rate at fixed false positive rates: thresholds from the normal validation sessions'
      : 'Detection rate at fixed false positive rates: oracle thresholds from the test curve',
    ...alignColumns(rows, 'rrlrrrr'),
  ];
}

function calibrationLines(calibration: Calibration): readonly string[] {
  const { bins, reliability, ece, brier, reliabilityTerm, resolutionTerm, uncertaintyTerm } = calibration;
  const four = (x: number | null) => (x === null ? '–' : x.toFixed(4));
  const rows = [['score 1 − P(normal)', '', '', 'sessions', 'mean', 'anomalous', '95% interval']];
  for (const { from, to, meanScore, sessions, anomalous } of reliability) {
    rows.push([
      ...[four(from), '…', four(to), formatCount(sessions), four(meanScore)],
      ...[formatPercent(anomalous.value, 3), interval(anomalous, (x) => formatPercent(x, 3))],
    ]);
  }
  return [
    `Calibration of "anomalous", in at most ${bins} bins of about as many sessions each`,
    ...alignColumns(rows, 'rrrrrrl'),
    `  expected calibration error ${four(ece)}; Brier score ${four(brier.value)} (${interval(brier, four)})`,
    `    = reliability ${four(reliabilityTerm)} − resolution ${four(resolutionTerm)} + uncertainty ${four(uncertaintyTerm)}`,
  ];
}

function kindLines({ kinds }: Evaluation): readonly string[] {
  const rows = [
    ['', '', '', '', '', '', '', 'called'],
    ['', 'sessions', 'precision', 'recall', 'F1', 'FPR', 'FDR', 'anomalous'],
  ];
  for (const k of kinds) {
    rows.push([
      k.name,
      formatCount(k.actual),
      rateText(k.precision),
      rateText(k.recall),
      k.f1.value === null ? '– (0/0)' : formatScore(k.f1.value),
      rateText(k.falsePositiveRate),
      rateText(k.falseDiscoveryRate),
      rateText(k.calledAnomalous),
    ]);
  }
  return ['Each kind against the rest', ...alignColumns(rows, 'lrrrrrrr')];
}

/** Detection by kind, with intervals. */
export function formatDetection(detection: readonly Detection[]): string {
  const rows = detection.map(({ kind, called }) => [
    kind,
    rateText(called),
    rangeText(called, formatPercent),
    ofDenominator(called),
    clustersText(called),
  ]);
  const lines = alignColumns([['', 'called anomalous', '95% interval', '', ''], ...rows], 'lrlll');
  return `${['Detection by what was done to the session', ...lines].join('\n')}\n`;
}

const rateText = (r: Rate) => (r.value === null ? '– (0/0)' : formatPercent(r.value));

const ofDenominator = (r: Rate) => `${formatCount(r.numerator)} of ${formatCount(r.denominator)}`;
