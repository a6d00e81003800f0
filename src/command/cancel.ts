/** `sessionlab cancel`: asks whoever works on a sweep to stop. */
import { Command } from 'commander';
import { cancelSweep } from '../sweep/index.ts';
import { plural } from '../text/index.ts';
import { addSpecOptions, loadOptions, type SpecOptions } from './spec-options.ts';

const EXAMPLES = `
Every process that works on the experiment, on this machine or another, stops within seconds after a checkpoint; tasks of
Slurm that wait are taken out of the queue. What is done stays; "sessionlab sweep" goes on from there.

Examples:
  $ sessionlab cancel experiments/ablations/attention.json

Exit codes: 0 asked (or nobody was there to be asked), 2 the spec is wrong, 4 the machine refuses.`;

/** The command, ready to be added to the program. */
export function cancelCommand(): Command {
  const command = new Command('cancel')
    .summary('stop a sweep after a checkpoint')
    .description('Ask all processes that work on a sweep to stop after a checkpoint.')
    .argument('<spec>', 'spec file');
  return addSpecOptions(command)
    .option('--out <folder>', 'where results go', 'results')
    .addHelpText('after', EXAMPLES)
    .action(async (spec: string, options: SpecOptions & { readonly out: string }) => {
      const asked = await cancelSweep(spec, loadOptions(options), options.out);
      const runs = plural(asked.runs, 'run is', 'runs are');
      const tasks = plural(asked.tasks, 'task of Slurm is', 'tasks of Slurm are');
      const told = [
        ...(asked.runs === 0 ? [] : [`${runs} asked to stop`]),
        ...(asked.tasks === 0 ? [] : [`${tasks} cancelled`]),
      ];
      process.stdout.write(
        told.length === 0 ? 'nobody works on it\n' : `${told.join(', ')}; see sessionlab status\n`,
      );
    });
}
