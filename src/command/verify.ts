/** `sessionlab verify`: whether runs are what they were when they were written. */
import { ExitCode, FaultError } from '../fault/index.ts';
import { formatVerified } from '../report/index.ts';
import { findFinished, type Verified, verifyRun } from '../results/index.ts';
import { defineCommand } from './define.ts';
import { JSON_OPTION, RESULTS_OPTION } from './options.ts';

export const command = defineCommand({
  name: 'verify',
  description:
    'Hold the files of runs against the hashes in run.json, and compute their result hashes anew from weights and predictions.',
  operands: [['[run...]', 'run folders, experiments, or "all"', ['all']]],
  options: [RESULTS_OPTION, JSON_OPTION],
  notes: `
A run of an older version has no hashes of its files: it is called unverified, and only its result hash is checked. A
damaged run is repaired by running its spec again. Hashes tell what was changed by accident or by hand; they do not
protect against somebody who computes them anew.`,
  examples: [
    'sessionlab verify',
    'sessionlab verify quickstart/0ac0',
    'sessionlab verify --json | jq -r \'.[] | select(.state == "damaged") | .folder\'',
  ],
  exitCodes: { 0: 'no run is damaged', 2: 'there is no such run', 3: 'a run is damaged' },
  run: async (
    [names]: readonly [readonly string[]],
    { results, json }: { readonly results: string; readonly json?: boolean },
    { print, printJson, reporter, interruption },
  ) => {
    const folders = [...new Set(names.flatMap((name) => findFinished(name, results)))];
    const found: Verified[] = [];
    for (const [i, folder] of folders.entries()) {
      interruption.check();
      reporter.status(() => `${i + 1} of ${folders.length}: ${folder}`);
      const verified = await verifyRun(folder);
      if (json !== true) print(formatVerified(verified));
      found.push(verified);
    }
    if (json === true) printJson(found, 2);
    const faults = found.flatMap((verified) => verified.faults);
    if (faults.length > 0) throw new FaultError(faults, ExitCode.data);
  },
});
