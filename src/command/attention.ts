/** `sessionlab attention`: what the attention of a run shows, held against the bytes that were edited. */
import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { makeFullCard } from '../attention/index.ts';
import { borrowResults, writeWhole } from '../disk/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { formatCard, formatFullCard, formatSeeds, statusOf, unverifiedNote } from '../report/index.ts';
import { codeFacts, findFinished, findRun, readCard } from '../results/index.ts';
import { reopenRun } from '../run/index.ts';
import { displayPath, jsonText } from '../text/index.ts';
import { type Context, defineCommand } from './define.ts';
import { FORCE_OPTION, JSON_OPTION, RESULTS_OPTION, refuseExisting } from './options.ts';
import { threadCount, wholeNumber } from './parse.ts';

interface AttentionOptions {
  readonly results: string;
  readonly full?: boolean;
  readonly sample: number;
  readonly threads: number;
  readonly out?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Sessions of each kind that the tests by name take. */
const SAMPLE = 50;

export const command = defineCommand({
  name: 'attention',
  description:
    'Show what the attention of a run shows: held against the bytes that were edited, and against what normal sessions get.',
  operands: [['<run...>', 'run folder, experiment or "latest"; with several seeds, how far these agree']],
  options: [
    RESULTS_OPTION,
    ['--full', 'test it further on a sample of test sessions: see below'],
    [
      '--sample <number>',
      'sessions of each kind in that sample',
      wholeNumber('--sample', 2, undefined, 'of sessions '),
      SAMPLE,
    ],
    [
      '--threads <number>',
      'threads that compute; no result depends on it',
      threadCount,
      availableParallelism(),
    ],
    ['--out <file>', 'write what the tests found as JSON'],
    FORCE_OPTION,
    JSON_OPTION,
  ],
  notes: `
Every run holds the attention of all its test sessions against the truth (attention.json): the share of attention that
edited bytes and packets get, against what the same fields of normal sessions get of the same network and against what
their positions get; pointing AUC and precision; and what accuracy is left with uniform weights in the place of attention.

--full reads the data again and adds what takes longer, on a sample: the mean weights of each position in the place of
attention, networks with random weights, integrated gradients beside attention, hiding the fields with the most attention (of
a network that was trained with training.tokenDropout), and, where several runs of one spec are named, how far the
attention of their seeds agrees on the same sessions. docs/attention.md says how to read it.`,
  examples: [
    'sessionlab attention latest',
    'sessionlab attention quickstart --full',
    ['sessionlab attention results/attention/3fa4* --full', 'of several seeds, and how far they agree'],
    'sessionlab attention quickstart --full --sample 200 --out full.json',
    "sessionlab attention latest --json | jq '.pointing[] | [.kind, .finding]'",
  ],
  exitCodes: {
    2: 'there is no such run, or they are not of one spec',
    3: 'a run has no card, is damaged, or its data are not there',
  },
  run: async ([names]: readonly [readonly string[]], options: AttentionOptions, context) => {
    const { print, printJson, reporter } = context;
    if (options.out !== undefined) refuseExisting(options.out, options);
    const folders =
      names.length === 1
        ? foldersOf(names[0]!, options.results)
        : names.flatMap((name) => findFinished(name, options.results));
    const note = unverifiedNote(folders);
    if (note !== null) reporter.line(note);
    if (options.full === true) return showFull(folders, options, context);
    const cards = folders.map((folder) => ({ folder, card: cardOf(folder) }));
    if (options.json === true) printJson(cards.length === 1 ? cards[0]!.card : cards, 2);
    else print(cards.length === 1 ? formatCard(cards[0]!.card) : formatSeeds(cards));
  },
});

/** One name may mean the seeds of one spec; where it means runs of several specs, the latest alone. */
function foldersOf(name: string, results: string): readonly string[] {
  const latest = findRun(name, results);
  if (name === 'latest') return [latest];
  const all = findFinished(name, results);
  const cell = resolve(latest, '..');
  return all.every((folder) => resolve(folder, '..') === cell) ? all : [latest];
}

function cardOf(folder: string) {
  const card = readCard(folder);
  if (card !== null) return card;
  const problem =
    'the run has no attention.json: it is of an older version, or of the task "generate", which trains no classifier';
  throw new FaultError(
    { place: displayPath(folder), problem, cure: 'run the experiment again' },
    ExitCode.data,
  );
}

async function showFull(
  folders: readonly string[],
  { results, sample, threads, out, json }: AttentionOptions,
  { print, printJson, reporter, interruption }: Context,
): Promise<void> {
  const place = await borrowResults(resolve(results));
  try {
    const run = await reopenRun(folders as readonly [string, ...string[]], {
      results: place.path,
      threads,
      interruption,
      observe: (event) => reporter.status(() => statusOf(event) ?? ''),
    });
    if (run.spec.task === 'generate') {
      const problem =
        'the task of the run is "generate", which trains no classifier to hold attention against';
      const cure = 'name a run of the task "anomalous" or "kind"';
      throw new FaultError({ place: displayPath(folders[0]!), problem, cure });
    }
    if (run.record.code.numeric !== (await codeFacts()).numeric)
      reporter.line(
        'note: the run was made by other code: what its network attends to is computed by this one',
      );
    const working = (on: string): void => {
      interruption.check();
      reporter.status(() => on);
    };
    const card = await makeFullCard({
      options: run.options,
      parameters: run.parameters,
      others: run.others,
      presented: run.test.presented,
      present: run.presentTest,
      clusterings: run.test.origins.clusterings,
      seed: run.seed,
      tokenDropout: run.spec.training.tokenDropout,
      sample,
      working,
    });
    reporter.clear();
    if (out !== undefined) await writeWhole(out, `${jsonText(card, 2)}\n`);
    if (json === true) printJson(card, 2);
    else print(formatFullCard(card));
  } finally {
    await place.removeIfUnused();
  }
}
