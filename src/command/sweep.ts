/** `sessionlab sweep`: every variant of a spec. */
import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import { compareGroups, createReporter, formatComparison, listenForSignals, runSweep } from '../run/index.ts';
import { addSpecOptions, loadOptions, type SpecOptions, withStandardInput } from './spec-options.ts';
import { CHECKPOINT_HELP, parseSteps, parseThreads } from './threads.ts';

interface SweepCommandOptions extends SpecOptions {
  readonly threads: number;
  readonly out: string;
  readonly dryRun?: boolean;
  readonly failFast?: boolean;
  readonly again?: boolean;
  readonly wait: boolean;
  readonly json?: boolean;
  readonly checkpoint?: number;
}

const EXAMPLES = `
The part "sweep" of a spec says what its variants are:
  "sweep": { "network.cell": ["gru", "lstm"], "training.batch": [64, 128] }              every value with every other
  "sweep": { "zip": { "network.packet.units": [50, 100], "network.session.units": [50, 100] } }     value by value
  "sweep": { "cases": [{}, { "tokens.hide": ["mac"] }, { "tokens.hide": ["mac", "checksum"] }] }    one by one
  "sweep": { …, "except": [{ "network.cell": "lstm", "training.batch": 64 }] }                      without these

All cells are checked before the first begins. A run that is there already, made by the same code, is not done again, so
the same command goes on after whatever stopped it. A cell that fails does not stop the others.

Examples:
  $ sessionlab sweep experiments/ablations/attention.json
  $ sessionlab sweep experiments/ablations/attention.json --dry-run
  $ sessionlab sweep experiments/ablations/attention.json --capture office.pcap --set 'seeds=[1,2,3,4,5]'
  $ sessionlab compare results/attention --csv

Exit codes: 0 all runs are there, 2 the spec is wrong or a training diverged, 3 data cannot be used, 4 the machine
refuses, 130 interrupted.`;

/** The command, ready to be added to the program. */
export function sweepCommand(): Command {
  const command = new Command('sweep')
    .summary('run every variant of a spec')
    .description('Run all variants of a spec with all their seeds, each once, and compare them.')
    .argument('<spec>', 'spec file with a part "sweep"');
  return addSpecOptions(command)
    .option('--dry-run', 'say what would be done')
    .option('--fail-fast', 'stop at the first run that fails')
    .option('--no-wait', 'end when all that is left is what other processes work on')
    .option('--again', 'repeat runs that are there, and compare their results')
    .option('--threads <number>', 'threads that compute', parseThreads, availableParallelism())
    .option('--checkpoint <steps>', CHECKPOINT_HELP, parseSteps)
    .option('--out <folder>', 'where results go', 'results')
    .option('--json', 'print one JSON object at the end instead of a table')
    .addHelpText('after', EXAMPLES)
    .action((spec: string, given: SweepCommandOptions) =>
      withStandardInput(given, async (options) => {
        const reporter = createReporter(process.stdout, process.stderr);
        const interruption = listenForSignals(() =>
          reporter.line('stopping after this step; again stops at once …'),
        );
        try {
          const {
            out,
            threads,
            dryRun = false,
            failFast = false,
            again = false,
            wait,
            json = false,
            checkpoint,
          } = options;
          const load = loadOptions(options);
          const result = await runSweep({
            spec,
            load,
            out,
            threads,
            reporter,
            interruption,
            dryRun,
            failFast,
            again,
            retry: false,
            wait,
            checkpointEvery: checkpoint ?? null,
          });
          const compared = compareGroups(result.groups);
          if (json) process.stdout.write(`${JSON.stringify({ ...result, groups: undefined, compared })}\n`);
          else if (compared.length > 0) process.stdout.write(`\n${formatComparison(compared)}`);
          if (result.failure !== null) throw result.failure;
        } finally {
          interruption.dispose();
        }
      }),
    );
}
