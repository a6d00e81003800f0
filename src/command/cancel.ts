/** `sessionlab cancel`: asks whoever works on a sweep to stop. */
import { cancelSweep } from '../sweep/index.ts';
import { plural } from '../text/index.ts';
import { defineCommand } from './define.ts';
import { loadOptions, OUT_OPTION, SPEC_OPTIONS, type SpecArguments } from './options.ts';

export const command = defineCommand({
  name: 'cancel',
  description: 'Ask all processes that work on a sweep to stop after a checkpoint.',
  operands: [['<spec>', 'spec file']],
  options: [...SPEC_OPTIONS, OUT_OPTION],
  notes: `
Every process that works on the experiment, on this machine or another, stops within seconds after a checkpoint; tasks of
Slurm that wait are taken out of the queue. What is done stays; "sessionlab sweep" goes on from there.`,
  examples: ['sessionlab cancel experiments/ablations/attention.json'],
  exitCodes: { 0: 'asked (or nobody was there to be asked)', 2: 'the spec is wrong' },
  run: async ([spec]: readonly [string], options: SpecArguments & { readonly out: string }, { print }) => {
    const asked = await cancelSweep(spec, loadOptions(options), options.out);
    const told = [
      ...(asked.runs === 0 ? [] : [`${plural(asked.runs, 'run is', 'runs are')} asked to stop`]),
      ...(asked.tasks === 0
        ? []
        : [`${plural(asked.tasks, 'task of Slurm is', 'tasks of Slurm are')} cancelled`]),
    ];
    print(told.length === 0 ? 'nobody works on it\n' : `${told.join(', ')}; see sessionlab status\n`);
  },
});
