/** `sessionlab cancel`: asks whoever works on a sweep to stop. */
import { Command } from 'commander';
import { cancelSweep } from '../run/index.ts';
import { addSpecOptions, loadOptions, type SpecOptions } from './spec-options.ts';

const EXAMPLES = `
Every process that works on the experiment, on this machine or another, stops within seconds after a checkpoint. What is
done stays; "sessionlab sweep" goes on from there.

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
      const runs = asked === 1 ? '1 run is' : `${asked} runs are`;
      process.stdout.write(
        asked === 0 ? 'nobody works on it\n' : `${runs} asked to stop; see sessionlab status\n`,
      );
    });
}
