/** `sessionlab validate`: says everything that is wrong with specs. */
import { statSync } from 'node:fs';
import { adviceOn, checkInputs } from '../data/index.ts';
import { ExitCode, type Fault, FaultError, formatFault } from '../fault/index.ts';
import { type LoadOptions, loadSweep, locateSpecs } from '../spec/index.ts';
import { displayPath } from '../text/index.ts';
import { COMMONEST } from '../token/index.ts';
import { defineCommand } from './define.ts';
import {
  DATA_OPTION,
  DATA_OPTION_HELP,
  JSON_OPTION,
  loadOptions,
  SPEC_OPTIONS,
  type SpecArguments,
} from './options.ts';

export const command = defineCommand({
  name: 'validate',
  description:
    'Check specs: every fault of every file at once, with its place, what was expected and a suggestion.',
  operands: [['<spec...>', 'spec files, or names of those that come with sessionlab']],
  options: [
    JSON_OPTION,
    ['--inputs', 'look at what the specs read, too: whether captures are there, and label files can be read'],
    ...SPEC_OPTIONS.filter((row) => row !== DATA_OPTION),
    // Without a value it is taken for --inputs, and that is told.
    ['--data [folder]', DATA_OPTION_HELP],
  ],
  notes: `
Prints a line with the hash of every valid spec, or the number of cells of its sweep; a line on standard error for every
warning, and for every fault of the others. Without --inputs a spec is valid whose captures are not there. With --json a list with an object for every spec.`,
  examples: [
    'sessionlab validate experiments/quickstart.json',
    'sessionlab validate experiments/*.json',
    'sessionlab validate experiments/quickstart.json --set network.packet.units=64',
    'sessionlab validate --inputs experiments/quickstart.json',
    "sessionlab validate experiments/*.json --json | jq '.[] | select(.valid | not)'",
  ],
  exitCodes: {
    0: 'all are valid',
    2: 'a spec is wrong',
    3: 'with --inputs: captures or labels are missing or wrong',
    4: 'a file cannot be read',
  },
  run: async (
    [paths]: readonly [readonly string[]],
    options: SpecArguments & { readonly json?: boolean; readonly inputs?: boolean },
    { print, printJson, reporter },
  ) => {
    checkDataOption(options.data);
    const verdicts = await validate(locateSpecs(paths), loadOptions(options), options.inputs === true);
    if (options.json === true) {
      printJson(verdicts.map(asJson), 2);
      return exitCodeOf(verdicts);
    }
    for (const { path, hashes, warnings } of verdicts) {
      if (hashes === undefined) continue;
      print(`${path}: valid, ${hashes.length === 1 ? `hash ${hashes[0]}` : `${hashes.length} cells`}\n`);
      for (const warning of warnings ?? []) reporter.line(`warning: ${path}: ${warning}`);
    }
    // A wrong --set is wrong in every file; once is enough.
    const lines = new Map(
      verdicts.flatMap(({ faults }) => faults.map((fault) => [formatFault(fault), fault])),
    );
    if (lines.size > 0) throw new FaultError([...lines.values()], exitCodeOf(verdicts));
    return ExitCode.ok;
  },
});

/** --data names a folder; who means that data are to be looked at, too, is told how. @throws FaultError (usage) */
function checkDataOption(data: string | boolean | undefined): void {
  if (data === undefined) return;
  const isFolder = typeof data === 'string' && statSync(data, { throwIfNoEntry: false })?.isDirectory();
  if (isFolder === true) return;
  throw new FaultError({
    place: typeof data === 'string' ? `--data ${displayPath(data)}` : '--data',
    problem: `${typeof data === 'string' ? 'there is no such folder' : 'no folder is named'}: below it each data set has its own`,
    cure: 'to have captures and labels looked at, say --inputs',
  });
}

/** What is to be said of one file. */
interface Verdict {
  readonly path: string;
  /** Of a valid spec, one for each cell of its sweep. */
  readonly hashes?: readonly string[];
  /** What of it makes a figure say less than it seems to; most packets are taken to be Ethernet with IPv4. */
  readonly warnings?: readonly string[];
  readonly faults: readonly Fault[];
  readonly exitCode: ExitCode;
}

/** A verdict on each file, in their order. */
async function validate(
  paths: readonly string[],
  options: LoadOptions,
  inputs: boolean,
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const path of paths) {
    try {
      const cells = await loadSweep(path, options);
      const unread = inputs ? await checkInputs(cells) : [];
      const warnings = cells.flatMap(({ spec }) =>
        adviceOn(
          spec,
          spec.sessions.protocols.map((name) => COMMONEST[name]),
        ),
      );
      const hashes = cells.map(({ hash }) => hash);
      verdicts.push({
        ...{ path, hashes, warnings: [...new Set([...unread, ...warnings])] },
        ...{ faults: [], exitCode: ExitCode.ok },
      });
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      verdicts.push({ path, faults: error.faults, exitCode: error.exitCode });
    }
  }
  return verdicts;
}

function asJson({ path, hashes, warnings = [], faults }: Verdict) {
  if (hashes === undefined) return { path, valid: false, faults };
  return { path, valid: true, warnings, ...(hashes.length === 1 ? { hash: hashes[0] } : { cells: hashes }) };
}

/** The gravest of all: the codes ascend from the user's part to the machine's. */
function exitCodeOf(verdicts: readonly Verdict[]): ExitCode {
  return verdicts.map((verdict) => verdict.exitCode).toSorted((a, b) => b - a)[0] ?? ExitCode.ok;
}
