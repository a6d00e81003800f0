/** The evaluation of a run on one screen; the long tables are formatEvaluation and formatFindings. */
import {
  type Detection,
  type Estimate,
  type Evaluation,
  type Findings,
  noveltyOf,
  type Rate,
} from '../evaluation/index.ts';
import { alignColumns, formatCount, formatPercent, formatScore, interval, plural } from '../text/index.ts';
import { formatAgainst } from './baselines.ts';
import { clustersText, points, rangeText, share } from './cells.ts';
import { emptyClasses } from './evaluation.ts';

/** Kinds that have a line of their own. */
const MOST_KINDS = 12;

/** Headline rates, each kind, the network beside the best of the baselines. */
export function formatSummary(
  evaluation: Evaluation,
  detection: readonly Detection[],
  findings: Findings,
): string {
  const network = { anomalous: evaluation.anomalous, detection };
  const against = formatAgainst(network, findings.baselines, findings.best);
  const sections = [
    [...rateLines(evaluation, findings), ...baseRateLines(evaluation)],
    kindLines(evaluation, detection),
  ];
  return [...sections.map((lines) => `${lines.join('\n')}\n`), against]
    .filter((text) => text !== '')
    .join('\n');
}

const HEAD = ['', 'value', '95% interval', 'widest by', ''];
const COLUMNS = 'lrlll';

function rateLines(evaluation: Evaluation, findings: Findings): readonly string[] {
  const { accuracy, anomalous, ranking, classes, sessions } = evaluation;
  const rows: (readonly string[])[] = [HEAD];
  const add = (name: string, e: Estimate | Rate, format: (x: number | null) => string): void => {
    const counts = 'numerator' in e ? `${formatCount(e.numerator)} of ${formatCount(e.denominator)}` : '';
    rows.push([name, format(e.value), rangeText(e, format), clustersText(e), counts]);
  };
  add(classes.length > 2 ? 'accuracy (of the kind)' : 'accuracy', accuracy, formatPercent);
  add('recall', anomalous.recall, formatPercent);
  add('false positive rate', anomalous.falsePositiveRate, formatPercent);
  const novelty = noveltyOf(findings);
  if (novelty !== null) {
    add('  of known pairs of hosts', novelty.knownPairs, formatPercent);
    add('  of pairs new to it', novelty.newPairs, formatPercent);
    add('  new − known, percentage points', novelty.gap, (x) => (x === null ? '–' : points(x)));
  }
  if (findings.alarms != null)
    add(
      `false alarms/host/hour${findings.threshold === null ? '' : ' (threshold)'}`,
      findings.alarms.perHostHour,
      (x) => (x === null ? '–' : x.toPrecision(3)),
    );
  add('precision', anomalous.precision, formatPercent);
  if (ranking !== null) add('ROC AUC', ranking.rocAuc, formatScore);
  const empty = emptyClasses(evaluation);
  return [
    `Rates of ${plural(sessions, 'test session')} (positive: anomalous, of whichever kind)`,
    ...alignColumns(rows, COLUMNS),
    ...(empty.length === 0 ? [] : [`  No test session is ${empty.join(' or ')}: nothing is said of it`]),
  ];
}

function kindLines({ classes, kinds }: Evaluation, detection: readonly Detection[]): readonly string[] {
  const named = classes.length > 2;
  const rows = detection.slice(0, MOST_KINDS).map(({ kind, called }) => {
    const recognised = kinds.find(({ name }) => name === kind)?.recall;
    const range = rangeText(called, (x) => formatPercent(x, 3));
    const counts = `${formatCount(called.numerator)} of ${formatCount(called.denominator)}`;
    const right = named ? [recognised === undefined ? '–' : share(recognised.value)] : [];
    return [kind, share(called.value), range, clustersText(called), counts, ...right];
  });
  const more = detection.length - MOST_KINDS;
  return [
    'Called anomalous, by what was done to the session',
    ...alignColumns([[...HEAD, ...(named ? ['of the kind'] : [])], ...rows], named ? `${COLUMNS}r` : COLUMNS),
    ...(more > 0 ? [`  … and ${plural(more, 'kind')} more`] : []),
  ];
}

function baseRateLines({ anomalous }: Evaluation): readonly string[] {
  const said = anomalous.precisionAt.map((p) => {
    const range = interval(p, (x) => formatPercent(x, 3));
    return `${p.baseRate * 100}%: ${formatPercent(p.value, 3)}${range === '' ? '' : ` (${range})`}`;
  });
  return [`  precision, were as many anomalous: ${said.join(', ')}`];
}
