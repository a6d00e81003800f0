/** `sessionlab retry`: what failed of a sweep, once more. */
import { defineCommand } from './define.ts';
import { SWEEP_EXIT_CODES, SWEEP_OPTIONS, sweepAction } from './sweep-options.ts';

export const command = defineCommand({
  name: 'retry',
  description: 'Run those runs of a sweep again that failed.',
  operands: [['<spec>', 'spec file']],
  options: SWEEP_OPTIONS,
  notes: `
A run that failed for a reason of its own (the training diverged, its data cannot be used) is not tried again by "sweep":
the same code would fail in the same way. After a change of the data or of the machine, this tries those again, and only
those. (After a change of the spec or of the code they are other runs, and "sweep" does them.)`,
  examples: [
    'sessionlab status experiments/ablations/attention.json',
    'sessionlab retry experiments/ablations/attention.json',
  ],
  exitCodes: SWEEP_EXIT_CODES,
  run: sweepAction(true),
});
