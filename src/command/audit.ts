/** `sessionlab audit`: what stands against the score of a run. */
import { ExitCode, FaultError } from '../fault/index.ts';
import { formatAudit, unverifiedNote } from '../report/index.ts';
import { findRun, readAudit } from '../results/index.ts';
import { displayPath } from '../text/index.ts';
import { defineCommand } from './define.ts';
import { JSON_OPTION, RESULTS_OPTION } from './options.ts';

interface AuditOptions {
  readonly results: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

export const command = defineCommand({
  name: 'audit',
  description:
    'Show what stands against the score of a run: leaks between training and test, traces of the edits, simpler means that do as well.',
  operands: [['<run>', 'run folder, experiment or "latest"']],
  options: [
    RESULTS_OPTION,
    [
      '--strict',
      'end with exit code 1 where there is a finding: a leak, or a simpler means that does as well',
    ],
    JSON_OPTION,
  ],
  notes: `
Every run audits itself (audit.json): what its test sessions share with training, what its morphs know of the future, whether
labels are what was done, whether a trace of the editing or a rule of one line does what the network does, what kinds stand on
(evaluation.presentations), and the ten pitfalls of D. Arp et al. (2022). What cannot be told is open, with what of a spec
would close it. docs/audit.md says how to read it.`,
  examples: [
    'sessionlab audit latest',
    'sessionlab audit quickstart --strict',
    `sessionlab audit latest --json | jq '.checks[] | select(.status == "finding") | .says'`,
  ],
  exitCodes: {
    1: 'with --strict: there is a finding',
    2: 'there is no such run',
    3: 'the run has no audit, or it is damaged',
  },
  run: async ([name]: readonly [string], { results, strict, json }: AuditOptions, context) => {
    const { print, printJson, reporter } = context;
    const folder = findRun(name, results);
    const note = unverifiedNote([folder]);
    if (note !== null) reporter.line(note);
    const audit = readAudit(folder);
    if (audit === null)
      throw new FaultError(
        {
          place: displayPath(folder),
          problem: 'the run has no audit.json: it is of an older version',
          cure: 'run the experiment again',
        },
        ExitCode.data,
      );
    if (json === true) printJson(audit, 2);
    else print(formatAudit(audit));
    return strict === true && audit.leaks + audit.simple > 0 ? 1 : 0;
  },
});
