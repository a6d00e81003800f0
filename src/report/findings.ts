/** What is found beside the evaluation itself, as text for the terminal. */
import type {
  Alarms,
  DecoderFindings,
  Findings,
  GroupRates,
  Rate,
  TestedThreshold,
} from '../evaluation/index.ts';
import { alignColumns, formatCount, formatPercent, plural } from '../text/index.ts';
import { formatBaselines, type NetworkRow } from './baselines.ts';
import { RATES_COLUMNS, RATES_HEAD, rangeOf, rangeText, rateRow, share, shareOf } from './cells.ts';
import { fixedRateLines } from './evaluation.ts';

/** Threshold, parts of the test set, baselines; sections apart by an empty line. */
export function formatFindings(network: NetworkRow, findings: Findings): string {
  const {
    applications,
    pairs,
    threshold,
    atFalsePositiveRate,
    baselines,
    best,
    alarms = null,
    decoder,
  } = findings;
  const sections = [
    thresholdLines(network, threshold),
    atFalsePositiveRate === null ? [] : fixedRateLines(atFalsePositiveRate),
    groupLines('By application of the captured session (protocol and port of the responder)', applications),
    groupLines('By what training knows of the captured session', pairs),
    alarms === null ? [] : alarmLines(alarms),
    decoder === undefined ? [] : decoderLines(decoder),
  ].map((lines) => lines.map((line) => `${line}\n`).join(''));
  return [...sections, formatBaselines(network, baselines, best)].filter((text) => text !== '').join('\n');
}

function thresholdLines({ anomalous }: NetworkRow, threshold: TestedThreshold | null): readonly string[] {
  if (threshold === null)
    return [
      'Threshold: none was chosen, as there are no validation sessions of both sorts (training.validation);',
      '  sessions are anomalous whose most probable class is not "normal"',
    ];
  const { rule, sessions, normalProbability, rates } = threshold;
  const aim =
    rule === 'f1'
      ? 'the highest F1'
      : `a false positive rate of at most ${formatPercent(rule.falsePositiveRate)}`;
  const where = `Threshold for ${aim}, chosen on ${formatCount(sessions)} validation sessions`;
  const limit = normalProbability === null ? 'nothing' : `P(normal) ≤ ${normalProbability.toPrecision(3)}`;
  const rows = [RATES_HEAD, rateRow(limit, rates), rateRow('most probable class', anomalous)];
  const { recall, falsePositiveRate } = threshold;
  const there = `there: recall ${share(recall)}, FPR ${share(falsePositiveRate)}`;
  return [where, `  ${there}; on the test sessions:`, ...alignColumns(rows, RATES_COLUMNS)];
}

function groupLines(title: string, groups: readonly GroupRates[]): readonly string[] {
  if (groups.length === 0) return [];
  const rows = [['', 'sessions', 'recall', '95% interval', '', 'FPR', '95% interval', '']];
  for (const { name, sessions, recall, falsePositiveRate } of groups) {
    rows.push([name, formatCount(sessions), ...rateCells(recall), ...rateCells(falsePositiveRate)]);
  }
  return [title, ...alignColumns(rows, 'lrrlrrlr')];
}

/** How well tokens are predicted; a uniform distribution over the vocabulary would take 8.01 bits. */
function decoderLines(decoder: DecoderFindings): readonly string[] {
  const { bitsPerToken, calibrated, source, test, latent } = decoder;
  const sessions = `${formatCount(calibrated)} normal sessions`;
  const where =
    source === 'validation'
      ? `${sessions} of validation, which say what is usual`
      : `${sessions} that trained, which flatters: set training.validation`;
  const bits = (value: number | null) => (value === null ? '–' : value.toFixed(2));
  const rows = test.map(({ kind, tokens, bitsPerToken: b }) => [kind, bits(b), formatCount(tokens)]);
  return [
    `Decoder: ${bits(bitsPerToken)} bits a token of ${where}`,
    ...alignColumns([['test sessions', 'bits a token', 'tokens'], ...rows], 'lrr'),
    ...(latent === undefined ? [] : [latentLine(latent)]),
  ];
}

function latentLine(latent: NonNullable<DecoderFindings['latent']>): string {
  const { units, active, divergence, bound, without, collapsed } = latent;
  const said = `${active} of ${units} units are active, ${divergence.toFixed(2)} nats a session; ${bound.toFixed(3)} bits a token, ${without.toFixed(3)} with z = 0`;
  return collapsed ? `  latent vectors collapsed: ${said}` : `  latent vectors: ${said}`;
}

const rateCells = (r: Rate): readonly string[] =>
  r.value === null
    ? ['–', '', '']
    : [shareOf(r), rangeOf(r), `${formatCount(r.numerator)}/${formatCount(r.denominator)}`];

/** What somebody who watches the network would have to look at for nothing. */
function alarmLines(alarms: Alarms): readonly string[] {
  const { normalProbability, hosts, hours, falseAlarms, sessions, perHostHour, alarmedHosts, most } = alarms;
  const at =
    normalProbability === null
      ? 'sessions whose most probable class is not "normal"'
      : `P(normal) ≤ ${normalProbability.toPrecision(3)}`;
  const number = (x: number | null): string => (x === null ? '–' : x.toPrecision(3));
  return [
    `False alarms per host and hour: ${at}`,
    `  ${number(perHostHour.value)} (95% interval ${rangeText(perHostHour, number)}), if all sessions that were normal when captured were`,
    `  ${formatCount(falseAlarms)} of ${plural(sessions, 'normal session')}, ${plural(hosts, 'host')} that began sessions, ${hours.toPrecision(3)} hours`,
    `  ${plural(alarmedHosts, 'host')} with a false alarm, at most ${formatCount(most)} of one`,
  ];
}
