/** `sessionlab validate`: says everything that is wrong with specs. */
import { ExitCode, type Fault, FaultError, formatFault } from '../fault/index.ts';
import { type LoadOptions, loadSweep } from '../spec/index.ts';
import { defineCommand } from './define.ts';
import { JSON_OPTION, loadOptions, SPEC_OPTIONS, type SpecArguments } from './options.ts';

export const command = defineCommand({
  name: 'validate',
  description:
    'Check specs: every fault of every file at once, with its place, what was expected and a suggestion.',
  operands: [['<spec...>', 'spec files']],
  options: [JSON_OPTION, ...SPEC_OPTIONS],
  notes: `
Prints a line with the hash of every valid spec, or the number of cells of its sweep; a line on standard error for every
fault of the others. With --json a list with an object for every spec.`,
  examples: [
    'sessionlab validate experiments/quickstart.json',
    'sessionlab validate experiments/*.json',
    'sessionlab validate experiments/quickstart.json --set network.packet.units=64',
    "sessionlab validate experiments/*.json --json | jq '.[] | select(.valid | not)'",
  ],
  exitCodes: { 0: 'all are valid', 2: 'a spec is wrong', 4: 'a file cannot be read' },
  run: async (
    [paths]: readonly [readonly string[]],
    options: SpecArguments & { readonly json?: boolean },
    { print, printJson },
  ) => {
    const verdicts = await validate(paths, loadOptions(options));
    if (options.json === true) {
      printJson(verdicts.map(asJson), 2);
      return exitCodeOf(verdicts);
    }
    for (const { path, hashes } of verdicts) {
      if (hashes === undefined) continue;
      print(`${path}: valid, ${hashes.length === 1 ? `hash ${hashes[0]}` : `${hashes.length} cells`}\n`);
    }
    // A wrong --set is wrong in every file; once is enough.
    const lines = new Map(
      verdicts.flatMap(({ faults }) => faults.map((fault) => [formatFault(fault), fault])),
    );
    if (lines.size > 0) throw new FaultError([...lines.values()], exitCodeOf(verdicts));
    return ExitCode.ok;
  },
});

/** What is to be said of one file. */
interface Verdict {
  readonly path: string;
  /** Of a valid spec, one for each cell of its sweep. */
  readonly hashes?: readonly string[];
  readonly faults: readonly Fault[];
  readonly exitCode: ExitCode;
}

/** A verdict on each file, in their order. */
async function validate(paths: readonly string[], options: LoadOptions): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const path of paths) {
    try {
      const hashes = (await loadSweep(path, options)).map(({ hash }) => hash);
      verdicts.push({ path, hashes, faults: [], exitCode: ExitCode.ok });
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      verdicts.push({ path, faults: error.faults, exitCode: error.exitCode });
    }
  }
  return verdicts;
}

function asJson({ path, hashes, faults }: Verdict) {
  if (hashes === undefined) return { path, valid: false, faults };
  return { path, valid: true, ...(hashes.length === 1 ? { hash: hashes[0] } : { cells: hashes }) };
}

/** The gravest of all: the codes ascend from the user's part to the machine's. */
function exitCodeOf(verdicts: readonly Verdict[]): ExitCode {
  return verdicts.map((verdict) => verdict.exitCode).toSorted((a, b) => b - a)[0] ?? ExitCode.ok;
}
