/** `sessionlab evaluate`: everything that a table of predictions tells. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { FaultError } from '../fault/index.ts';
import { formatDetection, formatEvaluation, formatFindings } from '../report/index.ts';
import { findRun, PREDICTIONS_FILE, VALIDATION_FILE } from '../results/index.ts';
import { evaluateTable } from '../run/index.ts';

interface EvaluateOptions {
  readonly results: string;
  readonly validation?: string;
  readonly threshold: string;
  readonly json?: boolean;
}

const EXAMPLES = `
A table has a line for each test session: the column "label" is its actual class, "p_<class>" the probability of each
class, "p_normal" among them. Where it has them, these are used too: "kind" (what was done to the session), "application"
(or "protocol" and "responder"), "pair" (known or new), and "score_<name>" (above 0: a baseline called it anomalous).
That is what predictions.csv of a run holds, and what the predictions of any other program can be brought to.

A threshold is chosen on the table of validation sessions alone: validation.csv of a run, or --validation.

Examples:
  $ sessionlab evaluate latest
  $ sessionlab evaluate results/quickstart/dae833d0397a/1/predictions.csv
  $ sessionlab evaluate mine.csv --validation mine-validation.csv --threshold 0.01
  $ sessionlab evaluate mine.csv --json | jq .evaluation.anomalous.recall

Exit codes: 0 evaluated, 2 there is no such run, 3 the table is wrong.`;

/** The command, ready to be added to the program. */
export function evaluateCommand(): Command {
  return new Command('evaluate')
    .summary('evaluate a table of predictions, of a run or of another program')
    .description('Evaluate predictions: every table that a run prints, from predictions.csv alone.')
    .argument('<run|table>', 'a run, its folder, or a CSV file')
    .option('--results <folder>', 'where the runs are', 'results')
    .option('--validation <table>', 'predictions of validation sessions, to choose a threshold by')
    .option('--threshold <aim>', '"f1", or the false positive rate that is allowed', 'f1')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (name: string, options: EvaluateOptions) => {
      process.stdout.write(await evaluateText(name, options));
    });
}

/**
 * What the command prints.
 *
 * @throws FaultError when there is no such run, or a table is wrong
 */
export async function evaluateText(name: string, options: EvaluateOptions): Promise<string> {
  const isFile = statSync(name, { throwIfNoEntry: false })?.isFile() ?? false;
  const folder = isFile ? null : findRun(name, options.results);
  const ofRun = folder === null ? null : join(folder, VALIDATION_FILE);
  const validation = options.validation ?? (ofRun !== null && existsSync(ofRun) ? ofRun : null);
  const table = folder === null ? name : join(folder, PREDICTIONS_FILE);
  const found = await evaluateTable(table, validation, ruleOf(options.threshold));
  if (options.json === true) return `${JSON.stringify(found)}\n`;
  const { evaluation, detection, findings } = found;
  const network = { anomalous: evaluation.anomalous, detection };
  return [formatEvaluation(evaluation), formatDetection(detection), formatFindings(network, findings)].join(
    '\n',
  );
}

function ruleOf(text: string): 'f1' | { readonly falsePositiveRate: number } {
  if (text === 'f1') return 'f1';
  const rate = text.trim() === '' ? Number.NaN : Number(text);
  if (rate >= 0 && rate < 1) return { falsePositiveRate: rate };
  throw new FaultError({
    place: '--threshold',
    problem: `got "${text}", must be "f1" or a false positive rate from 0 to below 1`,
    cure: 'use 0.01 for 1%',
  });
}
