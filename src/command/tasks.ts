/** `sessionlab tasks`: a benchmark that others can compete in: the same sessions for everybody, and one way to score. */
import { resolve } from 'node:path';
import { type DataCache, prepare } from '../data/index.ts';
import { borrowResults } from '../disk/index.ts';
import { frozenHash, type Presentation, presentTask, scoreTask, type TaskScore } from '../export/index.ts';
import { formatTaskScores } from '../report/index.ts';
import { loadSpec, locateSpec, locateSpecs } from '../spec/index.ts';
import { displayPath, formatCount } from '../text/index.ts';
import { type Context, defineCommand, defineGroup } from './define.ts';
import { DATA_OPTION, JSON_OPTION, RESULTS_OPTION } from './options.ts';

interface TaskArguments {
  readonly data?: string;
  readonly results: string;
  readonly json?: boolean;
}

/** Presents the test sessions of a task, and holds them against what was frozen. */
async function openTask(
  spec: string,
  { data, results }: TaskArguments,
  { interruption }: Context,
  cache: DataCache,
): Promise<Presentation> {
  const expected = frozenHash(spec);
  const resolved = await loadSpec(spec, data === undefined ? {} : { data });
  const folder = await borrowResults(resolve(results));
  try {
    const options = { results: folder.path, interruption, observe: () => undefined, keep: true };
    return await presentTask(await prepare(resolved, options, cache), spec, expected, interruption.check);
  } finally {
    await folder.removeIfUnused();
  }
}

const checkCommand = defineCommand({
  name: 'check',
  description: 'Present the test sessions of tasks, and tell whether they are the frozen ones.',
  operands: [['<task...>', 'spec files of tasks']],
  options: [DATA_OPTION, RESULTS_OPTION],
  examples: ['sessionlab tasks check experiments/tasks/*.json'],
  exitCodes: { 3: 'the sessions are others, or the data cannot be used' },
  run: async ([specs]: readonly [readonly string[]], options: TaskArguments, context) => {
    const cache: DataCache = new Map();
    for (const spec of locateSpecs(specs)) {
      const { N } = await openTask(spec, options, context, cache);
      context.print(`${displayPath(spec)}: ${formatCount(N)} test sessions, as frozen\n`);
    }
  },
});

const scoreCommand = defineCommand({
  name: 'score',
  description: 'Score tables of predictions of a task, side by side.',
  operands: [
    ['<task>', 'spec file of the task'],
    ['<predictions...>', 'CSV files: session, label, p_<class> of every test session'],
  ],
  options: [DATA_OPTION, RESULTS_OPTION, JSON_OPTION],
  notes: `
A table needs a line for every test session of "sessionlab export TASK", whose columns "session" and "label" it keeps, and
a column p_<class> for each class; predictions.csv of a run of the task is one. A table that leaves out a session, has one
twice, or has another label is refused. Intervals are 95%.`,
  examples: [
    'sessionlab export experiments/tasks/task-kinds.json --to kinds',
    'python3 mine.py kinds > mine.csv',
    'sessionlab run experiments/tasks/task-kinds.json',
    'sessionlab tasks score experiments/tasks/task-kinds.json mine.csv results/task-kinds/*/1/predictions.csv',
  ],
  exitCodes: { 3: 'a table is wrong, or the sessions are not the frozen ones' },
  run: async ([spec, paths]: readonly [string, readonly string[]], options: TaskArguments, context) => {
    const shown = await openTask(locateSpec(spec), options, context, new Map());
    const scores: TaskScore[] = [];
    for (const path of paths) scores.push(await scoreTask(shown, path));
    if (options.json === true) context.printJson(scores, 2);
    else context.print(formatTaskScores(scores));
  },
});

export const command = defineGroup(
  {
    name: 'tasks',
    description: 'Frozen tasks: the same sessions for everybody, and one way to score predictions of them.',
    notes: `
A task is a spec with the SHA-256 of the test sessions that it presents (hashes.csv beside it).`,
    examples: [
      'sessionlab tasks check experiments/tasks/*.json',
      'sessionlab tasks score experiments/tasks/task-kinds.json mine.csv',
      'sessionlab tasks score --help',
    ],
    exitCodes: { 3: 'a table is wrong, or the sessions are not the frozen ones' },
  },
  [checkCommand, scoreCommand],
);
