/** `sessionlab data inspect`: the days of a data set, its files, and the sessions and labels of what is there. */
import { inspectDays, locateDataset } from '../dataset/index.ts';
import { ExitCode, FaultError } from '../fault/index.ts';
import { formatDataset } from '../report/index.ts';
import { DATASET_OPERAND, DAY_OPTIONS, type DataOptions } from './data-files.ts';
import { defineCommand } from './define.ts';
import { JSON_OPTION } from './options.ts';

export const inspectDataCommand = defineCommand({
  name: 'inspect',
  description: 'Show days and files of a data set, and the sessions and labels of what is there.',
  operands: [DATASET_OPERAND],
  options: [...DAY_OPTIONS, JSON_OPTION],
  notes: `
Reads the captures that are there, day by day, and joins the labels to their sessions: how many sessions have which
label, how they came by it, and how far the clock of the labels is from that of the captures.`,
  examples: ['sessionlab data inspect iscx2012', 'sessionlab data inspect ctu13 --day scenario-1 --json'],
  exitCodes: { 3: 'a file cannot be used or the clock offset cannot be told' },
  run: async (
    [name]: readonly [string],
    { data, day, json }: DataOptions & { readonly json?: boolean },
    { print, printJson, reporter },
  ) => {
    const located = await locateDataset(name, data);
    if ('recipe' in located) {
      const { description, recipe } = located;
      if (json === true) printJson(located, 2);
      else
        print(
          `${name}: ${description}\n\nrecipe ${JSON.stringify(recipe, null, 2)}\n\n` +
            `Make its capture with: sessionlab data synth ${name} --out ${name}.pcap\n`,
        );
      return;
    }
    const days = await inspectDays(located, day ?? [], reporter);
    if (json === true) printJson({ ...located, days }, 2);
    else print(formatDataset(located, days));
    const faults = days.flatMap((found) => found.faults);
    if (faults.length > 0) throw new FaultError(faults, ExitCode.data);
  },
});
