/** `sessionlab score`: what a trained network finds anomalous in a capture. */
import { availableParallelism } from 'node:os';
import { Option } from 'commander';
import { findCaptures, spoolStandardInput } from '../capture/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { formatScores, scoreLines } from '../report/index.ts';
import { findRun } from '../results/index.ts';
import {
  attentionOf,
  judgeNetwork,
  leastP,
  openScorer,
  type Scorer,
  type Scores,
  scoreSessions,
  scoresJson,
} from '../score/index.ts';
import { assembleSessions, type SessionTable } from '../session/index.ts';
import { displayPath, formatCount, readingText } from '../text/index.ts';
import { type Context, defineCommand } from './define.ts';
import { JSON_OPTION, RESULTS_OPTION } from './options.ts';
import { shareOf, threadCount, wholeNumber } from './parse.ts';

interface ScoreArguments {
  readonly run: string;
  readonly top: number;
  readonly falseAlarms: number;
  readonly format: 'table' | 'json' | 'csv';
  readonly foreign?: boolean;
  readonly threads: number;
  readonly results: string;
  readonly json?: boolean;
}

export const command = defineCommand({
  name: 'score',
  description:
    'Rank the sessions of captures by how anomalous the network of a run finds them, with how often normal sessions look ' +
    'so, alarms by host, and what it attended to.',
  operands: [['<captures...>', 'capture files, folders or globs; - is standard input']],
  options: [
    ['--run <run>', 'a run, its folder, or "latest"', 'latest'],
    ['--top <number>', 'sessions that are shown, most anomalous first', wholeNumber('--top', 1), 20],
    [
      '--false-alarms <rate>',
      'the share of normal sessions that may raise an alarm',
      shareOf('--false-alarms'),
      0.01,
    ],
    new Option('--format <format>', 'a table, or JSON or CSV for programs')
      .choices(['table', 'json', 'csv'])
      .default('table'),
    ['--foreign', 'score even where training has met no pair of the captures'],
    [
      '--threads <number>',
      'threads that compute; no result depends on it',
      threadCount,
      availableParallelism(),
    ],
    RESULTS_OPTION,
    JSON_OPTION,
  ],
  notes: `
The score is 1 − P(normal). Its p says how many of the normal sessions that the run held back (those of validation or,
without any, those that tested) score as high: if the captures are of the same network in the same time, p ≤ 0.01 is true
of 1% of the normal sessions. Other networks and other times are not the same: the shares of hosts, pairs and services that
training has met are shown, and captures without a single known pair are refused.

"attended to" are the fields (and packets) with most attention; whether attention shows what was edited is another question.`,
  examples: [
    'sessionlab score tomorrow.pcap --run quickstart',
    'sessionlab score captures/ --run results/bigflows/3fa4/1 --top 50',
    'tcpdump -w - -c 100000 | sessionlab score - --run latest --false-alarms 0.001',
    'sessionlab score tomorrow.pcap --format csv > scores.csv',
    'sessionlab score tomorrow.pcap --json | jq .hosts',
  ],
  exitCodes: {
    2: 'there is no such run',
    3: 'a capture or the run cannot be used, or the captures are of another network',
  },
  run: async ([captures]: readonly [readonly string[]], options: ScoreArguments, context) => {
    const scorer = await openScorer(findRun(options.run, options.results), options.threads);
    try {
      checkRate(scorer, options.falseAlarms);
      const table = await readSessions(captures, scorer, context);
      const scores = await scoreSessions(scorer, table, options.falseAlarms, (done) => {
        context.interruption.check();
        context.reporter.status(() => `scoring ${formatCount(done)} of ${formatCount(table.count)} sessions`);
      });
      context.reporter.clear();
      checkNetwork(scorer, scores, options.foreign === true, context);
      print(scorer, table, scores, options, context);
    } finally {
      scorer.dispose();
    }
  },
});

/** A rate below the least p would never raise an alarm. */
function checkRate({ calibration, folder }: Scorer, rate: number): void {
  const least = leastP(calibration);
  if (rate >= least) return;
  throw new FaultError({
    place: '--false-alarms',
    problem: `got ${rate}, but with ${formatCount(calibration.scores.length)} normal sessions of ${displayPath(folder)} no p is below ${least.toPrecision(2)}`,
    cure: 'allow more, or repeat the run with more validation sessions (training.validation)',
  });
}

async function readSessions(
  captures: readonly string[],
  { spec: { sessions } }: Scorer,
  { reporter, interruption }: Context,
): Promise<SessionTable> {
  const spooled = captures.includes('-')
    ? await spoolStandardInput(captures, process.stdin, interruption.signal)
    : { patterns: captures, remove: async () => undefined };
  try {
    const found = await findCaptures(spooled.patterns, process.cwd());
    const read = await assembleSessions(found.paths, sessions, (at) => {
      interruption.check();
      reporter.status(() => readingText(at));
    });
    for (const warning of [...found.warnings, ...read.account.warnings]) reporter.line(`warning: ${warning}`);
    return read.sessions;
  } finally {
    await spooled.remove();
  }
}

function checkNetwork(scorer: Scorer, scores: Scores, foreign: boolean, { reporter }: Context): void {
  const verdict = judgeNetwork(scorer, scores);
  if (verdict.state === 'foreign' && !foreign)
    throw new FaultError(
      {
        place: '--run',
        problem: verdict.why,
        cure: 'train on captures of this network, or score all the same with --foreign',
      },
      ExitCode.data,
    );
  if (verdict.state !== 'known') reporter.line(`warning: ${verdict.why}`);
}

function print(
  scorer: Scorer,
  table: SessionTable,
  scores: Scores,
  options: ScoreArguments,
  context: Context,
): void {
  const { order, session } = scores;
  const { calibration } = scorer;
  const format = options.json === true ? 'json' : options.format;
  const top = Array.from(order.subarray(0, options.top), session);
  if (format === 'csv') {
    for (const line of scoreLines(lazily(order, session))) context.print(line);
    return;
  }
  const records = attentionOf(
    scorer,
    table,
    top.map((one) => one.session),
  );
  if (format === 'table') {
    context.print(
      formatScores(
        scores,
        calibration,
        top.map((one, i) => [one, records[i]!]),
      ),
    );
    return;
  }
  context.printJson(scoresJson(scorer, table, scores, options.top));
}

function* lazily<T>(order: Uint32Array, of: (index: number) => T): Generator<T, void, void> {
  for (const index of order) yield of(index);
}
