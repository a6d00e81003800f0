/** `sessionlab status`: how far a sweep is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatStatus } from '../report/index.ts';
import { sweepStatus } from '../sweep/index.ts';
import { defineCommand } from './define.ts';
import { JSON_OPTION, loadOptions, OUT_OPTION, SPEC_OPTIONS, type SpecArguments } from './options.ts';

interface StatusOptions extends SpecArguments {
  readonly out: string;
  readonly watch?: boolean;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Milliseconds between two looks. */
const INTERVAL = 2000;

export const command = defineCommand({
  name: 'status',
  description: 'Show which runs of a sweep are done, under way, failed and open.',
  operands: [['<spec>', 'spec file']],
  options: [
    ...SPEC_OPTIONS,
    ['--watch', 'show it again and again, until nothing is under way or Ctrl-C'],
    ['--all', 'list done and open runs, too'],
    OUT_OPTION,
    JSON_OPTION,
  ],
  notes: `
Says of every run whether it is done, under way (where, how far, and how long it takes), failed (why), or open; from the
results folder alone, so that any machine that sees it may ask, and whoever may read it. Captures are read only where nobody
has noted what is in them; where they are not here either, and the runs do not tell, a run is unknown. Done and open runs
are only counted, but for --all. Of a sweep that was launched on a Slurm cluster it says, too, what Slurm knows of its
tasks.`,
  examples: [
    'sessionlab status experiments/ablations/attention.json',
    'sessionlab status experiments/ablations/attention.json --watch',
    `sessionlab status experiments/ablations/attention.json --json | jq '.runs[] | select(.state == "failed")'`,
  ],
  exitCodes: { 0: 'told', 2: 'the spec is wrong' },
  run: async ([spec]: readonly [string], options: StatusOptions, { print }) => {
    const look = () => sweepStatus(spec, loadOptions(options), options.out);
    for (;;) {
      const status = await look();
      const text =
        options.json === true
          ? `${JSON.stringify(status)}\n`
          : formatStatus(status, { all: options.all === true, now: Date.now() });
      const live = options.watch === true && process.stdout.isTTY;
      print(live ? `\x1b[H\x1b[2J${text}` : text);
      const waiting = (status.slurm?.active ?? 0) > 0;
      if (options.watch !== true || (status.counts.running === 0 && !waiting)) return;
      await sleep(INTERVAL);
    }
  },
});
