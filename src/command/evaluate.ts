/** `sessionlab evaluate`: everything that a table of predictions tells. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemPath } from '../disk/index.ts';
import { transfersOf } from '../evaluation/index.ts';
import { FaultError, suggest } from '../fault/index.ts';
import {
  formatDelays,
  formatDetection,
  formatEvaluation,
  formatFindings,
  formatPresentations,
  formatPresentedKinds,
  formatTransfers,
  unverifiedNote,
} from '../report/index.ts';
import {
  checkFile,
  findRun,
  PREDICTIONS_FILE,
  presentedFile,
  readPresentations,
  VALIDATION_FILE,
} from '../results/index.ts';
import { evaluateTable } from '../run/index.ts';
import { jsonText } from '../text/index.ts';
import { defineCommand } from './define.ts';
import { JSON_OPTION, RESULTS_OPTION } from './options.ts';
import { thresholdRule } from './parse.ts';

interface EvaluateOptions {
  readonly results: string;
  readonly validation?: string;
  readonly threshold: string;
  readonly presentation?: string;
  readonly json?: boolean;
}

export const command = defineCommand({
  name: 'evaluate',
  description: 'Evaluate predictions: every table that a run prints, from predictions.csv alone.',
  operands: [['<run|table>', 'a run, its folder, or a CSV file']],
  options: [
    RESULTS_OPTION,
    ['--validation <table>', 'predictions of validation sessions, to choose a threshold by'],
    ['--threshold <aim>', '"f1", or the false positive rate that is allowed', 'f1'],
    [
      '--presentation <name>',
      'of a run, its test sessions in another presentation (evaluation.presentations)',
    ],
    JSON_OPTION,
  ],
  notes: `
A table has a line for each test session: the column "label" is its actual class, "p_<class>" the probability of each
class, "p_normal" among them. Where it has them, these are used too: "kind" (what was done to the session), "application"
(or "protocol" and "responder"), "pair" (known or new), "start" (ISO 8601), and "score_<name>" (above 0: a baseline called
it anomalous).
Columns are separated by commas, or by semicolons or tabs (then numbers may have decimal commas); the text is UTF-8 or
UTF-16. That is what predictions.csv of a run holds, and what the predictions of any other program can be brought to.

Of a run with other presentations of its test sessions, what each does to the rates follows; --presentation evaluates
presented-<name>.csv instead of predictions.csv.

A threshold is chosen on the table of validation sessions alone: validation.csv of a run, or --validation. Tables of a run
are held against the hashes in its run.json before; a changed one, copied elsewhere, is a table like any other.`,
  examples: [
    'sessionlab evaluate latest',
    'sessionlab evaluate results/quickstart/dae833d0397a/1/predictions.csv',
    'sessionlab evaluate mine.csv --validation mine-validation.csv --threshold 0.01',
    'sessionlab evaluate latest --presentation stale-mac',
    'sessionlab evaluate mine.csv --json | jq .evaluation.anomalous.recall',
  ],
  exitCodes: { 0: 'evaluated', 2: 'there is no such run', 3: 'the table is wrong' },
  run: async ([name]: readonly [string], options: EvaluateOptions, { print, reporter }) =>
    print(await evaluateText(name, options, reporter.line)),
});

/** Whether there is a file of this name; none can have some names. */
function isThere(name: string): boolean {
  try {
    return statSync(systemPath(name)).isFile();
  } catch {
    return false;
  }
}

/**
 * What the command prints.
 *
 * @param say told what is to be known beside it
 * @throws FaultError when there is no such run, or a table is wrong
 */
export async function evaluateText(
  name: string,
  options: EvaluateOptions,
  say: (line: string) => void = () => undefined,
): Promise<string> {
  const isFile = isThere(name);
  const folder = isFile ? null : findRun(name, options.results);
  const ofRun = folder === null ? null : join(folder, VALIDATION_FILE);
  const validation = options.validation ?? (ofRun !== null && existsSync(ofRun) ? ofRun : null);
  const presentations = folder === null ? [] : readPresentations(folder);
  const tested =
    options.presentation === undefined
      ? PREDICTIONS_FILE
      : presentedFile(
          known(
            options.presentation,
            presentations.map((one) => one.name),
          ),
        );
  const table = folder === null ? name : join(folder, tested);
  if (folder !== null) {
    const note = unverifiedNote([folder]);
    if (note !== null) say(note);
  }
  for (const path of [table, ...(validation === null ? [] : [validation])]) await checkFile(path);
  const found = await evaluateTable(table, validation, thresholdRule(options.threshold));
  const shown = options.presentation === undefined ? presentations : [];
  if (options.json === true)
    return `${jsonText(shown.length === 0 ? found : { ...found, presentations: shown })}\n`;
  const { evaluation, detection, findings } = found;
  const network = { anomalous: evaluation.anomalous, detection };
  return [
    formatEvaluation(evaluation),
    formatDetection(detection),
    formatFindings(network, findings),
    ...[
      formatPresentations(shown),
      formatPresentedKinds(shown),
      formatDelays(shown),
      formatTransfers(transfersOf(evaluation, findings, shown), findings.best),
    ].filter((text) => text !== ''),
  ].join('\n');
}

/** A presentation of the run. @throws FaultError where it has none of this name */
function known(name: string, names: readonly string[]): string {
  if (names.includes(name)) return name;
  const near = suggest(name, names);
  throw new FaultError({
    place: '--presentation',
    problem:
      names.length === 0
        ? `got "${name}", but what is evaluated has no other presentations`
        : `got "${name}", must be one of ${names.join(', ')}`,
    ...(near === undefined ? {} : { cure: `did you mean "${near}"?` }),
  });
}
