/** `sessionlab compare`: what the cells of a sweep found, side by side. */

import { Command } from 'commander';
import { comparisonCsv, formatComparison } from '../report/index.ts';
import { findFinished } from '../results/index.ts';
import { compareGroups, readGroups } from '../sweep/index.ts';

interface CompareOptions {
  readonly results: string;
  readonly csv?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Runs of one spec on the same data are a cell, whatever their seeds; a cell is named by what tells its spec from the
others. Means are over seeds, ± is their sample standard deviation; "against the first" is the difference from the first
cell, seed by seed.

Examples:
  $ sessionlab compare attention
  $ sessionlab compare results/attention/3fa4* results/units
  $ sessionlab compare attention --csv > attention.csv
  $ sessionlab compare attention --json | jq '.[] | [.name, .metrics.accuracy.mean]'

Exit codes: 0 compared, 2 there is nothing to compare.`;

/** The command, ready to be added to the program. */
export function compareCommand(): Command {
  return new Command('compare')
    .summary('put the results of several specs side by side')
    .description(
      'Compare runs: mean and spread of each spec over its seeds, and the difference from the first.',
    )
    .argument('<run...>', 'experiments, or folders of runs')
    .option('--results <folder>', 'where the runs are', 'results')
    .option('--csv', 'print CSV, a line for each cell and metric')
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLES)
    .action((names: readonly string[], { results, csv = false, json = false }: CompareOptions) => {
      const compared = compareGroups(readGroups(names.flatMap((name) => findFinished(name, results))));
      if (json) process.stdout.write(`${JSON.stringify(compared, null, 2)}\n`);
      else process.stdout.write(csv ? comparisonCsv(compared) : formatComparison(compared));
    });
}
