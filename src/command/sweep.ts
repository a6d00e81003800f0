/** `sessionlab sweep`: every variant of a spec. */
import { Option } from 'commander';
import { defineCommand } from './define.ts';
import { SWEEP_EXIT_CODES, SWEEP_OPTIONS, sweepAction } from './sweep-options.ts';

export const command = defineCommand({
  name: 'sweep',
  description: 'Run all variants of a spec with all their seeds, each once, and compare them.',
  operands: [['<spec>', 'spec file with a part "sweep"']],
  options: [
    ...SWEEP_OPTIONS,
    ['--again', 'repeat runs that are there, and compare their results'],
    new Option('--as-worker <runs>').hideHelp(),
    new Option('--again-since <time>').argParser(Number).hideHelp(),
  ],
  notes: `
The part "sweep" of a spec says what its variants are:
  "sweep": { "network.cell": ["gru", "lstm"], "training.batch": [64, 128] }              every value with every other
  "sweep": { "zip": { "network.packet.units": [50, 100], "network.session.units": [50, 100] } }     value by value
  "sweep": { "cases": [{}, { "tokens.hide": ["mac"] }, { "tokens.hide": ["mac", "checksum"] }] }    one by one
  "sweep": { …, "except": [{ "network.cell": "lstm", "training.batch": 64 }] }                      without these
  "sweep": { "zip": [{ "grid": { … } }, { "cases": [ … ] }] }                                       nested in any order

All cells are checked before the first begins. A run that is there already, made by the same code, is not done again, so
the same command goes on after whatever stopped it, from the last checkpoint. A cell that fails does not stop the others;
what failed is not tried again but by "sessionlab retry". The same command may run several times, on one machine or on
many that share the results folder: no run is done twice, and the runs of a process that dies are taken over.

On a Slurm cluster (--launcher slurm) the sweep is submitted as an array of tasks, each of which does run after run until
none is left. A task that reaches its time limit, makes way for another job or loses its node goes on later from its
checkpoint. The same command submits only what is missing; partition, time, memory and the rest may stand in the spec
("slurm"). The results folder must be on a file system that all nodes share; nothing else is needed there but Node.`,
  examples: [
    'sessionlab sweep experiments/ablations/attention.json --dry-run',
    'sessionlab sweep experiments/ablations/attention.json --workers 2',
    'sessionlab sweep experiments/ablations/attention.json --capture office.pcap --set seeds=5',
    'sessionlab sweep experiments/ablations/attention.json --launcher slurm --partition cpu --time 60 --memory 2G',
    'sessionlab status experiments/ablations/attention.json',
    'sessionlab compare attention --csv',
  ],
  exitCodes: SWEEP_EXIT_CODES,
  run: sweepAction(false),
});
