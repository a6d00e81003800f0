/** `sessionlab compare`: what the cells of a sweep found, side by side. */
import {
  comparisonCsv,
  formatComparison,
  formatHeadlines,
  formatMethods,
  formatReliances,
  otherDataLine,
  unverifiedNote,
} from '../report/index.ts';
import { findFinished } from '../results/index.ts';
import {
  type Compared,
  compareGroups,
  findGroup,
  methodsOf,
  readGroups,
  type Tested,
  testHypotheses,
} from '../sweep/index.ts';
import { defineCommand } from './define.ts';
import { JSON_OPTION, RESULTS_OPTION } from './options.ts';

interface CompareOptions {
  readonly results: string;
  readonly against?: string;
  readonly csv?: boolean;
  readonly hosts?: boolean;
  readonly json?: boolean;
}

/** Cells with the hypotheses about them. */
const withHypotheses = (compared: readonly Compared[], tested: readonly Tested[]) =>
  compared.map((one) => ({
    ...one,
    hypotheses: tested.filter(({ hypothesis }) => hypothesis.cell === one.name),
  }));

export const command = defineCommand({
  name: 'compare',
  description:
    'Compare runs: the mean of each spec over its seeds, and its paired difference from one of them.',
  operands: [['<run...>', 'experiments, or folders of runs']],
  options: [
    RESULTS_OPTION,
    ['--against <cell>', 'the cell to compare with, by its name or spec hash (default: the first)'],
    ['--hosts', 'and by seeds and hosts at once, from the predictions of all runs'],
    ['--csv', 'print CSV, a line for each cell and metric'],
    JSON_OPTION,
  ],
  notes: `
Runs of one spec on the same data are a cell, whatever their seeds; a cell is named by what tells its spec from the
others. Cells come as they are named here, those of a sweep in the order of its plan. Means are over seeds; a difference is
the mean of the differences seed by seed, over the seeds that both cells have, with the p of a sign-flip test and a 95%
interval: all that the test does not refuse or, of fewer than six pairs, Student's t. Runs on other data are not paired.
Hypotheses are those that the specs of the runs declare ("hypotheses"): they are tested with Holm's adjustment, all else
is exploratory. Where runs have presentations (evaluation.presentations), a matrix follows: each cell's weights under each
presentation, against its own test.`,
  examples: [
    'sessionlab compare attention',
    'sessionlab compare results/attention/3fa4* results/units',
    'sessionlab compare attention --against 3fa4',
    'sessionlab compare attention --csv > attention.csv',
    "sessionlab compare attention --json | jq '.[] | [.name, .metrics.accuracy.mean]'",
  ],
  exitCodes: { 0: 'compared', 2: 'there is nothing to compare', 3: 'a run is damaged' },
  run: async (
    [names]: readonly [readonly string[]],
    { results, against, csv, json, hosts }: CompareOptions,
    { print, printJson, reporter },
  ) => {
    const lists = names.map((name) => findFinished(name, results));
    const note = unverifiedNote(lists.flat());
    if (note !== null) reporter.line(note);
    const groups = readGroups(...lists);
    const compared = compareGroups(groups, against === undefined ? groups[0] : findGroup(groups, against));
    const tested = testHypotheses(groups);
    if (json === true) printJson(withHypotheses(compared, tested), 2);
    else if (csv === true) {
      print(comparisonCsv(compared, tested));
      const other = otherDataLine(compared);
      if (other !== null) reporter.line(other);
    } else {
      print(formatComparison(compared, tested) + formatHeadlines(compared) + formatReliances(groups));
      if (hosts === true) print(`\n${formatMethods(await methodsOf(groups))}`);
    }
  },
});
