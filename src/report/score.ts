/** Scored captures, for people and as CSV. */
import type { AttentionRecord } from '../evaluation/index.ts';
import type { Calibration, ScoredSession, Scores } from '../score/index.ts';
import {
  alignColumns,
  csvLine,
  formatCount,
  formatDuration,
  formatPercent,
  formatScore,
  plural,
} from '../text/index.ts';

/** Hosts that are shown. */
const MOST_HOSTS = 10;
/** Places of a session that are shown. */
const MOST_PLACES = 3;

/** @param shown sessions of the table, most anomalous first, with what the network attended to in each */
export function formatScores(
  scores: Scores,
  calibration: Calibration,
  shown: readonly (readonly [ScoredSession, AttentionRecord])[],
): string {
  const { sessions, seconds, rate, alarms, expected, expectedPerDay, met, hosts } = scores;
  const aDay = expectedPerDay === null ? '' : `, ${count(expectedPerDay)} a day`;
  const alarming = hosts.filter((host) => host.alarms > 0);
  const rows = shown.map(([one, record], i) => [
    String(i + 1),
    one.alarm ? '!' : '',
    pText(one.p),
    formatScore(one.score),
    one.start.slice(0, 19).replace('T', ' '),
    `${one.initiator} > ${one.responder}`,
    one.application,
    one.kind,
    newText(one.met),
    whyText(record),
  ]);
  return [
    `${plural(sessions, 'session')} in ${formatDuration(seconds * 1000)}`,
    `compared with ${plural(calibration.scores.length, `normal ${calibration.of} session`)} of the run; p up to ${rate} is an alarm`,
    ...(met === null
      ? []
      : [
          `met in training: the host that began in ${formatPercent(met.host, 2)} of the sessions, the pair in ${formatPercent(met.pair, 2)}, the service in ${formatPercent(met.service, 2)}`,
        ]),
    `${plural(alarms, 'alarm')}; normal sessions of the run's network would raise ${count(expected)}${aDay}`,
    '',
    ...alignColumns(
      [
        ['', '', 'p', 'score', 'start (UTC)', 'session', 'application', 'most like', 'new', 'attended to'],
        ...rows,
      ],
      'rlrrllllll',
      '',
    ),
    ...(alarming.length === 0
      ? []
      : [
          '',
          ...alignColumns(
            [
              ['host', 'alarms', 'of sessions', 'expected', 'least p'],
              ...alarming
                .slice(0, MOST_HOSTS)
                .map(({ host, alarms: raised, sessions: begun, expected: normal, leastP }) => [
                  host,
                  formatCount(raised),
                  formatCount(begun),
                  count(normal),
                  pText(leastP),
                ]),
            ],
            'lrrrr',
            '',
          ),
          ...(alarming.length > MOST_HOSTS
            ? [`and ${plural(alarming.length - MOST_HOSTS, 'host')} more`]
            : []),
        ]),
    '',
  ].join('\n');
}

/** Every session of a list, a line each. */
export function* scoreLines(sessions: Iterable<ScoredSession>): Generator<string, void, void> {
  yield csvLine([
    ...['session', 'start', 'protocol', 'initiator', 'responder', 'application', 'packets'],
    ...['score', 'p', 'alarm', 'kind', 'host', 'pair', 'service'],
  ]);
  const word = (met: boolean) => (met ? 'known' : 'new');
  for (const one of sessions)
    yield csvLine([
      ...[one.session, one.start, one.protocol, one.initiator, one.responder, one.application, one.packets],
      ...[one.score, one.p, one.alarm ? 1 : 0, one.kind],
      ...[word(one.met.host), word(one.met.pair), word(one.met.service)],
    ]);
}

const count = (x: number): string => (x < 10 ? x.toFixed(1) : formatCount(Math.round(x)));
const pText = (p: number): string => (p < 0.001 ? p.toExponential(1) : p.toFixed(3));

function newText({ host, pair, service }: ScoredSession['met']): string {
  if (!host) return 'host';
  if (!pair) return service ? 'pair' : 'pair, service';
  return service ? '' : 'service';
}

/** The places that got most attention: packet weight × token weight. */
function whyText({ packets }: AttentionRecord): string {
  const byField = new Map<string, number>();
  for (const [p, { weight, tokens }] of packets.entries())
    for (const [t, field] of tokens.field.entries()) {
      const name = `${field ?? 'end'} (${p + 1})`;
      byField.set(name, (byField.get(name) ?? 0) + weight * tokens.weight[t]!);
    }
  return [...byField.entries()]
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_PLACES)
    .map(([name, share]) => `${name} ${formatPercent(share, 0)}`)
    .join(', ');
}
