/** `sessionlab data`: data sets on this machine — what is known, what is there, how it gets there, what is in it. */
import { fetchCommand, listCommand, verifyCommand } from './data-files.ts';
import { inspectDataCommand } from './data-inspect.ts';
import { synthCommand } from './data-synth.ts';
import { defineGroup } from './define.ts';

export const command = defineGroup(
  {
    name: 'data',
    description: 'Data sets: what is known, what is there, how it gets there, and what is in it.',
    notes: `
A data set is a manifest: datasets/NAME.json in a folder above the one you are in, or one that comes with sessionlab (which
another of its name replaces only when SESSIONLAB_SHADOW names it). Its
files go to DATA/NAME/, where DATA is that of --data, else of the variable SESSIONLAB_DATA, else where the system keeps
the data of programs (~/.local/share/sessionlab on Linux).`,
    examples: [
      'sessionlab data list',
      'sessionlab data fetch bigflows',
      ['sessionlab run experiments/bigflows.json', 'reads it from there'],
      'sessionlab data inspect iscx2012 --day testbed-13jun',
      'sessionlab data synth synthetic-office --out office.pcap',
      'sessionlab data fetch --help',
    ],
    exitCodes: { 3: 'a file is missing, wrong or cannot be used' },
  },
  [listCommand, fetchCommand, verifyCommand, inspectDataCommand, synthCommand],
);
