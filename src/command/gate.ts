/** `sessionlab gate`: what continuous integration asks of results; of speed see `bench --gate`. */
import { appendFileSync, existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { makeFolder } from '../disk/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { expectationMarkdown, formatExpectation } from '../report/index.ts';
import {
  checkExpectation,
  checkMargins,
  type Expectation,
  expectationExitCode,
  expectationOf,
  factsOf,
  type RunFacts,
  readExpectation,
  writeExpectation,
} from '../sweep/index.ts';
import { plural } from '../text/index.ts';
import { type Context, defineCommand, defineGroup } from './define.ts';
import { missingRuns } from './missing-runs.ts';
import { DATA_OPTION, JSON_OPTION, OUT_OPTION } from './options.ts';
import { append, threadCount } from './parse.ts';

interface ResultsOptions {
  readonly expect?: string;
  readonly write?: boolean;
  readonly margin?: readonly string[];
  readonly markdown?: string;
  readonly threads: number;
  readonly data?: string;
  readonly out: string;
  readonly json?: boolean;
}

const results = defineCommand({
  name: 'results',
  description: 'Run specs, and hold their results against what is committed as expected.',
  operands: [
    [
      '<spec...>',
      'spec files, each with what is expected of it in a file of its name that ends in .expected',
    ],
  ],
  options: [
    [
      '--expect <file>',
      'what is expected, of a single spec (default: its name with .expected in place of .json)',
    ],
    ['--write', 'write what is expected anew: the first time, or after a change that is meant'],
    [
      '--margin <metric=number>',
      'with --write: how much worse a metric may become when results change, as 0.005, besides the margins of the file; may be repeated',
      append,
    ],
    ['--markdown <file>', 'append the outcome for a pull request, for example to $GITHUB_STEP_SUMMARY'],
    ['--threads <number>', 'threads', threadCount, availableParallelism()],
    DATA_OPTION,
    OUT_OPTION,
    JSON_OPTION,
  ],
  notes: `
Runs are made by this code unless they are there already, made by the same. Every result hash must be the one that is expected: it
is the same on every machine. Where a change of results is meant, the margins of the file say what it may cost: with the
same seeds, the 95% interval of the mean difference must end above minus the margin. That is "no worse"; "worse" is below 0
beyond chance; anything else is undecided, and says how many more seeds would tell, by the spread between runs. Then
--write makes it what is expected.`,
  examples: [
    ['sessionlab gate results experiments/quickstart.json --write --margin accuracy=0.005', 'once'],
    'sessionlab gate results experiments/quickstart.json',
    'sessionlab gate results experiments/*.json --markdown summary.md',
  ],
  exitCodes: {
    0: 'all results are those that are expected, or no worse within the margins',
    1: 'a result has changed without margins, or has become worse',
    2: 'undecided, an expected run is missing, there is no file of what is expected, or the command line is wrong',
    3: 'data cannot be used',
  },
  run: async ([specs]: readonly [readonly string[]], options: ResultsOptions, context) => {
    if (options.expect !== undefined && specs.length > 1)
      throw new FaultError({
        place: '--expect',
        problem: `names one file for ${specs.length} specs`,
        cure: 'leave it out: each has its own',
      });
    if (options.margin !== undefined && options.write !== true)
      throw new FaultError({
        place: '--margin',
        problem: 'margins are those of the file of what is expected',
        cure: 'add --write',
      });
    const margins = marginsOf(options.margin ?? []);
    const pathOf = (spec: string): string => options.expect ?? expectationOf(spec);
    // What is wrong with any of them is said before anything runs.
    const expected = options.write === true ? null : specs.map((spec) => readExpectation(pathOf(spec)));
    const found: { spec: string }[] = [];
    let worst: 0 | 1 | 2 = 0;
    for (const [i, spec] of specs.entries()) {
      const runs = await runsOf(spec, options, context);
      if (expected === null) await write(pathOf(spec), runs, margins, context);
      else worst = worse(worst, hold(spec, expected[i]!, runs, options, context, found));
    }
    if (options.json === true) context.printJson(found, 2);
    return worst;
  },
});

function hold(
  spec: string,
  expectation: Expectation,
  runs: readonly RunFacts[],
  { json, markdown }: ResultsOptions,
  { print }: Context,
  found: { spec: string }[],
): 0 | 1 | 2 {
  const check = checkExpectation(expectation, runs);
  if (json === true) found.push({ spec, ...check });
  else print(formatExpectation(spec, check));
  if (markdown !== undefined) appendFileSync(markdown, `${expectationMarkdown(spec, check)}\n`);
  return expectationExitCode(check);
}

/** What is wrong outweighs what is not known. */
const worse = (a: 0 | 1 | 2, b: 0 | 1 | 2): 0 | 1 | 2 =>
  (a === 1 || b === 1 ? 1 : Math.max(a, b)) as 0 | 1 | 2;

async function runsOf(spec: string, options: ResultsOptions, context: Context): Promise<readonly RunFacts[]> {
  const { markdown } = options;
  if (markdown !== undefined) await makeFolder(dirname(markdown));
  const runs = await missingRuns(spec, options, context);
  return factsOf(runs);
}

async function write(
  path: string,
  runs: readonly RunFacts[],
  margins: Readonly<Record<string, number>>,
  { print }: Context,
): Promise<void> {
  const all = { ...(existsSync(path) ? readExpectation(path).margins : {}), ...margins };
  checkMargins(all, runs);
  await writeExpectation(path, runs, all);
  print(`${path}: ${plural(runs.length, 'run')} expected from now on; look at it and commit it\n`);
}

/** `accuracy=0.005`, `recall=0.01`. @throws FaultError */
function marginsOf(texts: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name = '', margin = ''] = /^([^=]+)=(.+)$/.exec(text) ?? [];
      const value = Number(margin);
      if (name !== '' && value > 0 && value < Number.POSITIVE_INFINITY) return [name, value];
      throw new FaultError(
        {
          place: '--margin',
          problem: `got ${JSON.stringify(text)}, must be METRIC=NUMBER with a number above 0`,
          cure: 'use accuracy=0.005 for half a point',
        },
        ExitCode.usage,
      );
    }),
  );
}

export const command = defineGroup(
  {
    name: 'gate',
    description: 'Fail where results are not what they should be; for speed see sessionlab bench --gate.',
    examples: ['sessionlab gate results experiments/quickstart.json'],
    exitCodes: { 3: 'data cannot be used' },
  },
  [results],
);
