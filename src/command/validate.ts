/** `sessionlab validate`: says everything that is wrong with specs. */
import { Command } from 'commander';
import { adviceOn } from '../data/index.ts';
import { ExitCode, type Fault, FaultError, formatFault } from '../fault/index.ts';
import { type LoadOptions, loadSweep } from '../spec/index.ts';
import { COMMONEST } from '../token/index.ts';
import { addSpecOptions, loadOptions, type SpecOptions } from './spec-options.ts';

const EXAMPLES = `
Prints a line with the hash of every valid spec, or the number of cells of its sweep; a line on standard error for every warning, and for every fault of the others.

Examples:
  $ sessionlab validate experiments/quickstart.json
  $ sessionlab validate experiments/*.json
  $ sessionlab validate experiments/quickstart.json --set network.packet.units=64
  $ sessionlab validate experiments/*.json --json | jq '.[] | select(.valid | not)'

Exit codes: 0 all are valid, 2 a spec is wrong, 4 a file cannot be read.`;

/** The command, ready to be added to the program. */
export function validateCommand(): Command {
  const command = new Command('validate')
    .description(
      'Check specs: every fault of every file at once, with its place, what was expected and a suggestion.',
    )
    .argument('<spec...>', 'spec files')
    .option('--json', 'print a JSON list with an object for every spec');
  return addSpecOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(async (paths: readonly string[], options: SpecOptions & { readonly json?: boolean }) => {
      const verdicts = await validate(paths, loadOptions(options));
      if (options.json === true) {
        process.stdout.write(`${JSON.stringify(verdicts.map(asJson), null, 2)}\n`);
        process.exitCode = exitCodeOf(verdicts);
        return;
      }
      for (const { path, hashes, warnings } of verdicts) {
        if (hashes === undefined) continue;
        const what = hashes.length === 1 ? `hash ${hashes[0]}` : `${hashes.length} cells`;
        process.stdout.write(`${path}: valid, ${what}\n`);
        for (const warning of warnings ?? []) process.stderr.write(`warning: ${path}: ${warning}\n`);
      }
      // A wrong --set is wrong in every file; once is enough.
      const lines = new Map(
        verdicts.flatMap(({ faults }) => faults.map((fault) => [formatFault(fault), fault])),
      );
      const faults = [...lines.values()];
      if (faults.length > 0) throw new FaultError(faults, exitCodeOf(verdicts));
    });
}

/** What is to be said of one file. */
export interface Verdict {
  readonly path: string;
  /** Of a valid spec, one for each cell of its sweep. */
  readonly hashes?: readonly string[];
  /** What of it makes a figure say less than it seems to; most packets are taken to be Ethernet with IPv4. */
  readonly warnings?: readonly string[];
  readonly faults: readonly Fault[];
  readonly exitCode: ExitCode;
}

/** A verdict on each file, in their order. */
export async function validate(paths: readonly string[], options: LoadOptions): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = [];
  for (const path of paths) {
    try {
      const cells = await loadSweep(path, options);
      const warnings = cells.flatMap(({ spec }) =>
        adviceOn(
          spec,
          spec.sessions.protocols.map((name) => COMMONEST[name]),
        ),
      );
      const hashes = cells.map(({ hash }) => hash);
      verdicts.push({
        ...{ path, hashes, warnings: [...new Set(warnings)] },
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
