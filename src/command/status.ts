/** `sessionlab status`: how far a sweep is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { formatStatus } from '../report/index.ts';
import { sweepStatus } from '../sweep/index.ts';
import { addSpecOptions, loadOptions, type SpecOptions } from './spec-options.ts';

interface StatusOptions extends SpecOptions {
  readonly out: string;
  readonly watch?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Says of every run whether it is done, under way (where, how far, and how long it takes), failed (why), or open; from the
results folder alone, so that any machine that sees it may ask. Done and open runs are only counted, but for --all. Of a
sweep that was launched on a Slurm cluster it says, too, what Slurm knows of its tasks.

Examples:
  $ sessionlab status experiments/ablations/attention.json
  $ sessionlab status experiments/ablations/attention.json --watch
  $ sessionlab status experiments/ablations/attention.json --json | jq '.runs[] | select(.state == "failed")'

Exit codes: 0 told, 2 the spec is wrong, 4 the machine refuses.`;

/** Milliseconds between two looks. */
const INTERVAL = 2000;

/** The command, ready to be added to the program. */
export function statusCommand(): Command {
  const command = new Command('status')
    .summary('show how far a sweep is')
    .description('Show which runs of a sweep are done, under way, failed and open.')
    .argument('<spec>', 'spec file');
  return addSpecOptions(command)
    .option('--watch', 'show it again and again, until nothing is under way or Ctrl-C')
    .option('--all', 'list done and open runs, too')
    .option('--out <folder>', 'where results are', 'results')
    .option('--json', 'print one JSON object')
    .addHelpText('after', EXAMPLES)
    .action(async (spec: string, options: StatusOptions) => {
      const look = () => sweepStatus(spec, loadOptions(options), options.out);
      for (;;) {
        const status = await look();
        const text =
          options.json === true
            ? `${JSON.stringify(status)}\n`
            : formatStatus(status, { all: options.all === true, now: Date.now() });
        const live = options.watch === true && process.stdout.isTTY;
        process.stdout.write(live ? `\x1b[H\x1b[2J${text}` : text);
        const waiting = (status.slurm?.active ?? 0) > 0;
        if (options.watch !== true || (status.counts.running === 0 && !waiting)) return;
        await sleep(INTERVAL);
      }
    });
}
