/** `sessionlab retry`: what failed of a sweep, once more. */
import { Command } from 'commander';
import { addSweepOptions, sweepAction } from './sweep-options.ts';

const EXAMPLES = `
A run that failed for a reason of its own (the training diverged, its data cannot be used) is not tried again by "sweep":
the same code would fail in the same way. After a change of the data or of the machine, this tries those again, and only
those. (After a change of the spec or of the code they are other runs, and "sweep" does them.)

Examples:
  $ sessionlab status experiments/ablations/attention.json
  $ sessionlab retry experiments/ablations/attention.json

Exit codes: as of "sweep".`;

/** The command, ready to be added to the program. */
export function retryCommand(): Command {
  const command = new Command('retry')
    .summary('run again what failed of a sweep')
    .description('Run those runs of a sweep again that failed.')
    .argument('<spec>', 'spec file');
  return addSweepOptions(command).addHelpText('after', EXAMPLES).action(sweepAction(true));
}
