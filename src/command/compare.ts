/** `sessionlab compare`: what the cells of a sweep found, side by side. */
import { comparisonCsv, formatComparison } from '../report/index.ts';
import { findFinished } from '../results/index.ts';
import { compareGroups, readGroups } from '../sweep/index.ts';
import { defineCommand } from './define.ts';
import { JSON_OPTION, RESULTS_OPTION } from './options.ts';

interface CompareOptions {
  readonly results: string;
  readonly csv?: boolean;
  readonly json?: boolean;
}

export const command = defineCommand({
  name: 'compare',
  description:
    'Compare runs: mean and spread of each spec over its seeds, and the difference from the first.',
  operands: [['<run...>', 'experiments, or folders of runs']],
  options: [RESULTS_OPTION, ['--csv', 'print CSV, a line for each cell and metric'], JSON_OPTION],
  notes: `
Runs of one spec on the same data are a cell, whatever their seeds; a cell is named by what tells its spec from the
others. Means are over seeds, ± is their sample standard deviation; "against the first" is the difference from the first
cell, seed by seed.`,
  examples: [
    'sessionlab compare attention',
    'sessionlab compare results/attention/3fa4* results/units',
    'sessionlab compare attention --csv > attention.csv',
    "sessionlab compare attention --json | jq '.[] | [.name, .metrics.accuracy.mean]'",
  ],
  exitCodes: { 0: 'compared', 2: 'there is nothing to compare' },
  run: async (
    [names]: readonly [readonly string[]],
    { results, csv, json }: CompareOptions,
    { print, printJson },
  ) => {
    const compared = compareGroups(readGroups(names.flatMap((name) => findFinished(name, results))));
    if (json === true) printJson(compared, 2);
    else print(csv === true ? comparisonCsv(compared) : formatComparison(compared));
  },
});
